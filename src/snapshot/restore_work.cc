#include "snapshot/restore_work.h"

#include <algorithm>
#include <utility>

namespace salvor::snapshot {

namespace {

constexpr std::size_t kFilesAtATime = 4;

}  // namespace

bool ends_restore(Code code) {
  return code == Code::cancelled || code == Code::unavailable || code == Code::throttled || code == Code::deadline ||
         code == Code::unauthenticated || code == Code::out_of_space;
}

void RestoreWork::add(RestoreNodePtr directory) {
  {
    std::lock_guard hold(mutex_);
    directories_.push_back(std::move(directory));
  }
  changed_.notify_one();
}

void RestoreWork::add(std::shared_ptr<RestoreFile> file) {
  {
    std::lock_guard hold(mutex_);
    files_.push_back(std::move(file));
  }
  changed_.notify_all();
}

std::optional<RestoreGroup> RestoreWork::add(RestoreGroup group) {
  {
    std::lock_guard hold(mutex_);
    if (groups_.size() >= most_groups_) return group;
    groups_.push_back(std::move(group));
  }
  changed_.notify_one();
  return std::nullopt;
}

std::optional<RestoreWork::Item> RestoreWork::next(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  const auto has_work = [this] { return !files_.empty() || !groups_.empty() || !directories_.empty(); };
  const bool woken = changed_.wait(hold, stop, [&] { return has_work() || busy_ == 0; });
  if (!woken || stop.stop_requested() || !has_work()) return std::nullopt;
  ++busy_;
  if (!files_.empty()) {
    const std::shared_ptr<RestoreFile> file = files_.front();
    const Chunk chunk{file, file->taken, file->taken_bytes};
    file->taken_bytes += file->chunks[file->taken].length.value_or(0);
    if (++file->taken == file->chunks.size()) files_.pop_front();
    // Threads write different files where there are some: writers of one wait for each other.
    const auto few = static_cast<std::ptrdiff_t>(std::min<std::size_t>(files_.size(), kFilesAtATime));
    if (few > 1) std::rotate(files_.begin(), files_.begin() + 1, files_.begin() + few);
    return Item(chunk);
  }
  if (!groups_.empty()) {
    Item item(std::move(groups_.front()));
    groups_.pop_front();
    return item;
  }
  Item item(std::move(directories_.back()));
  directories_.pop_back();
  return item;
}

void RestoreWork::done() {
  bool is_over = false;
  {
    std::lock_guard hold(mutex_);
    is_over = --busy_ == 0;
  }
  if (is_over) changed_.notify_all();
}

}  // namespace salvor::snapshot
