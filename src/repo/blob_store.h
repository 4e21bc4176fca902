// BlobStore: a repository's blobs, by id, in a Storage.
//
// In a bucket a blob's key is the location's prefix and the id. In a directory it is a file spread over directories
// (repo/shards.h); a repository in a directory begins with the file .shards, and without it stock takes another layout
// than the one that it gives to new repositories, writes that down, and never finds an index again. So creating one
// writes the file first, and one that lost it is not opened when its directories show that it was another layout.
//
// What is in the Storage and is no blob (temporary files, keys in other folders, ".storageconfig") is passed over.
// A blob appears whole, replaces what had its id, and is durable when put returns: that is what Storage promises.
// All methods may be called from any thread; errors are Storage's.
//
// Kopia: repo/blob/storage.go, repo/blob/sharded/sharded.go, repo/blob/s3/s3_storage.go.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "repo/shards.h"
#include "store/storage.h"

namespace salvor::repo {

struct BlobMetadata {
  std::string id;
  std::uint64_t size = 0;
  Time modified{};  // the store's clock

  bool operator==(const BlobMetadata&) const = default;
};

// Of the blobs that a repository's retention keeps from removal. [kopia repo/locking_storage.go]
inline constexpr std::string_view kRetainedPrefixes[] = {"n", "x", "kopia.repository", "kopia.blobcfg", "p", "q"};

class BlobStore {
 public:
  using Visit = std::function<Result<>(const BlobMetadata&)>;

  // `prefix` stands before every key; where it names a folder it ends in '/'. `storage` must outlive this.
  static BlobStore flat(store::Storage& storage, std::string prefix);
  // Reads .shards. Without it: not_found when there is no repository, corrupt when there is one of a layout that
  // nothing names, and else stock's old layout. Nothing is written.
  static Result<BlobStore> open_sharded(store::Storage& storage, std::string prefix, std::stop_token stop);
  // Writes .shards; already_exists when there is one.
  static Result<BlobStore> create_sharded(store::Storage& storage, std::string prefix, const Shards& shards,
                                          std::stop_token stop);

  std::string describe() const;
  // The key of a blob in the Storage. `invalid` when the id can be none: ids are visible ASCII without '/'.
  Result<std::string> key_of(std::string_view id) const;

  // Every blob whose id starts with `prefix`, in byte order of the ids, each once. A sharded store collects what it
  // lists before the first visit, about 150 bytes a blob. `corrupt` when it meets a blob where .shards does not put it.
  Result<> list(std::string_view prefix, const Visit& visit, std::stop_token stop);
  // Refuses blobs above `limit` bytes (invalid).
  Result<Bytes> get(std::string_view id, std::uint64_t limit, std::stop_token stop);
  // As Storage::open.
  Result<std::unique_ptr<store::ReadStream>> open(std::string_view id, store::ByteRange range, std::stop_token stop);
  // Exactly `length` bytes from `offset`; fewer is `corrupt`.
  Result<Bytes> get_range(std::string_view id, std::uint64_t offset, std::uint64_t length, std::stop_token stop);
  Result<BlobMetadata> stat(std::string_view id, std::stop_token stop);
  Result<> put(std::string_view id, ByteView bytes, store::Exists exists, std::stop_token stop);
  // A blob of which the bytes come one after the other.
  Result<std::unique_ptr<store::WriteStream>> create(std::string_view id, store::Exists exists, std::stop_token stop);
  // Whether what is written to such a stream lies in the storage at once, and takes neither memory nor requests: it
  // does in a directory.
  bool writes_through() const { return shards_.has_value(); }
  // From now on blobs of the kinds that stock locks are kept so long from when they are written: packs, indexes, and
  // the format blobs. Where the storage cannot, put() says so of each. Before anything is written.
  void retain_new(const store::Retention& retention);
  // Keeps a blob that is there so long from now.
  Result<> retain(std::string_view id, const store::Retention& retention, std::stop_token stop);
  // Succeeds when there is no such blob.
  Result<> remove(std::string_view id, std::stop_token stop);

 private:
  BlobStore(store::Storage& storage, std::string prefix, std::optional<Shards> shards)
      : storage_(&storage), prefix_(std::move(prefix)), shards_(std::move(shards)) {}
  struct Walk;
  Result<std::optional<BlobMetadata>> blob_at(const store::Entry& entry) const;
  Result<> list_flat(std::string_view prefix, const Visit& visit, std::stop_token stop);
  Result<> walk(const std::string& directory, std::string_view rest, const Walk& at);

  store::Storage* storage_;
  std::string prefix_;
  std::optional<Shards> shards_;
  std::shared_ptr<const Error> unretained_;  // why nothing can be kept that should be
};

}  // namespace salvor::repo
