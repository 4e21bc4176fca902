#include "codec/zip.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <span>
#include <vector>

#include "base/check.h"

namespace salvor::codec {

namespace {

constexpr std::uint32_t kIsIn64 = 0xFFFFFFFF;  // the value stands in the extra field of ZIP64
constexpr unsigned kPlainVersion = 20, kLargeVersion = 45, kMadeOnUnix = 3 << 8;
constexpr unsigned kStreamedFlag = 1 << 3, kUtf8Flag = 1 << 11;
constexpr unsigned kDeflate = 8;

// Little endian.
void put(Bytes& out, int bytes, std::uint64_t value) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

unsigned flags_of(const ZipEntry& entry) { return kUtf8Flag | (entry.streamed ? kStreamedFlag : 0); }

bool is_beyond(std::uint64_t value) { return value >= kIsIn64; }

bool needs_large(const ZipEntry& entry) { return entry.is_large || is_beyond(entry.size) || is_beyond(entry.packed); }

std::uint64_t within(std::uint64_t value) { return std::min<std::uint64_t>(value, kIsIn64); }

// In UTC: the format means the time of day where one is, which nobody knows when it is read. "UT" says it exactly.
void put_dos_time(Bytes& out, Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  const int year = static_cast<int>(date.year());
  if (year < 1980 || year > 2107) {
    put(out, 2, 0);
    put(out, 2, 1 << 5 | 1);  // the first day of 1980
    return;
  }
  put(out, 2,
      static_cast<std::uint64_t>(clock.hours().count() << 11 | clock.minutes().count() << 5 |
                                 clock.seconds().count() / 2));
  put(out, 2,
      static_cast<std::uint64_t>(year - 1980) << 9 | static_cast<unsigned>(date.month()) << 5 |
          static_cast<unsigned>(date.day()));
}

Bytes unix_extra(const ZipEntry& entry) {
  Bytes extra;
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(entry.modified).time_since_epoch().count();
  if (seconds >= std::numeric_limits<std::int32_t>::min() && seconds <= std::numeric_limits<std::int32_t>::max()) {
    put(extra, 2, 0x5455);  // UT
    put(extra, 2, 5);
    put(extra, 1, 1);
    put(extra, 4, static_cast<std::uint32_t>(seconds));
  }
  put(extra, 2, 0x7875);  // ux
  put(extra, 2, 11);
  put(extra, 1, 1);
  put(extra, 1, 4);
  put(extra, 4, entry.uid);
  put(extra, 1, 4);
  put(extra, 4, entry.gid);
  return extra;
}

// The extra field of ZIP64.
void put_large(Bytes& extra, std::span<const std::uint64_t> values) {
  if (values.empty()) return;
  put(extra, 2, 1);
  put(extra, 2, 8 * values.size());
  for (const std::uint64_t value : values) put(extra, 8, value);
}

// What local headers and central records have in common.
void put_common(Bytes& out, const ZipEntry& entry, bool is_large) {
  put(out, 2, is_large ? kLargeVersion : kPlainVersion);
  put(out, 2, flags_of(entry));
  put(out, 2, entry.deflated ? kDeflate : 0);
  put_dos_time(out, entry.modified);
  put(out, 4, entry.crc);
}

}  // namespace

void append_zip_header(Bytes& out, const ZipEntry& entry) {
  CHECK(entry.name.size() <= kMaxZipName);
  const bool is_large = needs_large(entry);
  Bytes extra = unix_extra(entry);
  if (is_large) put_large(extra, std::array{entry.size, entry.packed});
  put(out, 4, 0x04034b50);
  put_common(out, entry, is_large);
  put(out, 4, is_large ? kIsIn64 : entry.packed);
  put(out, 4, is_large ? kIsIn64 : entry.size);
  put(out, 2, entry.name.size());
  put(out, 2, extra.size());
  append(out, as_bytes(entry.name));
  append(out, extra);
}

void append_zip_descriptor(Bytes& out, const ZipEntry& entry) {
  const bool is_large = needs_large(entry);
  put(out, 4, 0x08074b50);
  put(out, 4, entry.crc);
  put(out, is_large ? 8 : 4, entry.packed);
  put(out, is_large ? 8 : 4, entry.size);
}

void append_zip_record(Bytes& out, const ZipEntry& entry) {
  Bytes extra = unix_extra(entry);
  std::vector<std::uint64_t> large;
  for (const std::uint64_t value : {entry.size, entry.packed, entry.offset}) {
    if (is_beyond(value)) large.push_back(value);
  }
  put_large(extra, large);
  put(out, 4, 0x02014b50);
  put(out, 2, kMadeOnUnix | kLargeVersion);
  put_common(out, entry, needs_large(entry) || !large.empty());
  put(out, 4, within(entry.packed));
  put(out, 4, within(entry.size));
  put(out, 2, entry.name.size());
  put(out, 2, extra.size());
  put(out, 2, 0);  // of the comment
  put(out, 2, 0);  // the disk
  put(out, 2, 0);  // internal attributes
  const bool is_directory = (entry.mode & 0170000) == 0040000;
  put(out, 4, std::uint64_t{entry.mode} << 16 | (is_directory ? 0x10U : 0U));
  put(out, 4, within(entry.offset));
  append(out, as_bytes(entry.name));
  append(out, extra);
}

void append_zip_end(Bytes& out, std::uint64_t entries, std::uint64_t records_offset, std::uint64_t records_size) {
  constexpr std::uint64_t kMostEntries = 0xFFFF;
  if (entries >= kMostEntries || is_beyond(records_offset) || is_beyond(records_size)) {
    put(out, 4, 0x06064b50);
    put(out, 8, 44);  // bytes that follow
    put(out, 2, kMadeOnUnix | kLargeVersion);
    put(out, 2, kLargeVersion);
    put(out, 4, 0);
    put(out, 4, 0);
    put(out, 8, entries);
    put(out, 8, entries);
    put(out, 8, records_size);
    put(out, 8, records_offset);
    put(out, 4, 0x07064b50);  // where that was
    put(out, 4, 0);
    put(out, 8, records_offset + records_size);
    put(out, 4, 1);
  }
  put(out, 4, 0x06054b50);
  put(out, 4, 0);
  put(out, 2, std::min(entries, kMostEntries));
  put(out, 2, std::min(entries, kMostEntries));
  put(out, 4, within(records_size));
  put(out, 4, within(records_offset));
  put(out, 2, 0);
}

}  // namespace salvor::codec
