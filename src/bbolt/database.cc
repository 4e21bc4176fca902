#include "bbolt/database.h"

#include <type_traits>

#include "bbolt/little_endian.h"

namespace salvor::bbolt {

namespace {

constexpr std::size_t kBucketHeaderBytes = 16;
// A million entries need three or four levels.
constexpr std::size_t kMaxDepth = 40;

std::string page_name(std::uint64_t id) { return "page " + std::to_string(id); }

}  // namespace

Result<Bucket> Bucket::parse(ByteView value) {
  if (value.size() < kBucketHeaderBytes) return Error(Code::corrupt, "a bucket's value is too short");
  Bucket bucket{.root = load_little_endian<std::uint64_t>(value, 0),
                .sequence = load_little_endian<std::uint64_t>(value, 8)};
  if (bucket.root == 0) append(bucket.inline_page, value.subspan(kBucketHeaderBytes));
  return bucket;
}

Result<Database> Database::open(Source& source, std::uint64_t size) {
  CHECK(size <= source.size());
  return Database(source, TRY(choose_meta(source, size)));
}

Result<PageHeader> Database::read_page(std::uint64_t id, Bytes& image) const {
  if (id < 2 || id >= meta_.page_count) {
    return Error(Code::corrupt, page_name(id) + " lies outside of the file's " + std::to_string(meta_.page_count));
  }
  image.resize(meta_.page_size);
  TRY(source_->read_at(image, id * meta_.page_size));
  const PageHeader header = load_header(image);
  if (header.id != id) return Error(Code::corrupt, page_name(id) + " says it is page " + std::to_string(header.id));
  if (header.overflow == 0) return header;
  if (header.overflow >= meta_.page_count - id) return Error(Code::corrupt, page_name(id) + " ends behind the file");
  const std::uint64_t bytes = (std::uint64_t{header.overflow} + 1) * meta_.page_size;
  if (bytes > kMaxPageBytes) {
    return Error(Code::unsupported, page_name(id) + " has " + std::to_string(bytes) + " bytes, which is too large");
  }
  image.resize(bytes);
  TRY(source_->read_at(MutableByteView(image).subspan(meta_.page_size), (id + 1) * meta_.page_size));
  return header;
}

bool PageMarks::mark(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t id = first; id < first + count; ++id) {
    if (bits_[id]) return false;
    bits_[id] = true;
    ++marked_;
  }
  return true;
}

Cursor::Cursor(const Database& database, Bucket bucket, PageMarks* marks)
    : database_(&database), bucket_(std::move(bucket)), marks_(marks) {}

Result<> Cursor::check_range(const Level& level, ByteView begin) const {
  const PageView& page = level.page;
  // Only the root of an empty bucket holds nothing.
  if (page.count() == 0) return depth_ == 0 && page.is_leaf() ? Result<>() : Error(Code::corrupt, "it holds nothing");
  if (!begin.empty() && compare(page.key(0), begin) < 0) {
    return Error(Code::corrupt, "its first key is less than the page above it says");
  }
  if (!level.end.empty() && compare(page.key(page.count() - 1), level.end) >= 0) {
    return Error(Code::corrupt, "its last key belongs to a later page");
  }
  return {};
}

Result<> Cursor::enter(std::uint64_t id, ByteView begin, ByteView end) {
  if (depth_ == kMaxDepth) return Error(Code::corrupt, page_name(id) + " lies too deep");
  static_assert(std::is_nothrow_move_constructible_v<Level>, "growing must leave the images where they are");
  if (levels_.size() == depth_) levels_.emplace_back();
  Level& level = levels_[depth_];
  level.index = 0;
  level.end = end;
  const PageHeader header = TRY(database_->read_page(id, level.image));
  if (marks_ && !marks_->mark(id, std::uint64_t{header.overflow} + 1)) {
    return Error(Code::corrupt, page_name(id) + " is used twice");
  }
  level.page = TRY(PageView::parse(level.image).context(page_name(id)));
  TRY(check_range(level, begin).context(page_name(id)));
  ++depth_;
  return {};
}

Result<> Cursor::enter_root() {
  depth_ = 0;
  if (bucket_.root != 0) return enter(bucket_.root, {}, {});
  if (levels_.empty()) levels_.emplace_back();
  Level& level = levels_.front();
  level.index = 0;
  level.end = {};
  level.page = TRY(PageView::parse(bucket_.inline_page).context("a page inside of a bucket"));
  if (!level.page.is_leaf()) return Error(Code::corrupt, "a page inside of a bucket is no leaf");
  depth_ = 1;
  return {};
}

Result<> Cursor::enter_child() {
  const Level& parent = levels_[depth_ - 1];
  const bool is_last = parent.index + 1 == parent.page.count();
  return enter(parent.page.child(parent.index), parent.page.key(parent.index),
               is_last ? parent.end : parent.page.key(parent.index + 1));
}

// Goes down to a leaf; `choose` gives the index to take on each page, which may be its count on a leaf.
template <class Choose>
Result<bool> Cursor::descend(const Choose& choose) {
  for (;;) {
    Level& level = levels_[depth_ - 1];
    if (level.page.count() == 0) return false;
    level.index = choose(level.page);
    if (level.page.is_leaf()) return true;
    TRY(enter_child());
  }
}

Result<bool> Cursor::first() {
  TRY(enter_root());
  return descend([](const PageView&) -> std::size_t { return 0; });
}

Result<bool> Cursor::last() {
  TRY(enter_root());
  return descend([](const PageView& page) { return page.count() - 1; });
}

Result<bool> Cursor::seek(ByteView key) {
  TRY(enter_root());
  const auto choose = [key](const PageView& page) {
    std::size_t low = 0, high = page.count();  // the first one whose key is not less
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      compare(page.key(middle), key) < 0 ? low = middle + 1 : high = middle;
    }
    if (page.is_leaf()) return low;
    const bool begins_here = low < page.count() && compare(page.key(low), key) == 0;
    return begins_here || low == 0 ? low : low - 1;
  };
  if (!TRY(descend(choose))) return false;
  Level& leaf = levels_[depth_ - 1];
  if (leaf.index < leaf.page.count()) return true;
  --leaf.index;
  return next();
}

Result<bool> Cursor::next() {
  if (++levels_[depth_ - 1].index < levels_[depth_ - 1].page.count()) return true;
  std::size_t up = depth_ - 1;
  while (up > 0 && levels_[up - 1].index + 1 == levels_[up - 1].page.count()) --up;
  if (up == 0) return false;
  depth_ = up;
  ++levels_[depth_ - 1].index;
  TRY(enter_child());
  return descend([](const PageView&) -> std::size_t { return 0; });
}

}  // namespace salvor::bbolt
