#include "snapshot/upload_work.h"

#include <algorithm>
#include <utility>

namespace salvor::snapshot {

// Everybody is woken each time: threads wait for different things, and one that was woken for another's would leave it.
void UploadWork::add(UploadNodePtr directory) {
  {
    std::lock_guard hold(mutex_);
    directories_.push_back(std::move(directory));
  }
  changed_.notify_all();
}

std::optional<FileGroup> UploadWork::add(FileGroup group) {
  {
    std::lock_guard hold(mutex_);
    if (files_.size() >= most_groups_) return group;
    files_.push_back(std::move(group));
  }
  changed_.notify_all();
  return std::nullopt;
}

void UploadWork::add(ChunkJob job) {
  {
    std::lock_guard hold(mutex_);
    chunks_.push_back(std::move(job));
  }
  changed_.notify_all();
}

std::optional<UploadWork::Item> UploadWork::next(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  const auto has_work = [this] { return !chunks_.empty() || !files_.empty() || !directories_.empty(); };
  const bool woken = changed_.wait(hold, stop, [&] { return closed_ || (!pausing_ && (has_work() || busy_ == 0)); });
  if (!woken || closed_ || stop.stop_requested() || !has_work()) return std::nullopt;
  ++busy_;
  if (auto job = take_chunks()) return Item(*std::move(job));
  if (!files_.empty()) {
    Item item(std::move(files_.front()));
    files_.pop_front();
    return item;
  }
  Item item(std::move(directories_.back()));
  directories_.pop_back();
  return item;
}

void UploadWork::done() {
  bool is_waited_for = false;
  {
    std::lock_guard hold(mutex_);
    is_waited_for = --busy_ == 0 || pausing_;
  }
  if (is_waited_for) changed_.notify_all();
}

void UploadWork::close() {
  {
    std::lock_guard hold(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

bool UploadWork::pause(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  if (pausing_) {
    rest_under(hold, std::move(stop));
    return false;
  }
  pausing_ = true;
  ++resting_;
  changed_.notify_all();  // for who waits for others
  const bool stands_still = changed_.wait(hold, std::move(stop), [this] { return resting_ == busy_; });
  --resting_;
  if (stands_still) return true;
  pausing_ = false;
  hold.unlock();
  changed_.notify_all();
  return false;
}

void UploadWork::resume() {
  {
    std::lock_guard hold(mutex_);
    pausing_ = false;
  }
  changed_.notify_all();
}

void UploadWork::rest(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  if (pausing_) rest_under(hold, std::move(stop));
}

void UploadWork::rest_under(std::unique_lock<std::mutex>& hold, std::stop_token stop) {
  ++resting_;
  changed_.notify_all();
  changed_.wait(hold, std::move(stop), [this] { return !pausing_; });
  --resting_;
}

std::optional<UploadWork::ChunkJob> UploadWork::take_chunks() {
  if (chunks_.empty()) return std::nullopt;
  std::optional<ChunkJob> job(std::move(chunks_.front()));
  chunks_.pop_front();
  return job;
}

UploadWork::Memory UploadWork::take_memory() {
  --free_batches_;
  Bytes room;
  if (!rooms_.empty()) {
    room = std::move(rooms_.back());
    rooms_.pop_back();
  }
  room.reserve(batch_bytes_);
  return Memory(*this, std::move(room));
}

void UploadWork::give_back(Bytes room) {
  {
    std::lock_guard hold(mutex_);
    ++free_batches_;
    if (room.capacity() > 0) rooms_.push_back(std::move(room));
  }
  changed_.notify_all();
}

std::optional<UploadWork::Memory> UploadWork::memory_if_free() {
  std::lock_guard hold(mutex_);
  if (free_batches_ == 0) return std::nullopt;
  return take_memory();
}

// With the lock held, but for the writing.
Result<> UploadWork::help(std::unique_lock<std::mutex>& hold, const Write& write, const std::function<bool()>& until,
                          std::stop_token stop) {
  for (;;) {
    const bool woken = changed_.wait(hold, stop, [&] { return until() || closed_ || pausing_ || !chunks_.empty(); });
    if (woken && until()) return {};
    if (!woken || closed_) return Error(Code::cancelled, "the snapshot was stopped");
    if (pausing_) {
      rest_under(hold, stop);
      continue;
    }
    std::optional<ChunkJob> job = take_chunks();
    hold.unlock();
    Result<> written = write(*std::move(job));
    job.reset();
    hold.lock();
    TRY(std::move(written));
  }
}

Result<UploadWork::Memory> UploadWork::memory(const Write& write, std::stop_token stop) {
  std::unique_lock hold(mutex_);
  TRY(help(hold, write, [this] { return free_batches_ > 0; }, std::move(stop)));
  return take_memory();
}

std::size_t UploadWork::begin_part(LargeFile& file, std::vector<std::size_t> lengths) {
  std::lock_guard hold(mutex_);
  file.parts.push_back({std::move(lengths), {}});
  ++file.pending;
  return file.parts.size() - 1;
}

void UploadWork::end_part(LargeFile& file, std::size_t part, std::vector<repo::ContentId> ids) {
  bool is_whole = false;
  {
    std::lock_guard hold(mutex_);
    file.parts[part].ids = std::move(ids);
    is_whole = --file.pending == 0;
  }
  if (is_whole) changed_.notify_all();
}

Result<> UploadWork::wait_for(LargeFile& file, const Write& write, std::stop_token stop) {
  std::unique_lock hold(mutex_);
  return help(hold, write, [&] { return file.pending == 0; }, std::move(stop));
}

}  // namespace salvor::snapshot
