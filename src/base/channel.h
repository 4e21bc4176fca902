// Channel<T>: a bounded queue between threads. The bound is a weight chosen by the caller, usually bytes, so that a
// pipeline's memory is what its configuration says whatever the size of the items.
//
// push waits while the queue is full, pop while it is empty; both give up when the stop token is triggered. An item
// heavier than the whole capacity is let in when the queue is empty, so nothing can block for ever.
// Any number of threads may push and pop. close() ends the stream: pushes fail, pops drain what is left.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace salvor {

template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}

  // False when the channel was closed or the stop was requested; the item is then dropped.
  bool push(T item, std::stop_token stop, std::size_t weight = 1) {
    std::unique_lock hold(mutex_);
    const bool fits =
        changed_.wait(hold, stop, [&] { return closed_ || queue_.empty() || weight_ + weight <= capacity_; });
    if (!fits || closed_ || stop.stop_requested()) return false;
    queue_.emplace_back(std::move(item), weight);
    weight_ += weight;
    hold.unlock();
    changed_.notify_all();
    return true;
  }

  // Nothing when the channel is closed and drained, or the stop was requested.
  std::optional<T> pop(std::stop_token stop) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, stop, [&] { return closed_ || !queue_.empty(); });
    // A stop wins over what is queued: a busy channel must not keep its reader for ever.
    if (queue_.empty() || stop.stop_requested()) return std::nullopt;
    auto [item, weight] = std::move(queue_.front());
    queue_.pop_front();
    weight_ -= weight;
    hold.unlock();
    changed_.notify_all();
    return std::move(item);
  }

  void close() {
    {
      std::lock_guard hold(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::pair<T, std::size_t>> queue_;
  std::size_t weight_ = 0;
  bool closed_ = false;
};

}  // namespace salvor
