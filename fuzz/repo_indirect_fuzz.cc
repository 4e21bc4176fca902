// Any text as the list of an object's chunks: the same however it is cut, without gaps, and written as it can be read.
// The first byte chooses the pieces.
#include "input.h"
#include "repo/indirect_object.h"

namespace {

using namespace salvor;

Result<std::vector<repo::IndirectEntry> > read(std::string_view text, std::size_t piece) {
  repo::IndirectReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece) TRY(reader.feed(text.substr(at, piece)));
  return reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = input_text(data + 1, size - 1);
  const auto entries = read(text, text.size() + 1);
  const auto in_pieces = read(text, 1u + data[0]);
  PROMISE(entries.ok() == in_pieces.ok());
  if (!entries.ok()) return 0;
  PROMISE(*entries == *in_pieces);
  std::uint64_t end = 0;
  for (const auto& entry : *entries) {
    PROMISE(entry.start == end);
    end = entry.end();
    if (entry.length > 0) PROMISE(&(*entries)[*repo::entry_at(*entries, entry.start)] == &entry);
  }
  PROMISE(!repo::entry_at(*entries, end));
  std::string written;
  PROMISE(repo::write_indirect_object(*entries, [&](std::string_view piece) -> Result<> {
            written += piece;
            return {};
          }).ok());
  PROMISE(read(written, 4096).value() == *entries);
  return 0;
}
