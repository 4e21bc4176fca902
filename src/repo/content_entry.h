// ContentEntry: what an index says of one content: in which pack it lies and where (kopia repo/content/index/info.go).
//
// Several indexes may speak of one content, which was written again, moved to another pack, or removed. Removing writes
// an entry with `deleted`; the bytes stay until nothing needs them. `supersedes` tells whose word counts.
#pragma once

#include <cstdint>
#include <string_view>

#include "repo/content_id.h"

namespace salvor::repo {

struct ContentEntry {
  ContentId id;
  std::string_view pack_blob_id;       // where it was read from keeps the text
  std::int64_t timestamp_seconds = 0;  // when it was written or removed, Unix time
  std::uint32_t pack_offset = 0;       // of the encrypted bytes in the pack
  std::uint32_t packed_length = 0;     // of the encrypted bytes
  std::uint32_t original_length = 0;   // of the content
  std::uint32_t compression_id = 0;    // a compressor's header id; 0 when the content is not compressed
  std::uint8_t format_version = 0;     // of the repository that wrote it
  std::uint8_t encryption_key_id = 0;  // 0; kopia knows no other
  bool deleted = false;

  bool operator==(const ContentEntry&) const = default;
};

// Whether `a` counts and `b` does not, both of one content: the later one; at the same second the living one; then the
// one whose pack has the greater name, so that everybody decides alike (kopia repo/content/index/merged.go).
inline bool supersedes(const ContentEntry& a, const ContentEntry& b) {
  if (a.timestamp_seconds != b.timestamp_seconds) return a.timestamp_seconds > b.timestamp_seconds;
  if (a.deleted != b.deleted) return !a.deleted;
  return a.pack_blob_id > b.pack_blob_id;
}

}  // namespace salvor::repo
