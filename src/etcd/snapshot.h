// Snapshot: an etcd database in a file of its own: what `etcdctl snapshot save` wrote, or member/snap/db of a member
// that is stopped. The former ends with the SHA-256 of all before it; database pages are multiples of 512 bytes, so the
// size alone tells whether it is there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bbolt/database.h"
#include "bbolt/source.h"

namespace salvor::etcd {

// The names of etcd's buckets.
namespace bucket {
constexpr std::string_view kKey = "key", kMeta = "meta", kLease = "lease", kAlarm = "alarm", kMembers = "members",
                           kMembersRemoved = "members_removed", kCluster = "cluster", kAuth = "auth",
                           kAuthUsers = "authUsers", kAuthRoles = "authRoles";
}

// One thread at a time.
class Snapshot {
 public:
  // `corrupt` when there is no database in it or its end is missing. The trailer is not looked at yet.
  static Result<std::unique_ptr<Snapshot>> open(std::unique_ptr<bbolt::Source> source);

  const bbolt::Database& database() const { return *database_; }
  bool has_trailer() const { return size_ != source_->size(); }
  // Reads everything. `corrupt` when the SHA-256 at the end is another one, or when bytes lie between the last page and
  // it. Requires: has_trailer().
  Result<> verify_trailer(std::stop_token stop) const;

  // Nothing when there is none of that name.
  Result<std::optional<bbolt::Bucket>> bucket(std::string_view name) const;
  // The value of a key; nothing when key or bucket is not there.
  Result<std::optional<std::string>> value(std::string_view bucket, std::string_view key) const;

 private:
  Snapshot(std::unique_ptr<bbolt::Source> source, std::uint64_t size) : source_(std::move(source)), size_(size) {}

  std::unique_ptr<bbolt::Source> source_;
  std::uint64_t size_;  // without the trailer
  std::optional<bbolt::Database> database_;
};

}  // namespace salvor::etcd
