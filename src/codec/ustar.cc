#include "codec/ustar.h"

#include <algorithm>
#include <cstring>

namespace salvor::codec {

// Unsigned sum of all bytes, the checksum's own field counted as blanks. Eight bytes at a time, in four lanes of 16
// bits that 128 bytes cannot fill: byte by byte it was a fiftieth of a backup.
std::uint32_t checksum_of(const UstarHeader& header) {
  static_assert(sizeof header / 4 * 255 <= 0xFFFF);
  constexpr std::uint64_t kEvenBytes = 0x00FF00FF00FF00FF;
  std::uint64_t lanes = 0;
  for (std::size_t i = 0; i < sizeof header; i += sizeof lanes) {
    std::uint64_t eight;
    std::memcpy(&eight, reinterpret_cast<const char*>(&header) + i, sizeof eight);
    lanes += (eight & kEvenBytes) + (eight >> 8 & kEvenBytes);
  }
  std::uint32_t sum = 0;
  for (; lanes != 0; lanes >>= 16) sum += static_cast<std::uint32_t>(lanes & 0xFFFF);
  for (const char c : header.checksum) sum -= static_cast<unsigned char>(c);
  return sum + sizeof header.checksum * ' ';
}

std::optional<UstarName> split_for_ustar(std::string_view name) {
  if (!std::ranges::all_of(name, [](char c) { return c > 0; })) return std::nullopt;
  if (name.size() <= sizeof(UstarHeader::name)) return UstarName{{}, name};
  const std::size_t slash = name.rfind('/', sizeof(UstarHeader::prefix));
  if (slash == name.npos || slash == 0 || slash + 1 == name.size()) return std::nullopt;
  if (name.size() - slash - 1 > sizeof(UstarHeader::name)) return std::nullopt;
  return UstarName{name.substr(0, slash), name.substr(slash + 1)};
}

void put_name(UstarHeader& header, const UstarName& name) {
  name.name.copy(header.name, sizeof header.name);
  name.prefix.copy(header.prefix, sizeof header.prefix);
}

void append_sealed(Bytes& out, UstarHeader& header) {
  std::memcpy(header.magic, "ustar", 6);
  std::memcpy(header.version, "00", 2);
  // Six digits, NUL, blank: the form every tar writes.
  char sum[7];
  put_octal(sum, checksum_of(header));
  std::memcpy(header.checksum, sum, sizeof sum);
  header.checksum[7] = ' ';
  append(out, std::as_bytes(std::span(&header, 1)));
}

std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + std::strlen(" =\n");
  std::size_t length = rest;
  while (length != rest + std::to_string(length).size()) length = rest + std::to_string(length).size();
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

}  // namespace salvor::codec
