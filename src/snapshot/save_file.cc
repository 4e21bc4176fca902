#include "snapshot/save_file.h"

#include <utility>

#include "repo/object_writer.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kReadBytes = 1 << 20;

}  // namespace

Result<DirEntry> save_file(const SourceTree& tree, const repo::Repository& repository, repo::ContentWriter& contents,
                           const EntryRules& rules, UploadProgress& progress, const UploadProblem& problem,
                           std::stop_token stop) {
  DirEntry entry = TRY(tree.root());
  progress.current.with([&](std::string& current) { current = entry.name; });
  const Storing storing = rules.storing_of_root(entry);
  const std::string_view usual = repository.format().config.splitter;
  repo::ObjectWriter object = TRY(
      repo::ObjectWriter::create(contents, storing.splitter.empty() ? usual : storing.splitter,
                                 {.compression = storing.compression, .list_compression = storing.list_compression}));
  SourceFile file = TRY(tree.open_root());
  Bytes piece(kReadBytes);
  while (const std::size_t got = TRY(file.read(piece))) {
    progress.bytes += got;
    TRY(object.write(ByteView(piece).first(got), stop));
  }
  file.describe(entry);
  if (TRY(file.has_changed())) {
    problem(entry.name, Error(Code::conflict, "it changed while it was read, and what was read of it is saved"));
  }
  entry.object = TRY(object.finish(std::move(stop)));
  entry.summary = DirectorySummary{.total_size = entry.size, .files = 1, .max_modified = entry.modified};
  ++progress.files;
  return entry;
}

}  // namespace salvor::snapshot
