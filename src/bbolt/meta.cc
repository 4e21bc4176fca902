#include "bbolt/meta.h"

#include <array>
#include <bit>
#include <optional>

#include "bbolt/little_endian.h"
#include "bbolt/page.h"

namespace salvor::bbolt {

namespace {

constexpr std::uint32_t kMagic = 0xED0CDAED, kVersion = 2;
constexpr std::size_t kAt = kPageHeaderBytes, kChecksumAt = kAt + 56;

std::uint64_t fnv1a(ByteView bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte b : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3;
  return hash;
}

Result<Meta> read_meta(Source& source, std::uint64_t size, std::uint64_t offset) {
  if (size < kMetaBytes || offset > size - kMetaBytes) return Error(Code::corrupt, "the file ends before it");
  std::array<std::byte, kMetaBytes> image;
  TRY(source.read_at(image, offset));
  return parse_meta(image);
}

// Where the first page is damaged, the page size is what fits: the second one tells its own.
Result<Meta> find_second(Source& source, std::uint64_t size) {
  for (std::uint32_t page_size = kMinPageSize; page_size <= kMaxPageSize; page_size *= 2) {
    Result<Meta> meta = read_meta(source, size, page_size);
    if (meta.ok() && meta->page_size == page_size) return meta;
  }
  return Error(Code::corrupt, "no page size leads to it");
}

Result<> check_extent(const Meta& meta, std::uint64_t size) {
  if (meta.page_count > size / meta.page_size) {
    return Error(Code::corrupt, "the file was cut: it holds " + std::to_string(size / meta.page_size) + " of " +
                                    std::to_string(meta.page_count) + " pages");
  }
  const auto inside = [&](std::uint64_t page) { return page >= 2 && page < meta.page_count; };
  if (!inside(meta.root)) return Error(Code::corrupt, "the root lies outside of the file");
  if (meta.freelist != kNoFreelist && !inside(meta.freelist)) {
    return Error(Code::corrupt, "the list of free pages lies outside of the file");
  }
  return {};
}

}  // namespace

Result<Meta> parse_meta(ByteView image) {
  const auto word = [&](std::size_t offset) { return load_little_endian<std::uint32_t>(image, kAt + offset); };
  const auto number = [&](std::size_t offset) { return load_little_endian<std::uint64_t>(image, kAt + offset); };
  if (word(0) != kMagic) return Error(Code::corrupt, "it does not begin as a bbolt file does");
  if (word(4) != kVersion) return Error(Code::unsupported, "it is of the version " + std::to_string(word(4)));
  if (fnv1a(image.subspan(kAt, 56)) != load_little_endian<std::uint64_t>(image, kChecksumAt)) {
    return Error(Code::corrupt, "its checksum is wrong");
  }
  const Meta meta{.page_size = word(8),
                  .root = number(16),
                  .root_sequence = number(24),
                  .freelist = number(32),
                  .page_count = number(40),
                  .transaction = number(48)};
  if (!std::has_single_bit(meta.page_size) || meta.page_size < kMinPageSize || meta.page_size > kMaxPageSize) {
    return Error(Code::corrupt, "its page size is " + std::to_string(meta.page_size));
  }
  return meta;
}

void store_meta(MutableByteView image, std::uint64_t id, const Meta& meta) {
  store_header(image, {.id = id, .flags = kMetaPage});
  store_little_endian(image, kAt, kMagic);
  store_little_endian(image, kAt + 4, kVersion);
  store_little_endian(image, kAt + 8, meta.page_size);
  store_little_endian(image, kAt + 12, std::uint32_t{0});
  store_little_endian(image, kAt + 16, meta.root);
  store_little_endian(image, kAt + 24, meta.root_sequence);
  store_little_endian(image, kAt + 32, meta.freelist);
  store_little_endian(image, kAt + 40, meta.page_count);
  store_little_endian(image, kAt + 48, meta.transaction);
  store_little_endian(image, kChecksumAt, fnv1a(ByteView(image).subspan(kAt, 56)));
}

Result<ChosenMeta> choose_meta(Source& source, std::uint64_t size) {
  Result<Meta> first = read_meta(source, size, 0);
  Result<Meta> second = first.ok() ? read_meta(source, size, first->page_size) : find_second(source, size);
  if (first.ok() && second.ok() && first->page_size != second->page_size) {
    second = Error(Code::corrupt, "its page size is another one");
  }
  if (!first.ok() && !second.ok()) {
    return Error(first.error().code(), "both meta pages are damaged: the first: " + first.error().message() +
                                           "; the second: " + second.error().message());
  }
  const bool is_first = first.ok() && (!second.ok() || first->transaction > second->transaction);
  ChosenMeta chosen{is_first ? *first : *second, {}};
  if (!first.ok()) chosen.damage = "the first meta page: " + first.error().message();
  if (!second.ok()) chosen.damage = "the second meta page: " + second.error().message();
  TRY(check_extent(chosen.meta, size));
  return chosen;
}

}  // namespace salvor::bbolt
