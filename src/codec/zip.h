// zip: what an archive of files needs of it, written front to back.
//
//   entry = local header, bytes, [descriptor]         as often as there are entries
//   end   = central records, [zip64 end], end record
//
// Unix modes, links as Info-ZIP keeps them, owners ("ux") and times in whole seconds ("UT"); names are UTF-8 and say
// so. Sizes beyond 32 bits and more than 65,535 entries take the forms of ZIP64. An entry whose sizes are not known
// when it begins has them in a descriptor behind it. Only an entry that has a central record counts for readers.
//
// Source: PKWARE's APPNOTE.TXT 6.3.10; Info-ZIP's proginfo/extrafld.txt for the extra fields.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"

namespace salvor::codec {

struct ZipEntry {
  std::string name;        // UTF-8, at most kMaxZipName bytes; of a directory with a '/' at its end
  std::uint32_t mode = 0;  // that of stat(2), the type with it
  std::uint32_t uid = 0, gid = 0;
  Time modified{};
  bool deflated = false;
  bool streamed = false;               // sizes and checksum come in a descriptor
  bool is_large = false;               // `streamed` only: may have 4 GiB or more, packed or not
  std::uint64_t size = 0, packed = 0;  // bytes
  std::uint32_t crc = 0;
  std::uint64_t offset = 0;  // of its local header
};

constexpr std::size_t kMaxZipName = 60'000;  // 16 bits, with room for what stands beside it

// Requires for a streamed entry: size, packed and crc are 0.
void append_zip_header(Bytes& out, const ZipEntry& entry);
// Behind the bytes of a streamed entry.
void append_zip_descriptor(Bytes& out, const ZipEntry& entry);
void append_zip_record(Bytes& out, const ZipEntry& entry);
// Behind all central records.
void append_zip_end(Bytes& out, std::uint64_t entries, std::uint64_t records_offset, std::uint64_t records_size);

}  // namespace salvor::codec
