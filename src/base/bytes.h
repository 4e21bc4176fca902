// Bytes: a byte buffer that grows without zero-filling, and views over bytes.
//
// Text (JSON, YAML, names) travels as std::string and std::string_view; anything compressed, encrypted or hashed
// travels as Bytes and ByteView. `as_bytes` and `as_text` cross over without a copy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/large_blocks.h"

namespace salvor {

// Leaves new elements uninitialised: a buffer about to be overwritten needs no memset.
//
// Large buffers begin at a multiple of 64. malloc's begin 16 bytes behind a page, and the kernel's copy into such a
// buffer is slow on AMD (rep movsb): reading 256 MiB of cached file by pieces of 1 MiB took 150 ms there, 26 ms here.
template <class T>
struct UninitialisedAllocator : std::allocator<T> {
  static constexpr std::size_t kAlignedFrom = 4096;  // bytes
  static constexpr std::align_val_t kAlignment{64};

  T* allocate(std::size_t count) {
    if (count < kAlignedFrom / sizeof(T)) return std::allocator<T>::allocate(count);
    if (count >= kLargeBlock / sizeof(T)) return static_cast<T*>(allocate_large(count * sizeof(T)));
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* place, std::size_t count) {
    if (count < kAlignedFrom / sizeof(T)) return std::allocator<T>::deallocate(place, count);
    if (count >= kLargeBlock / sizeof(T)) return free_large(place, count * sizeof(T));
    ::operator delete(place, kAlignment);
  }
  template <class U>
  struct rebind {
    using other = UninitialisedAllocator<U>;
  };
  // Nothing to do for bytes, which begin to live with their memory. A placement new of one would be compiled to a
  // store: growing a buffer byte by byte was a quarter of a restore.
  template <class U>
  void construct(U* place) noexcept {
    if constexpr (!std::is_trivially_default_constructible_v<U>) ::new (static_cast<void*>(place)) U;
  }
  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
  }
};

#ifdef SALVOR_SANITIZED
// Without optimization "constructing" each byte costs a call; clearing them is one memset.
using Bytes = std::vector<std::byte>;
#else
using Bytes = std::vector<std::byte, UninitialisedAllocator<std::byte> >;
#endif
using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Makes room for `size` bytes at the end, uninitialised, and returns where they begin. Not insert(): with an allocator
// of our own libstdc++ fills and copies element by element, which was 14 % of a backup.
inline std::byte* extend(Bytes& to, std::size_t size) {
  const std::size_t before = to.size();
  if (to.capacity() - before < size) to.reserve(std::max(2 * to.capacity(), before + size));
  to.resize(before + size);
  return to.data() + before;
}
// Requires: `from` is not a part of `to`.
inline void append(Bytes& to, ByteView from) {
  if (!from.empty()) std::memcpy(extend(to, from.size()), from.data(), from.size());
}
inline void append_zeros(Bytes& to, std::size_t size) {
  if (size > 0) std::memset(extend(to, size), 0, size);
}

}  // namespace salvor
