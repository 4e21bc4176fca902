// PackTable: which packs a storage holds and how long each is, from one listing instead of a question for each content.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repo/blob_store.h"
#include "repo/content_entry.h"

namespace salvor::repo {

// Immutable; some 100 bytes a pack.
class PackTable {
 public:
  static Result<PackTable> list(BlobStore& store, std::stop_token stop);

  std::size_t packs() const { return packs_.size(); }
  std::uint64_t bytes() const;
  const std::vector<std::pair<std::string, std::uint64_t> >& all() const { return packs_; }  // by id, with sizes
  // Nothing when there is no such pack.
  std::optional<std::uint64_t> size_of(std::string_view pack) const;
  // `corrupt` when the pack of an entry is missing or ends before it; content and pack are named.
  Result<> check(const ContentEntry& entry) const;

 private:
  std::vector<std::pair<std::string, std::uint64_t> > packs_;  // by id
  std::string place_;
};

}  // namespace salvor::repo
