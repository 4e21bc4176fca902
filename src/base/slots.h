// Slots: how many may do something at a time. Who wants to and finds no slot free waits for one.
//
//   const Slots::Held held = TRY(slots.take(stop));
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/result.h"

namespace salvor {

// Thread-safe. It must outlive what was taken.
class Slots {
 public:
  explicit Slots(unsigned count) : free_(count) {}

  class Held {
   public:
    explicit Held(Slots& of) : of_(&of) {}
    Held(Held&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (of_) of_->give_back();
    }

   private:
    Slots* of_;
  };

  // `cancelled` when the stop was requested.
  Result<Held> take(std::stop_token stop) {
    std::unique_lock hold(mutex_);
    if (!freed_.wait(hold, std::move(stop), [this] { return free_ > 0; })) return Error(Code::cancelled, "stopped");
    --free_;
    return Held(*this);
  }

 private:
  void give_back() {
    {
      std::lock_guard hold(mutex_);
      ++free_;
    }
    freed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable_any freed_;
  unsigned free_;
};

}  // namespace salvor
