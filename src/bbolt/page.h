// Pages: what a bbolt file consists of (docs/formats/etcd-snapshot.md; bbolt's internal/common/page.go).
//
//   header   id u64, flags u16, count u16, overflow u32
//   leaf     count x { flags u32, pos u32, key size u32, value size u32 }, then keys and values
//   branch   count x { pos u32, key size u32, page u64 }, then keys; a key is at most the first one of its page
//
// `pos` counts from the element that holds it. A page whose content is larger than the page size goes on into the
// `overflow` pages behind it. Nothing on a page is believed: PageView::parse looks at every element once.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::bbolt {

constexpr std::size_t kPageHeaderBytes = 16, kElementBytes = 16;
constexpr std::size_t kMaxKeyBytes = 32768;
constexpr std::uint16_t kBranchPage = 1, kLeafPage = 2, kMetaPage = 4, kFreelistPage = 0x10;
constexpr std::uint32_t kBucketElement = 1;

struct PageHeader {
  std::uint64_t id = 0;
  std::uint16_t flags = 0, count = 0;
  std::uint32_t overflow = 0;
};

// Requires: kPageHeaderBytes of them.
PageHeader load_header(ByteView image);
void store_header(MutableByteView image, const PageHeader& header);

// A leaf or a branch, all of whose elements lie inside, one behind the other, their keys ascending and not empty.
class PageView {
 public:
  PageView() = default;
  // `image` is the page with its overflow, and must outlive the view. `corrupt` says what is wrong, not where.
  static Result<PageView> parse(ByteView image);

  bool is_leaf() const { return is_leaf_; }
  std::size_t count() const { return count_; }
  // Requires: i < count().
  ByteView key(std::size_t i) const;
  // Requires besides: is_leaf(), or else for `child` not.
  ByteView value(std::size_t i) const;
  bool is_bucket(std::size_t i) const;
  std::uint64_t child(std::size_t i) const;

 private:
  struct Element {
    std::uint64_t begin;  // in the image
    std::uint32_t key_size, value_size;
  };
  Element element(std::size_t i) const;
  Result<> check() const;

  ByteView image_;
  std::size_t count_ = 0;
  bool is_leaf_ = true;
};

// -1, 0 or 1, as bytes are ordered.
int compare(ByteView left, ByteView right);

}  // namespace salvor::bbolt
