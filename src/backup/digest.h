// Digests of stored files: what a copy is compared by.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/layout.h"
#include "crypto/sha256.h"
#include "store/storage.h"

namespace salvor::backup {

struct Digest {
  std::uint64_t size = 0;
  crypto::Sha256Digest sha256{};

  bool operator==(const Digest&) const = default;
};

// Reads the whole object. `read` is told of each piece, for progress; it may be empty.
using Counter = std::function<void(std::uint64_t bytes)>;
Result<Digest> digest_of(store::Storage& storage, const std::string& key, const Counter& read, std::stop_token stop);

// Streams an object from one storage to the same key of another. Nothing becomes visible unless `accept` says yes to
// the digest of what was read; then `false` comes back and the draft is dropped. Reads and writes one piece at a time.
Result<bool> transfer(store::Storage& from, store::Storage& to, const std::string& key, store::Exists exists,
                      const Counter& read, const std::function<bool(const Digest&)>& accept, std::stop_token stop);

// The archive's size and hash by salvor's index beside it, without reading the archive; nothing when there is no index
// that can be read. The index may be of another archive: only verification tells.
Result<std::optional<Digest>> indexed_digest(store::Storage& storage, const BackupKeys& keys, std::stop_token stop);

// The files of a backup's folder, by key; `corrupt` when there are more than any backup has.
Result<std::vector<store::Entry>> files_of(store::Storage& storage, const BackupKeys& keys, std::stop_token stop);

}  // namespace salvor::backup
