// Pool<T>: values that one thread at a time may use and that are dear to make (cipher contexts, tables of a
// compressor): who needs one borrows it, and gives it back by letting go.
//
//   Pool<Hasher> hashers;
//   const auto hasher = TRY(hashers.borrow([&] { return Hasher::create(name, secret); }));
//   hasher->hash(bytes);
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"

namespace salvor {

// Thread-safe. There are never more values than were borrowed at one time. It must outlive what is borrowed.
template <class T>
class Pool {
 public:
  struct GiveBack {
    Pool* pool;
    void operator()(T* value) const {
      pool->idle_.with([&](auto& idle) { idle.emplace_back(value); });
    }
  };
  using Borrowed = std::unique_ptr<T, GiveBack>;

  // One that is idle, or what `make` returns, a Result<T>.
  template <class Make>
  Result<Borrowed> borrow(Make&& make) {
    std::unique_ptr<T> value = idle_.with([](auto& idle) {
      std::unique_ptr<T> last;
      if (idle.empty()) return last;
      last = std::move(idle.back());
      idle.pop_back();
      return last;
    });
    if (!value) value = std::make_unique<T>(TRY(std::forward<Make>(make)()));
    return Borrowed(value.release(), GiveBack{this});
  }

 private:
  Guarded<std::vector<std::unique_ptr<T> > > idle_;
};

}  // namespace salvor
