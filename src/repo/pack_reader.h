// Reading many contents, whatever order they are wanted in: pack by pack, each byte fetched once.
//
//   contents ─ sorted by pack and place ─▶ ranges of a pack ─▶ threads: fetch, open, give
//
// Contents that lie near each other in a pack are fetched by one request, with what lies between them when that is
// little; several threads do so at a time. A content that cannot be had that way (its pack was cut, or maintenance has
// moved it to another) is fetched once more by itself, so that damage costs the contents that it hits and no others.
//
// Memory: 12 bytes for each content that is wanted, the names of packs being those of the index; and for each thread a
// range; and one content for each thread or, where they are hashed again, `rehash_bytes` of them in all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repo/repository.h"

namespace salvor::repo {

// The contents to read. Not thread-safe.
class ReadPlan {
 public:
  // Positions are those of `view`, which is held.
  explicit ReadPlan(std::shared_ptr<const IndexView> view) : view_(std::move(view)) {}

  // A content that is added twice is read and given twice. `corrupt` when the index is damaged there.
  Result<> add(MergedIndex::Position position);
  // The same for who has looked the entry up already.
  void add(MergedIndex::Position position, const ContentEntry& entry);
  // Room for so many; without it the plan takes up three times its size while it grows.
  void reserve(std::uint64_t contents) { items_.reserve(static_cast<std::size_t>(contents)); }

  std::size_t contents() const { return items_.size(); }
  std::uint64_t packed_bytes() const { return packed_bytes_; }
  std::size_t packs() const { return packs_.size(); }

 private:
  friend class PackReading;
  struct Item {
    std::uint32_t pack = 0;  // its number in packs_
    std::uint32_t offset = 0;
    MergedIndex::Position position = 0;
  };

  std::shared_ptr<const IndexView> view_;
  std::vector<Item> items_;
  std::vector<std::string_view> packs_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::uint64_t packed_bytes_ = 0;
};

struct ReadOptions {
  unsigned threads = 4;                   // 1: the caller's
  std::uint64_t request_bytes = 2 << 20;  // of one request at most; a longer content is one by itself
  std::uint64_t gap_bytes = 64 << 10;     // that nobody wants and that are fetched all the same for want of a request
  bool rehash = false;                    // whether each content's bytes are hashed again and compared with its id
  std::size_t rehash_bytes = 64 << 20;    // that may be held for that: several at once are faster (hashing.h)
};

// A content's bytes, or why they cannot be had: `corrupt` names content and pack. Called by any of the threads, several
// at a time. An Error that it returns ends the reading.
using TakeContent =
    std::function<Result<>(MergedIndex::Position position, const ContentEntry& entry, Result<Bytes> bytes)>;

// Gives each content of the plan to `take`, pack by pack. Errors: what would meet every content alike (cancelled, the
// storage cannot be reached), a damaged index, and those of `take`.
Result<> read_contents(Repository& repository, ReadPlan plan, const ReadOptions& options, const TakeContent& take,
                       std::stop_token stop);

// Whether an error is of the storage as a whole, so that asking for the next content is of no use.
bool ends_reading(Code code);

}  // namespace salvor::repo
