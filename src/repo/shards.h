// How the blobs of a repository in a directory are spread over directories below it, and the file that says so.
//
//   {"default":[1,3],"maxNonShardedLength":20}                                   <root>/.shards
//   p0123456789abcdef0123456789abcdef-s...  is in  p/012/3456789abcdef0123456789abcdef-s....f
//   kopia.repository                        is in  kopia.repository.f            not longer than 20
//
// The sizes are cut off the front of the id one after the other, each a directory, as long as more of the id remains
// than the size. The first override whose prefix the id has replaces the default.
//
// Kopia: repo/blob/sharded/sharded_parameters.go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salvor::repo {

inline constexpr std::string_view kShardsFile = ".shards";
inline constexpr std::string_view kBlobSuffix = ".f";

using ShardSizes = std::vector<std::size_t>;

struct ShardOverride {
  std::string prefix;
  ShardSizes sizes;
  bool operator==(const ShardOverride&) const = default;
};

struct Shards {
  ShardSizes sizes = {1, 3};  // of new repositories
  std::size_t max_unsharded_length = 20;
  std::vector<ShardOverride> overrides = {};

  bool operator==(const Shards&) const = default;
  // Where the blob's file is below the root.
  std::string path_of(std::string_view blob_id) const;
};

// What .shards holds. `corrupt` when it is no such text, or a size is negative or above 255.
Result<Shards> parse_shards(std::string_view text);
// As stock writes it, with the line feed.
std::string encode(const Shards& shards);

}  // namespace salvor::repo
