#include "repo/rehashing.h"

#include <algorithm>
#include <string>
#include <utility>

namespace salvor::repo {

namespace {

Error of_another_hash(const ContentEntry& entry) {
  return Error(Code::corrupt, "content " + to_string(entry.id) + " in pack " + std::string(entry.pack_blob_id) +
                                  " has bytes of another hash than its id");
}

// What it takes. Indexes of version 1 do not say how long it is when it is unpacked.
std::size_t room_of(const ContentEntry& entry) { return std::max(entry.original_length, entry.packed_length); }

}  // namespace

Result<> Rehashing::reserve(const ContentEntry& entry, Hasher& hasher, std::stop_token stop) {
  const std::size_t bytes = room_of(entry);
  std::unique_lock hold(mutex_);
  while (used_ > 0 && used_ + bytes > memory_) {
    if (!waiting_.empty()) {
      TRY(hash_waiting(hold, hasher));
      continue;
    }
    const auto is_other = [&, before = used_] { return used_ != before || !waiting_.empty(); };
    if (!changed_.wait(hold, stop, is_other)) return Error(Code::cancelled, "reading contents was stopped");
  }
  used_ += bytes;
  return {};
}

void Rehashing::give_back(const ContentEntry& entry) {
  {
    std::lock_guard hold(mutex_);
    used_ -= room_of(entry);
  }
  changed_.notify_all();
}

Result<> Rehashing::add(Opened content, Hasher& hasher) {
  std::unique_lock hold(mutex_);
  waiting_bytes_ += content.bytes.size();
  waiting_.push_back(std::move(content));
  if (waiting_bytes_ >= memory_ / 2 || waiting_.size() >= kMostAtOnce) return hash_waiting(hold, hasher);
  hold.unlock();
  changed_.notify_all();
  return {};
}

Result<> Rehashing::finish(Hasher& hasher) {
  std::unique_lock hold(mutex_);
  return waiting_.empty() ? Result<>() : hash_waiting(hold, hasher);
}

// Takes them, and gives the lock back meanwhile.
Result<> Rehashing::hash_waiting(std::unique_lock<std::mutex>& hold, Hasher& hasher) {
  std::vector<Opened> contents = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  hold.unlock();
  std::vector<ByteView> bytes(contents.size());
  std::ranges::transform(contents, bytes.begin(), [](const Opened& one) { return ByteView(one.bytes); });
  std::vector<ContentHash> hashes(bytes.size());
  hasher.hash_all(bytes, hashes);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    Opened& one = contents[i];
    const bool is_right = std::ranges::equal(hashes[i].bytes(), one.entry.id.hash());
    TRY(give_(one.position, one.entry,
              is_right ? Result<Bytes>(std::move(one.bytes)) : Result<Bytes>(of_another_hash(one.entry))));
    one.bytes = Bytes();
    give_back(one.entry);
  }
  hold.lock();
  return {};
}

}  // namespace salvor::repo
