#include "bbolt/writer.h"

#include "base/check.h"
#include "bbolt/little_endian.h"
#include "bbolt/meta.h"
#include "os/file_error.h"

namespace salvor::bbolt {

namespace {

constexpr std::size_t kPieceBytes = 1 << 20;  // of the file that are written at once
constexpr std::size_t kMaxValueBytes = Database::kMaxPageBytes / 2;
// bbolt has at least two elements on a branch; of at least four, two stay for the next one.
constexpr std::size_t kStay = 2, kSplitFrom = 4;
constexpr std::size_t kMaxElements = 0xFFF0;

}  // namespace

ByteView PageBuilder::first_key() const { return ByteView(text_).first(items_.front().key_size); }

void PageBuilder::add_entry(ByteView key, ByteView value, std::uint32_t flags) {
  items_.push_back({.key_size = static_cast<std::uint32_t>(key.size()),
                    .value_size = static_cast<std::uint32_t>(value.size()),
                    .flags = flags});
  append(text_, key);
  append(text_, value);
}

void PageBuilder::add_child(ByteView key, std::uint64_t id) {
  items_.push_back({.key_size = static_cast<std::uint32_t>(key.size()), .child = id});
  append(text_, key);
}

void PageBuilder::take(Bytes& image, std::uint64_t id, std::uint16_t flags, std::size_t count, std::size_t page_size) {
  std::size_t text = 0;
  for (std::size_t i = 0; i < count; ++i) text += items_[i].key_size + items_[i].value_size;
  const std::size_t used = kPageHeaderBytes + count * kElementBytes + text;
  const std::size_t pages = (used + page_size - 1) / page_size;
  image.clear();
  append_zeros(image, pages * page_size);
  store_header(image, {.id = id,
                       .flags = flags,
                       .count = static_cast<std::uint16_t>(count),
                       .overflow = static_cast<std::uint32_t>(pages - 1)});
  std::size_t at = kPageHeaderBytes, begin = kPageHeaderBytes + count * kElementBytes;
  if (text > 0) std::memcpy(image.data() + begin, text_.data(), text);
  for (std::size_t i = 0; i < count; ++i, at += kElementBytes) {
    const Item& item = items_[i];
    const auto position = static_cast<std::uint32_t>(begin - at);
    if (flags == kLeafPage) {
      store_little_endian(image, at, item.flags);
      store_little_endian(image, at + 4, position);
      store_little_endian(image, at + 8, item.key_size);
      store_little_endian(image, at + 12, item.value_size);
    } else {
      store_little_endian(image, at, position);
      store_little_endian(image, at + 4, item.key_size);
      store_little_endian(image, at + 8, item.child);
    }
    begin += item.key_size + item.value_size;
  }
  items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(count));
  text_.erase(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(text));
}

Writer::Writer(os::File& file, std::uint32_t page_size)
    : file_(file), page_size_(page_size), pending_at_(std::uint64_t{2} * page_size) {}

Result<> Writer::write_at(ByteView bytes, std::uint64_t offset) {
  const auto put = file_.write_at(bytes, offset);
  if (!put) return os::file_error("write the database", put.error);
  return {};
}

Result<> Writer::flush() {
  TRY(write_at(pending_, pending_at_));
  pending_at_ += pending_.size();
  pending_.clear();
  return {};
}

Result<> Writer::write_bytes(ByteView bytes) {
  append(pending_, bytes);
  next_page_ += bytes.size() / page_size_;
  return pending_.size() < kPieceBytes ? Result<>() : flush();
}

Result<std::uint64_t> Writer::write(PageBuilder& page, std::uint16_t flags, std::size_t count) {
  const std::uint64_t id = next_page_;
  page.take(image_, id, flags, count, page_size_);
  TRY(write_bytes(image_));
  return id;
}

Result<> Writer::add(Tree& tree, ByteView key, ByteView value, std::uint32_t flags) {
  if (key.empty() || key.size() > kMaxKeyBytes || value.size() > kMaxValueBytes) {
    return Error(Code::invalid, "an entry is too large for a database");
  }
  const std::size_t with = tree.leaf.bytes() + kElementBytes + key.size() + value.size();
  if (!tree.leaf.empty() && (with > page_size_ || tree.leaf.count() >= kMaxElements)) {
    const Bytes first(tree.leaf.first_key().begin(), tree.leaf.first_key().end());
    const std::uint64_t id = TRY(write(tree.leaf, kLeafPage, tree.leaf.count()));
    TRY(add_child(tree, 0, first, id));
  }
  tree.leaf.add_entry(key, value, flags);
  return {};
}

Result<> Writer::add_child(Tree& tree, std::size_t level, ByteView key, std::uint64_t id) {
  if (tree.branches.size() == level) tree.branches.emplace_back();
  PageBuilder& branch = tree.branches[level];
  branch.add_child(key, id);
  const bool is_full = branch.bytes() > page_size_ || branch.count() >= kMaxElements;
  if (!is_full || branch.count() < kSplitFrom) return {};
  const Bytes first(branch.first_key().begin(), branch.first_key().end());
  const std::uint64_t full = TRY(write(branch, kBranchPage, branch.count() - kStay));
  return add_child(tree, level + 1, first, full);
}

Result<std::uint64_t> Writer::finish_tree(Tree& tree) {
  if (tree.branches.empty()) return write(tree.leaf, kLeafPage, tree.leaf.count());
  const Bytes first(tree.leaf.first_key().begin(), tree.leaf.first_key().end());
  const std::uint64_t leaf = TRY(write(tree.leaf, kLeafPage, tree.leaf.count()));
  TRY(add_child(tree, 0, first, leaf));
  for (std::size_t level = 0;; ++level) {
    PageBuilder& branch = tree.branches[level];
    if (level + 1 == tree.branches.size()) return write(branch, kBranchPage, branch.count());
    const Bytes begin(branch.first_key().begin(), branch.first_key().end());
    const std::uint64_t id = TRY(write(branch, kBranchPage, branch.count()));
    TRY(add_child(tree, level + 1, begin, id));
  }
}

Result<> Writer::begin_bucket(ByteView name, std::uint64_t sequence) {
  CHECK(!bucket_);
  bucket_.emplace();
  name_.assign(name.begin(), name.end());
  sequence_ = sequence;
  return {};
}

Result<> Writer::put(ByteView key, ByteView value) {
  CHECK(bucket_);
  return add(*bucket_, key, value, 0);
}

// A small bucket lies inside of its own value, as bbolt has it (bucket.go, inlineable).
Result<> Writer::end_bucket() {
  CHECK(bucket_);
  Bytes value;
  append_zeros(value, 16);
  store_little_endian(value, 8, sequence_);
  PageBuilder& leaf = bucket_->leaf;
  if (bucket_->branches.empty() && leaf.bytes() <= page_size_ / 4) {
    Bytes page;
    leaf.take(page, 0, kLeafPage, leaf.count(), 1);
    store_header(page, {.id = 0, .flags = kLeafPage, .count = load_header(page).count});
    append(value, page);
  } else {
    store_little_endian(value, 0, TRY(finish_tree(*bucket_)));
  }
  bucket_.reset();
  return add(root_, name_, value, kBucketElement);
}

Result<Writer::Written> Writer::finish() {
  CHECK(!bucket_);
  Meta meta{.page_size = page_size_};
  meta.root = TRY(finish_tree(root_));
  meta.freelist = next_page_;
  PageBuilder nothing;
  nothing.take(image_, meta.freelist, kFreelistPage, 0, page_size_);
  TRY(write_bytes(image_));
  TRY(flush());
  meta.page_count = next_page_;
  Bytes metas;
  append_zeros(metas, 2 * page_size_);
  for (std::uint64_t id = 0; id < 2; ++id) {
    meta.transaction = 2 - id;  // page 0 counts; the next transaction, 3, writes page 1
    store_meta(MutableByteView(metas).subspan(id * page_size_, kMetaBytes), id, meta);
  }
  TRY(write_at(metas, 0));
  return Written{.pages = meta.page_count, .bytes = meta.page_count * page_size_};
}

}  // namespace salvor::bbolt
