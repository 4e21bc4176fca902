// S3Storage: the contract of storage.h over a bucket, below a prefix.
//
//   write   up to one part: a single PUT at commit. More: a multipart upload whose parts go out in parallel while the
//           rest is still being written; parts grow with the object, because there may be 10,000 at most.
//   read    what fits one piece: one GET. More: pieces fetched in parallel ahead of the reader, all of the same version
//           of the object, which the first piece's ETag names.
//   refuse  Exists::refuse is "If-None-Match: *". A store that knows no conditions says so (501); then the object is
//           looked for before it is written, and a race of two writers is possible. `can_refuse` tells which it was.
//
// Memory of one stream is bounded by options: a write holds `parallel` parts in flight and one being filled, a read
// `parallel` pieces.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "s3/client.h"
#include "store/storage.h"

namespace salvor::store {

struct S3StorageOptions {
  std::uint64_t part_bytes = 8 << 20;  // at least 5 MiB (s3::kMinPartBytes), but for the last part
  // Cloudflare R2 wants all parts but the last of one size. Then an object has at most 10,000 of them.
  bool uniform_parts = false;
  std::uint64_t piece_bytes = 8 << 20;
  unsigned parallel = 4;
};

// Bytes of part `number` (from 1): `part_bytes` for the first 2,000 parts, then twice as much for each 2,000, from
// 6,000 on for each 1,000. With 8 MiB an object of one TiB fits, and up to 47 GiB no part is larger than 16 MiB.
std::uint64_t part_size(std::uint32_t number, const S3StorageOptions& options);

class S3Storage final : public Storage {
 public:
  // `prefix` without slashes at its ends, perhaps empty.
  S3Storage(std::shared_ptr<s3::Client> client, std::string prefix, S3StorageOptions options = {});

  std::string describe() const override { return client_->describe(); }
  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override;
  // In place of what the location's own settings say of locks.
  Result<> retain_new(const Retention& retention, std::vector<std::string> beginnings) override;
  Result<> retain(const std::string& key, const Retention& retention, std::stop_token stop) override;
  // What the credentials may not ask stays unknown.
  Result<Capabilities> capabilities(std::stop_token stop) override;
  Result<std::optional<Time>> server_time(std::stop_token stop) override;
  Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop) override;
  Result<std::vector<Threat>> threats(const std::string& prefix, std::stop_token stop) override;
  Result<> clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) override;
  Result<> undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                    std::stop_token stop) override;

  // Whether the store keeps Exists::refuse among writers at the same time; nothing as long as no write asked for it.
  std::optional<bool> can_refuse() const;

  s3::Client& client() { return *client_; }

 private:
  Result<std::string> full_key(const std::string& key) const;
  std::string full_prefix(const std::string& prefix) const;
  bool keeps_directories() const;
  Result<bool> shows_empty_directories(std::stop_token stop);
  Result<> check_retention(const Retention& retention) const;

  const std::shared_ptr<s3::Client> client_;
  const std::string prefix_;  // "" or with a slash at its end
  const S3StorageOptions options_;
  struct Retained {
    Retention retention;
    std::vector<std::string> beginnings;
  };
  Guarded<Retained> retained_;
  // -1 unknown, 0 no, 1 yes; shared with the streams, which may outlive this object.
  std::atomic<int> shows_deleted_{-1};  // likewise
  const std::shared_ptr<std::atomic<int>> refusing_ = std::make_shared<std::atomic<int>>(-1);
};

}  // namespace salvor::store
