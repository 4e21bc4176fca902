// ContentMarks: of every content that the indexes name, whether something uses it. Filled from the indexes, then marked
// by threads that walk snapshots, then asked.
//
// Not a set of ids but a table of eight bytes a content: 61 bits that a random number and the id make, and three marks.
// Two contents that share the 61 bits share their marks, so that one may be kept without need, of a million contents
// once in a million runs; nothing is ever taken for unused because of it. 11 bytes a content.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/rng.h"
#include "repo/merged_index.h"

namespace salvor::repo {

class ContentMarks {
 public:
  enum class Mark : std::uint64_t {
    used = 1,    // something needs it
    walked = 2,  // as a directory
    listed = 4,  // as the list of an object's chunks
  };

  // Errors: those of the indexes.
  static Result<ContentMarks> create(const MergedIndex& contents, Rng& rng);

  // Whether the content got this mark now; false when it had it. Nothing when no index named it. Thread-safe.
  std::optional<bool> set(const ContentId& id, Mark mark);
  // Whether it has it; nothing when no index named it. Thread-safe.
  std::optional<bool> has(const ContentId& id, Mark mark) const;

  std::uint64_t contents() const { return contents_; }

 private:
  ContentMarks(std::uint64_t slots, std::uint64_t seed)
      : slots_(std::make_unique<std::atomic<std::uint64_t>[]>(slots)), slot_count_(slots), seed_(seed) {}
  std::uint64_t key_of(const ContentId& id) const;
  // The slot of the key, or the free one where it would be.
  std::atomic<std::uint64_t>& slot_of(std::uint64_t key) const;

  std::unique_ptr<std::atomic<std::uint64_t>[]> slots_;  // 0: free
  std::uint64_t slot_count_;
  std::uint64_t seed_;
  std::uint64_t contents_ = 0;
};

}  // namespace salvor::repo
