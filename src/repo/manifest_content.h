// Manifests: small JSON documents with labels, the roots of all that a repository keeps (snapshots, policies).
//
// They are kept in contents with the prefix "m", each the gzip form of
//
//   {"entries":[{"id":"ae8d...","labels":{"type":"snapshot",...},"modified":"2026-...Z","deleted":true,"data":{...}}]}
//
// A manifest is never changed: what replaces it has another id, and it is removed by an entry with its id and
// "deleted". All entries of all such contents together are the manifests (repo/manifest_set.h).
//
// Kopia: repo/manifest/serialized.go, committed_manifest_manager.go.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"

namespace salvor::repo {

inline constexpr char kManifestContentPrefix = 'm';
// The label that every manifest has: "snapshot", "policy", "maintenance".
inline constexpr std::string_view kTypeLabel = "type";

using Labels = std::map<std::string, std::string>;

struct ManifestEntry {
  std::string id;  // 32 hexadecimal digits
  Labels labels = {};
  Time modified{};
  bool deleted = false;
  std::string data = "null";  // JSON, as it was written

  bool operator==(const ManifestEntry&) const = default;
};

std::string new_manifest_id(Rng& rng);

// Visits the entries of a content one by one. `max_bytes` bounds what it may hold without gzip. `corrupt` when it is no
// such content, or an entry is none, and what the visitor returned.
Result<> read_manifest_content(ByteView content, const std::function<Result<>(ManifestEntry&&)>& visit,
                               std::uint64_t max_bytes);
// The JSON is what stock writes. `invalid` when the data of an entry is no JSON.
Result<Bytes> encode_manifest_content(std::span<const ManifestEntry> entries);

}  // namespace salvor::repo
