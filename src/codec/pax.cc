#include "codec/pax.h"

#include <algorithm>
#include <cstdio>

#include "codec/tar.h"
#include "codec/ustar.h"

namespace salvor::codec {

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

// What a program without pax shows instead of a name that ustar cannot hold.
constexpr std::string_view kNameElsewhere = "see-pax-header";

// Seconds with a fraction; of times before 1970 the fraction counts away from zero, as in "-1.5".
std::string pax_time(Time time) {
  const std::int64_t all = time.time_since_epoch().count();
  const std::uint64_t size =
      all < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(all) : static_cast<std::uint64_t>(all);
  char text[32];
  std::snprintf(text, sizeof text, "%s%llu.%09llu", all < 0 ? "-" : "",
                static_cast<unsigned long long>(size / kNanoseconds),
                static_cast<unsigned long long>(size % kNanoseconds));
  return text;
}

bool fits_ustar_time(Time time) {
  const std::int64_t all = time.time_since_epoch().count();
  return all >= 0 && all % kNanoseconds == 0;  // 64 bits of nanoseconds end before what octal seconds can say
}

// What a ustar header cannot hold of an entry.
std::string records_of(const PaxEntry& entry) {
  std::string records;
  if (entry.gid > kMaxUstarId) records += pax_record("gid", std::to_string(entry.gid));
  const bool is_plain = std::ranges::all_of(entry.link, [](char c) { return c > 0; });
  if (!is_plain || entry.link.size() > sizeof(UstarHeader::link_name)) records += pax_record("linkpath", entry.link);
  if (!fits_ustar_time(entry.modified)) records += pax_record("mtime", pax_time(entry.modified));
  if (!split_for_ustar(entry.name)) records += pax_record("path", entry.name);
  if (entry.size > static_cast<std::uint64_t>(kMaxUstarNumber))
    records += pax_record("size", std::to_string(entry.size));
  if (entry.uid > kMaxUstarId) records += pax_record("uid", std::to_string(entry.uid));
  return records;
}

}  // namespace

void append_pax_header(Bytes& out, const PaxEntry& entry) {
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(entry.modified).time_since_epoch().count();
  UstarHeader header{};
  put_octal(header.mtime, static_cast<std::uint64_t>(std::clamp<std::int64_t>(seconds, 0, kMaxUstarNumber)));
  if (const std::string records = records_of(entry); !records.empty()) {
    UstarHeader extended = header;
    put_name(extended, {{}, "PaxHeaders.0/entry"});
    put_octal(extended.mode, 0644);
    put_octal(extended.uid, 0);
    put_octal(extended.gid, 0);
    put_octal(extended.size, records.size());
    extended.type = 'x';
    append_sealed(out, extended);
    append(out, as_bytes(records));
    append_zeros(out, tar_padding(records.size()));
  }
  put_name(header, split_for_ustar(entry.name).value_or(UstarName{{}, kNameElsewhere}));
  put_octal(header.mode, entry.mode & 07777);
  put_octal(header.uid, std::min(entry.uid, kMaxUstarId));
  put_octal(header.gid, std::min(entry.gid, kMaxUstarId));
  put_octal(header.size, std::min<std::uint64_t>(entry.size, kMaxUstarNumber));
  header.type = static_cast<char>(entry.type);
  entry.link.copy(header.link_name, sizeof header.link_name);
  append_sealed(out, header);
}

}  // namespace salvor::codec
