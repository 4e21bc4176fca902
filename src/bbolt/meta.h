// Meta pages: the first two pages of a file. Each says where everything else begins; bbolt writes them in turns, so
// that one of them is whole whatever happens, and the valid one of the later transaction counts.
//
//   page header | magic u32, version u32, page size u32, flags u32, root page u64, root sequence u64,
//                 freelist page u64, pages u64, transaction u64, FNV-1a of all of that u64
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "bbolt/source.h"

namespace salvor::bbolt {

constexpr std::size_t kMetaBytes = 16 + 64;  // with the page header
constexpr std::uint64_t kNoFreelist = ~std::uint64_t{0};
constexpr std::uint32_t kMinPageSize = 1024, kMaxPageSize = 1024U << 14;

struct Meta {
  std::uint32_t page_size = 4096;
  std::uint64_t root = 0, root_sequence = 0;
  std::uint64_t freelist = kNoFreelist;  // kNoFreelist: not written, as etcd has it; every page not in use is free
  std::uint64_t page_count = 0;
  std::uint64_t transaction = 0;
};

// Of the first kMetaBytes of a meta page. `corrupt` says what is wrong with it. Requires: kMetaBytes of them.
Result<Meta> parse_meta(ByteView image);
// Fills the first kMetaBytes of the meta page `id`.
void store_meta(MutableByteView image, std::uint64_t id, const Meta& meta);

struct ChosenMeta {
  Meta meta;
  // What is wrong with the other one, which does not count; empty when nothing is.
  std::string damage;
};

// The one that counts of a database of `size` bytes at the beginning of `source`; its pages lie inside, as do its root
// and its freelist. `corrupt` when none does.
Result<ChosenMeta> choose_meta(Source& source, std::uint64_t size);

}  // namespace salvor::bbolt
