// Version 1 of an index (kopia repo/content/index/index_v1.go): repositories of format 1. It knows no compression.
//
//   index  = header row* names
//   header = u8 1, u8 key size, u16 value size (20), u32 rows
//   row    = key, u48 seconds, u8 format version, u8 size of the pack's name, u32 its offset in the index,
//            u1 deleted, u31 offset in the pack, u32 packed length
//
// Names are not ended or counted; only rows point at them. An index without rows has the key size 255.
#pragma once

#include "repo/index_layout.h"

namespace salvor::repo {

constexpr std::size_t kV1HeaderBytes = 8, kV1ValueBytes = 20;

// `corrupt` unless all rows lie inside. Requires: the first byte is 1.
Result<IndexLayout> read_v1_layout(ByteView index, std::uint32_t overhead);
// All of the entry but its id, from a row's value.
Result<> read_v1_value(ByteView index, const IndexLayout& layout, ByteView value, ContentEntry& entry);

// Fills kV1ValueBytes. `invalid` when version 1 cannot hold the entry. The offset of the name is that in the names;
// finish_v1 makes it one in the index.
Result<> write_v1_value(const ContentEntry& entry, const PackNames::Place& pack, MutableByteView value);
// Makes an index of room for a header and the rows behind it.
Result<> finish_v1(Bytes& index, std::size_t key_size, std::uint32_t count, const PackNames& packs);

}  // namespace salvor::repo
