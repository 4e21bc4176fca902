// Archive::open: decides whether the index beside an archive is its own.
#include <algorithm>

#include "archive/copy.h"
#include "archive/indexed_archive.h"
#include "crypto/sha256.h"

namespace salvor::archive {
namespace {

// The index, or a sentence that says why there is none to be used.
struct IndexOrReason {
  std::unique_ptr<Index> index;
  std::string reason;
};

Result<IndexOrReason> open_index(store::Storage& storage, const Archive::OpenOptions& options, const Source& archive,
                                 std::stop_token stop) {
  if (options.index_key.empty()) return IndexOrReason{nullptr, "no index was asked for"};
  auto entry = storage.stat(options.index_key, stop);
  if (!entry.ok()) {
    if (entry.error().code() != Code::not_found) return std::move(entry).error();
    return IndexOrReason{nullptr, "there is no index beside the archive"};
  }
  auto index = Index::open(std::make_unique<StoredSource>(storage, options.index_key, entry->size), stop);
  if (!index.ok()) {
    if (index.error().code() == Code::unsupported) return IndexOrReason{nullptr, index.error().message()};
    if (index.error().code() != Code::corrupt) return std::move(index).error();
    return std::move(index)
        .error()
        .context(options.index_key)
        .hint("The archive itself may be whole: move the index away, and the archive is read without it.");
  }
  // The whole hash would mean reading everything; a program that rewrites the archive changes its end, where gzip keeps
  // a checksum of all that is in it.
  const Trailer& trailer = (*index)->trailer();
  const std::size_t tail = std::min<std::uint64_t>(archive.size(), kTailBytes);
  if (trailer.archive_size != archive.size() ||
      trailer.tail_hash != crypto::sha256(TRY(archive.read_at(archive.size() - tail, tail, stop)))) {
    return IndexOrReason{nullptr, "the index belongs to another archive: this one was rewritten by another program"};
  }
  return IndexOrReason{*std::move(index), ""};
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::open(store::Storage& storage, const OpenOptions& options,
                                               std::stop_token stop) {
  const store::Entry entry = TRY(storage.stat(options.archive_key, stop));
  auto archive = std::make_unique<StoredSource>(storage, options.archive_key, entry.size);
  auto [index, reason] = TRY(open_index(storage, options, *archive, stop));
  if (index == nullptr) return open_copy(storage, options, std::move(reason), stop);
  return std::make_unique<IndexedArchive>(std::move(archive), std::move(index), "");
}

}  // namespace salvor::archive
