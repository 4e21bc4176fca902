#include "base/large_blocks.h"

#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstdint>
#include <mutex>
#include <new>
#include <vector>

namespace salvor {
namespace {

constexpr std::size_t kClasses = 64;  // one for each power of two

struct Kept {
  std::mutex mutex;
  std::array<std::vector<void*>, kClasses> blocks;
  std::size_t bytes = 0;
};

// Never destroyed: threads may free blocks while the program ends.
Kept& kept() {
  static Kept& only = *new Kept;
  return only;
}

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// At a huge page's border: the kernel then serves it from huge pages, which are found and first touched far cheaper.
void* map_pages(std::size_t size) {
  const std::size_t spare = size >= kHugePage ? kHugePage : 0;
  void* const place = ::mmap(nullptr, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc();
  if (spare == 0) return place;
  auto* const begin = static_cast<std::byte*>(place);
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) ::munmap(begin, before);
  if (before < spare) ::munmap(begin + before + size, spare - before);
  ::madvise(begin + before, size, MADV_HUGEPAGE);  // a hint
  return begin + before;
}

std::size_t class_of(std::size_t bytes) { return static_cast<std::size_t>(std::bit_width(bytes - 1)); }

}  // namespace

void* allocate_large(std::size_t bytes) {
  const std::size_t order = class_of(bytes), size = std::size_t{1} << order;
  Kept& all = kept();
  {
    std::lock_guard hold(all.mutex);
    if (std::vector<void*>& free = all.blocks[order]; !free.empty()) {
      void* const place = free.back();
      free.pop_back();
      all.bytes -= size;
      return place;
    }
  }
  return map_pages(size);
}

void free_large(void* place, std::size_t bytes) {
  const std::size_t order = class_of(bytes), size = std::size_t{1} << order;
  Kept& all = kept();
  {
    std::lock_guard hold(all.mutex);
    if (all.bytes + size <= kKeptBlocks) {
      all.blocks[order].push_back(place);
      all.bytes += size;
      return;
    }
  }
  ::munmap(place, size);
}

std::size_t kept_blocks() {
  Kept& all = kept();
  std::lock_guard hold(all.mutex);
  return all.bytes;
}

}  // namespace salvor
