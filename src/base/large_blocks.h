// Large blocks of memory that are kept when they are freed, for whoever needs one next.
//
// Contents of a repository are read, opened and written in buffers of some megabytes, each for a moment. Fresh pages
// for each took a restore of 1 GiB from 0.7 to 1.9 s of system time, and malloc, once it has seen such sizes, keeps
// them per thread without a bound (340 MiB with four threads; 78 MiB so). Here sizes are powers of two from a megabyte
// on, and no more than `kKeptBlocks` bytes are kept for all threads together.
#pragma once

#include <cstddef>

namespace salvor {

inline constexpr std::size_t kLargeBlock = std::size_t{1} << 20;  // from here on
inline constexpr std::size_t kKeptBlocks = std::size_t{32} << 20;

// Aligned to a page. Throws std::bad_alloc. Thread-safe, as the other.
void* allocate_large(std::size_t bytes);
void free_large(void* place, std::size_t bytes);
// How many bytes of free blocks are kept.
std::size_t kept_blocks();

}  // namespace salvor
