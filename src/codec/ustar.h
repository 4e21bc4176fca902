// The blocks that tar entries begin with, for all who write or read them (POSIX.1-2017, pax, "ustar Interchange Format"
// and "pax Header Block").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"

namespace salvor::codec {

// Numbers are octal text.
struct UstarHeader {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link_name[100];
  char magic[6];
  char version[2];
  char user[32];
  char group[32];
  char device_major[8];
  char device_minor[8];
  char prefix[155];
  char unused[12];
};
static_assert(sizeof(UstarHeader) == 512);

// The most that sizes and times can be, and owners and groups.
constexpr std::int64_t kMaxUstarNumber = 077777777777;
constexpr std::uint32_t kMaxUstarId = 07777777;

// Requires: the field has room for the value.
template <std::size_t N>
void put_octal(char (&field)[N], std::uint64_t value) {
  for (std::size_t i = N - 1; i-- > 0; value >>= 3) field[i] = static_cast<char>('0' + (value & 7));
  field[N - 1] = '\0';
  CHECK(value == 0);
}

struct UstarName {
  std::string_view prefix, name;
};

// How a name is cut to fit; nothing when it cannot be, or is not ASCII.
std::optional<UstarName> split_for_ustar(std::string_view name);
void put_name(UstarHeader& header, const UstarName& name);

std::uint32_t checksum_of(const UstarHeader& header);
// With its magic, version and checksum.
void append_sealed(Bytes& out, UstarHeader& header);

// "<length> <key>=<value>\n", where the length counts its own digits.
std::string pax_record(std::string_view key, std::string_view value);

}  // namespace salvor::codec
