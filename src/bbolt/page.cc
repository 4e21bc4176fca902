#include "bbolt/page.h"

#include <string>

#include "bbolt/little_endian.h"

namespace salvor::bbolt {

PageHeader load_header(ByteView image) {
  return {.id = load_little_endian<std::uint64_t>(image, 0),
          .flags = load_little_endian<std::uint16_t>(image, 8),
          .count = load_little_endian<std::uint16_t>(image, 10),
          .overflow = load_little_endian<std::uint32_t>(image, 12)};
}

void store_header(MutableByteView image, const PageHeader& header) {
  store_little_endian(image, 0, header.id);
  store_little_endian(image, 8, header.flags);
  store_little_endian(image, 10, header.count);
  store_little_endian(image, 12, header.overflow);
}

int compare(ByteView left, ByteView right) {
  const std::size_t both = std::min(left.size(), right.size());
  const int order = both == 0 ? 0 : std::memcmp(left.data(), right.data(), both);
  if (order != 0) return order < 0 ? -1 : 1;
  return left.size() == right.size() ? 0 : left.size() < right.size() ? -1 : 1;
}

Result<PageView> PageView::parse(ByteView image) {
  if (image.size() < kPageHeaderBytes) return Error(Code::corrupt, "it is too short for a page");
  const PageHeader header = load_header(image);
  if (header.flags != kLeafPage && header.flags != kBranchPage) {
    return Error(Code::corrupt, "it is of the type " + std::to_string(header.flags) + ", not a leaf or a branch");
  }
  PageView page;
  page.image_ = image;
  page.count_ = header.count;
  page.is_leaf_ = header.flags == kLeafPage;
  TRY(page.check());
  return page;
}

PageView::Element PageView::element(std::size_t i) const {
  const std::size_t at = kPageHeaderBytes + i * kElementBytes;
  if (is_leaf_) {
    return {at + load_little_endian<std::uint32_t>(image_, at + 4), load_little_endian<std::uint32_t>(image_, at + 8),
            load_little_endian<std::uint32_t>(image_, at + 12)};
  }
  return {at + load_little_endian<std::uint32_t>(image_, at), load_little_endian<std::uint32_t>(image_, at + 4), 0};
}

// That elements do not overlap matters: many that share one large value would make a small file huge for its reader.
Result<> PageView::check() const {
  std::uint64_t free_from = kPageHeaderBytes + std::uint64_t{count_} * kElementBytes;
  if (free_from > image_.size()) {
    return Error(Code::corrupt, "it cannot hold the " + std::to_string(count_) + " elements that it claims");
  }
  for (std::size_t i = 0; i < count_; ++i) {
    const Element here = element(i);
    const std::uint64_t end = here.begin + here.key_size + here.value_size;
    const auto wrong = [i](const char* what) { return Error(Code::corrupt, "element " + std::to_string(i) + what); };
    if (here.begin < free_from || end > image_.size()) return wrong(" lies outside of it");
    if (here.key_size == 0 || here.key_size > kMaxKeyBytes) return wrong(" has a key of an impossible size");
    free_from = end;
    if (i > 0 && compare(key(i - 1), key(i)) >= 0) return wrong(" is not in order");
  }
  return {};
}

ByteView PageView::key(std::size_t i) const {
  const Element here = element(i);
  return image_.subspan(here.begin, here.key_size);
}

ByteView PageView::value(std::size_t i) const {
  const Element here = element(i);
  return image_.subspan(here.begin + here.key_size, here.value_size);
}

bool PageView::is_bucket(std::size_t i) const {
  return is_leaf_ && (load_little_endian<std::uint32_t>(image_, kPageHeaderBytes + i * kElementBytes) & kBucketElement);
}

std::uint64_t PageView::child(std::size_t i) const {
  return load_little_endian<std::uint64_t>(image_, kPageHeaderBytes + i * kElementBytes + 8);
}

}  // namespace salvor::bbolt
