#include "codec/tar.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "codec/ustar.h"
#include "codec/utf8.h"

namespace salvor::codec {
namespace {

constexpr std::uint64_t kMaxExtendedHeader = 64 << 10;

using Header = UstarHeader;

void append_header(Bytes& out, char type, const UstarName& name, std::uint64_t size, std::int64_t modified) {
  Header header{};
  put_name(header, name);
  put_octal(header.mode, 0755);
  put_octal(header.uid, 0);
  put_octal(header.gid, 0);
  put_octal(header.size, size);
  put_octal(header.mtime, static_cast<std::uint64_t>(std::clamp<std::int64_t>(modified, 0, kMaxUstarNumber)));
  header.type = type;
  append_sealed(out, header);
}

void append_padding(Bytes& out, std::uint64_t size) { append_zeros(out, tar_padding(size)); }

}  // namespace

void append_tar_header(Bytes& out, std::string_view name, std::uint64_t size, std::int64_t modified) {
  const auto split = split_for_ustar(name);
  if (split) return append_header(out, '0', *split, size, modified);
  const std::string record = pax_record("path", name);
  append_header(out, 'x', {{}, "PaxHeaders.0/name"}, record.size(), modified);
  append(out, as_bytes(record));
  append_padding(out, record.size());
  append_header(out, '0', {{}, "see-pax-header"}, size, modified);
}

void append_tar_file(Bytes& out, std::string_view name, std::string_view text, std::int64_t modified) {
  append_tar_header(out, name, text.size(), modified);
  append(out, as_bytes(text));
  append_padding(out, text.size());
}

void append_tar_end(Bytes& out) { append_zeros(out, 2 * kTarBlock); }

namespace {

Error corrupt(std::string what) { return Error(Code::corrupt, "tar: " + std::move(what)); }

template <std::size_t N>
std::string_view text_of(const char (&field)[N]) {
  return {field, strnlen(field, N)};
}

// Octal digits, possibly between blanks; or, with the top bit of the first byte set, GNU's big-endian binary.
template <std::size_t N>
std::optional<std::uint64_t> number_of(const char (&field)[N]) {
  std::uint64_t value = 0;
  if (field[0] == '\x80') {
    for (std::size_t i = 1; i < N; ++i) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | static_cast<unsigned char>(field[i]);
    }
    return value;
  }
  std::string_view digits = text_of(field);
  while (digits.starts_with(' ')) digits.remove_prefix(1);
  while (digits.ends_with(' ')) digits.remove_suffix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

struct Extended {
  std::optional<std::string> name;
  std::optional<std::uint64_t> size;
};

// Records "<length> <key>=<value>\n". Only `path` and `size` change what an entry is; sparse files would.
Result<> read_pax_records(std::string_view records, Extended& extended) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const std::size_t digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc() || length > records.size() || length < digits + 3 || records[digits] != ' ' ||
        records[length - 1] != '\n') {
      return corrupt("a pax header is malformed");
    }
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    records.remove_prefix(length);
    const std::size_t equals = record.find('=');
    if (equals == record.npos) return corrupt("a pax header is malformed");
    const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") extended.name = value;
    if (key.starts_with("GNU.sparse")) return corrupt("a sparse file");
    if (key == "size") {
      std::uint64_t size = 0;
      const auto [stop, wrong] = std::from_chars(value.data(), value.data() + value.size(), size);
      if (wrong != std::errc() || stop != value.data() + value.size()) return corrupt("a pax size is not a number");
      extended.size = size;
    }
  }
  return {};
}

}  // namespace

struct TarReader::State {
  Source source;
  Extent extent;
  std::uint64_t position = 0;
  std::uint64_t left = 0;     // of the current entry's text
  std::uint64_t padding = 0;  // after it
  bool ended = false;
  bool saw_end = false;

  State(Source from, Extent how_much) : source(std::move(from)), extent(how_much) {}

  Result<std::size_t> read_some(MutableByteView into);
  Result<> read_exactly(MutableByteView into);
  Result<> skip(std::uint64_t bytes);
  Result<bool> read_header(Header& header);
  Result<> read_end();
  Result<std::string> read_extended(std::uint64_t size);
  Result<std::optional<TarEntry>> entry_of(const Header& header, std::uint64_t size, Extended extended);
};

// As much as the source has, up to the size of the buffer.
Result<std::size_t> TarReader::State::read_some(MutableByteView into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const std::size_t got = TRY(source(into.subspan(filled)));
    if (got == 0) break;
    filled += got;
  }
  position += filled;
  return filled;
}

Result<> TarReader::State::read_exactly(MutableByteView into) {
  if (TRY(read_some(into)) != into.size()) return corrupt("the archive ends early");
  return {};
}

Result<> TarReader::State::skip(std::uint64_t bytes) {
  std::byte nowhere[16 << 10];
  while (bytes > 0) {
    const std::size_t step = std::min<std::uint64_t>(bytes, sizeof nowhere);
    TRY(read_exactly({nowhere, step}));
    bytes -= step;
  }
  return {};
}

// False at the archive's end.
Result<bool> TarReader::State::read_header(Header& header) {
  const auto bytes = std::as_writable_bytes(std::span(&header, 1));
  const std::size_t got = TRY(read_some(bytes));
  if (got == 0 && extent == Extent::part) return false;
  if (got != kTarBlock) return corrupt("the archive ends early");
  if (std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; })) {
    TRY(read_end());
    return false;
  }
  if (number_of(header.checksum) != checksum_of(header)) return corrupt("a header's checksum is wrong");
  if (std::memcmp(header.magic, "ustar", 5) != 0) return corrupt("a header is not ustar, pax or GNU");
  return true;
}

// After the first block of zeros: one more, then nothing but zeros (programs pad to their record size).
Result<> TarReader::State::read_end() {
  std::byte block[kTarBlock];
  TRY(read_exactly(block));
  for (std::size_t got = kTarBlock; got > 0; got = TRY(read_some(block))) {
    if (!std::ranges::all_of(std::span(block, got), [](std::byte b) { return b == std::byte{0}; })) {
      return corrupt("data follows the archive's end");
    }
  }
  saw_end = true;
  return {};
}

Result<std::string> TarReader::State::read_extended(std::uint64_t size) {
  if (size > kMaxExtendedHeader) return corrupt("an extended header is larger than 64 KiB");
  std::string text(size, '\0');
  TRY(read_exactly(std::as_writable_bytes(std::span(text))));
  TRY(skip(tar_padding(size)));
  return text;
}

TarReader::TarReader(Source source, Extent extent) : state_(std::make_unique<State>(std::move(source), extent)) {}
TarReader::~TarReader() = default;

std::uint64_t TarReader::position() const { return state_->position; }
bool TarReader::saw_end() const { return state_->saw_end; }

Result<std::optional<TarEntry>> TarReader::next() {
  State& s = *state_;
  if (s.ended) return std::nullopt;
  TRY(s.skip(s.left + s.padding));
  s.left = s.padding = 0;
  Extended extended;
  for (bool is_extended = false;;) {
    Header header;
    if (!TRY(s.read_header(header))) {
      if (is_extended) return corrupt("an extended header describes nothing");
      s.ended = true;
      return std::nullopt;
    }
    const auto size = number_of(header.size);
    if (!size) return corrupt("a header's size is not a number");
    if (header.type == 'x') {
      TRY(read_pax_records(TRY(s.read_extended(*size)), extended));
    } else if (header.type == 'L') {
      const std::string name = TRY(s.read_extended(*size));
      extended.name = name.substr(0, name.find('\0'));
    } else if (header.type == 'g') {
      Extended everywhere;
      TRY(read_pax_records(TRY(s.read_extended(*size)), everywhere));
      if (everywhere.name || everywhere.size) return corrupt("a global header names a file");
      continue;
    } else {
      return s.entry_of(header, *size, std::move(extended));
    }
    is_extended = true;
  }
}

Result<std::optional<TarEntry>> TarReader::State::entry_of(const Header& header, std::uint64_t size,
                                                           Extended extended) {
  TarEntry entry;
  entry.is_directory = header.type == '5';
  entry.size = extended.size.value_or(size);
  if (extended.name) {
    entry.name = std::move(*extended.name);
  } else {
    // GNU's magic is "ustar  " and it keeps times where POSIX has the prefix.
    const bool has_prefix = header.magic[5] == '\0' && header.prefix[0] != '\0';
    if (has_prefix) entry.name = std::string(text_of(header.prefix)) + "/";
    entry.name += text_of(header.name);
  }
  if (!is_utf8(entry.name) || entry.name.find('\0') != entry.name.npos) return corrupt("an entry's name is not UTF-8");
  if (header.type != '0' && header.type != '\0' && header.type != '5') {
    return corrupt("\"" + entry.name + "\" is neither a file nor a directory (type " +
                   std::to_string(static_cast<unsigned char>(header.type)) + ")");
  }
  if (entry.is_directory && entry.size != 0) return corrupt("directory \"" + entry.name + "\" has a size");
  if (entry.size > INT64_MAX) return corrupt("\"" + entry.name + "\" claims an impossible size");
  left = entry.size;
  padding = tar_padding(entry.size);
  return entry;
}

Result<> TarReader::read(std::string& text) {
  State& s = *state_;
  // Grown as the bytes arrive, so that a size that lies costs nothing.
  text.clear();
  while (s.left > 0) {
    const std::size_t have = text.size();
    const std::size_t step = std::min<std::uint64_t>(s.left, std::max<std::size_t>(have, 64 << 10));
    text.resize(have + step);
    TRY(s.read_exactly(std::as_writable_bytes(std::span(text).subspan(have))));
    s.left -= step;
  }
  return {};
}

}  // namespace salvor::codec
