// Version 2 of an index (kopia repo/content/index/index_v2.go): repositories of format 2 and 3.
//
//   index  = header row* pack* format* names
//   header = u8 2, u8 key size, u16 value size (16 to 19), u32 rows, u32 packs, u8 formats, u32 base of the times
//   row    = key, u32 seconds after the base, u1 deleted, u31 offset in the pack, u24 original length,
//            u24 packed length, u16 number of the pack, and as far as the value size reaches:
//            u8 number of the format     when there is more than one
//            u8 number of the pack >> 16 when there are more than 65536
//            u4 original length >> 24, u4 packed length >> 24, when one has more than 24 bits
//   pack   = u8 size of the name, u32 its offset in the index
//   format = u32 compression id, u8 format version, u8 encryption key id
#pragma once

#include "repo/index_layout.h"

namespace salvor::repo {

constexpr std::size_t kV2HeaderBytes = 17, kV2MinValueBytes = 16, kV2MaxValueBytes = 19;

// `corrupt` unless all rows and tables lie inside. Requires: the first byte is 2.
Result<IndexLayout> read_v2_layout(ByteView index);
// All of the entry but its id, from a row's value.
Result<> read_v2_value(ByteView index, const IndexLayout& layout, ByteView value, ContentEntry& entry);

// The formats that rows of one index refer to, in the order of first use, and whether any length is a long one.
struct V2Formats {
  struct Format {
    std::uint32_t compression_id = 0;
    std::uint8_t format_version = 0, encryption_key_id = 0;
    bool operator==(const Format&) const = default;
  };
  std::vector<Format> formats;
  bool long_lengths = false;
};

// Fills kV2MaxValueBytes; finish_v2 takes off what no row needs. `invalid` when version 2 cannot hold the entry.
Result<> write_v2_value(const ContentEntry& entry, const PackNames::Place& pack, V2Formats& formats,
                        MutableByteView value);
// Makes an index of room for a header and rows of the greatest size behind it.
Result<> finish_v2(Bytes& index, std::size_t key_size, std::uint32_t count, const PackNames& packs,
                   const V2Formats& formats);

}  // namespace salvor::repo
