// Revisions: etcd's clock. Every transaction that changes something has the next main revision, and every change inside
// of it a sub revision. The bucket `key` holds every change that was not compacted yet, under its revision:
//
//   main u64 big-endian, '_', sub u64 big-endian [, 't': a deletion]      ->  KeyValue (etcd's api/mvccpb/kv.proto)
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace salvor::etcd {

constexpr std::size_t kRevisionBytes = 17;

struct Revision {
  std::int64_t main = 0, sub = 0;
  auto operator<=>(const Revision&) const = default;
};

struct RevisionKey {
  Revision revision;
  bool tombstone = false;
};

// Nothing when it is no revision.
std::optional<RevisionKey> parse_revision(ByteView key);
// The 17 bytes of one that is no deletion.
std::string revision_bytes(Revision revision);

// A change. The views point into what was parsed.
struct KeyValue {
  std::string_view key, value;
  std::int64_t create_revision = 0, mod_revision = 0, version = 0, lease = 0;
};

// False when it is no protobuf message or has a field of another type; fields that are not known are passed over.
[[nodiscard]] bool parse_key_value(std::string_view message, KeyValue& kv);
std::string key_value_bytes(const KeyValue& kv);

}  // namespace salvor::etcd
