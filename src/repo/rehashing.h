// Rehashing: contents that were opened, hashed again and compared with their ids.
//
// Several are hashed at once, which is faster (hashing.h), whichever threads opened them; and what is held of them is
// bounded: who wants to open another one, and finds no room, hashes those that wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "repo/content_entry.h"
#include "repo/hashing.h"
#include "repo/merged_index.h"

namespace salvor::repo {

// Thread-safe, with a Hasher for each thread.
class Rehashing {
 public:
  struct Opened {
    MergedIndex::Position position;
    ContentEntry entry;
    Bytes bytes;
  };
  // Gets each content: its bytes, or `corrupt` when they are others than its id says.
  using Give = std::function<Result<>(MergedIndex::Position, const ContentEntry&, Result<Bytes>)>;

  // `memory` bytes are held, or one content that is larger. `give` must outlive this.
  Rehashing(std::size_t memory, const Give& give) : memory_(memory), give_(give) {}

  // Room for a content, which is given back by add() or give_back(). Errors: of `give`, `cancelled`.
  Result<> reserve(const ContentEntry& entry, Hasher& hasher, std::stop_token stop);
  void give_back(const ContentEntry& entry);
  // Requires: reserve() for it. Errors: of `give`.
  Result<> add(Opened content, Hasher& hasher);
  // Those that still wait.
  Result<> finish(Hasher& hasher);

 private:
  static constexpr std::size_t kMostAtOnce = 256;
  Result<> hash_waiting(std::unique_lock<std::mutex>& hold, Hasher& hasher);

  const std::size_t memory_;
  const Give& give_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Opened> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t used_ = 0;
};

}  // namespace salvor::repo
