// Any text as a directory: the same however it is cut, and what is read is read again from what is written. The first
// byte chooses the pieces.
#include <algorithm>

#include "input.h"
#include "snapshot/directory.h"

namespace {

using namespace salvor;

struct Directory {
  std::vector<snapshot::DirEntry> entries;
  std::optional<snapshot::DirectorySummary> summary;
  bool operator==(const Directory&) const = default;
};

Result<Directory> read(std::string_view text, std::size_t piece) {
  Directory directory;
  snapshot::DirectoryReader reader([&](snapshot::DirEntry&& entry) -> Result<> {
    directory.entries.push_back(std::move(entry));
    return {};
  });
  for (std::size_t at = 0; at < text.size(); at += piece) TRY(reader.feed(text.substr(at, piece)));
  directory.summary = TRY(reader.finish());
  return directory;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = input_text(data + 1, size - 1);
  auto directory = read(text, text.size() + 1);
  const auto in_pieces = read(text, 1u + data[0]);
  PROMISE(directory.ok() == in_pieces.ok());
  if (!directory.ok()) return 0;
  PROMISE(*directory == *in_pieces);
  std::ranges::stable_sort(directory->entries, snapshot::precedes);
  if (!directory->summary) directory->summary.emplace();
  std::string written;
  snapshot::DirectoryWriter writer([&](std::string_view piece) -> Result<> {
    written += piece;
    return {};
  });
  for (const auto& entry : directory->entries) PROMISE(writer.add(entry).ok());
  PROMISE(writer.finish(*directory->summary).ok());
  PROMISE(read(written, 4096).value() == *directory);
  return 0;
}
