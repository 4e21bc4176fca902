#include "codec/crc.h"

#include <isa-l/crc.h>
#include <isa-l/crc64.h>

#include <algorithm>

namespace salvor::codec {

namespace {

constexpr std::size_t kLongest = 1 << 30;  // ISA-L counts bytes in an int

}  // namespace

std::uint32_t crc32(ByteView bytes, std::uint32_t before) {
  return crc32_gzip_refl(before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::uint32_t crc32c(ByteView bytes, std::uint32_t before) {
  std::uint32_t state = ~before;
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kLongest));
    auto* begin = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(piece.data()));  // only read
    state = crc32_iscsi(begin, static_cast<int>(piece.size()), state);
    bytes = bytes.subspan(piece.size());
  }
  return ~state;
}

std::uint64_t crc64(ByteView bytes, std::uint64_t before) {
  return crc64_ecma_refl(before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace salvor::codec
