// Guarded<T>: a value that cannot be touched without holding its lock.
//
//   Guarded<Counts> counts;
//   counts.with([&](Counts& c) { ++c.saved; });
#pragma once

#include <mutex>
#include <utility>

namespace salvor {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  template <class F>
  decltype(auto) with(F&& use) {
    std::lock_guard hold(mutex_);
    return std::forward<F>(use)(value_);
  }
  template <class F>
  decltype(auto) with(F&& use) const {
    std::lock_guard hold(mutex_);
    return std::forward<F>(use)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace salvor
