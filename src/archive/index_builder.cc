#include "archive/index_builder.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "archive/layout.h"
#include "base/check.h"
#include "codec/gzip.h"
#include "crypto/sha256.h"

namespace salvor::archive {
namespace {

constexpr std::size_t kMergeBytes = 4 << 20;
constexpr std::size_t kMinRunBuffer = 4 << 10;  // more than the largest record: two names of 1024 bytes, and 50
constexpr std::size_t kMaxRunBuffer = 64 << 10;
constexpr int kBlockLevel = 1;

}  // namespace

void IndexBuilder::Batch::add(SectionId section, const IndexRecord& record) {
  entries_.push_back({section, static_cast<std::uint32_t>(keys_.size()), static_cast<std::uint32_t>(record.key.size()),
                      record.member, record.offset, record.size, record.crc});
  keys_ += record.key;
}

void IndexBuilder::Batch::set_member(std::uint32_t member) {
  for (; without_member_ < entries_.size(); ++without_member_) entries_[without_member_].member = member;
}

void IndexBuilder::Batch::take(Batch& other) {
  CHECK(without_member_ == entries_.size() && other.without_member_ == other.entries_.size());
  const auto moved = static_cast<std::uint32_t>(keys_.size());
  keys_ += other.keys_;
  for (Entry entry : other.entries_) {
    entry.key_offset += moved;
    entries_.push_back(entry);
  }
  without_member_ = entries_.size();
  other.keys_.clear();
  other.entries_.clear();
  other.without_member_ = 0;
}

IndexBuilder::SectionId IndexBuilder::add_section(const Section& section) {
  std::lock_guard hold(mutex_);
  sections_.push_back(section);
  return static_cast<SectionId>(sections_.size() - 1);
}

bool IndexBuilder::has_shape(SectionId id, const Section& section) const {
  std::lock_guard hold(mutex_);
  const Section& known = sections_[id];
  return known.kind == section.kind && known.preferred == section.preferred && known.namespaced == section.namespaced;
}

Result<> IndexBuilder::spill(Batch& batch) {
  CHECK(batch.without_member_ == batch.entries_.size());
  const auto key_of_entry = [&](const Batch::Entry& entry) {
    return std::string_view(batch.keys_).substr(entry.key_offset, entry.key_size);
  };
  std::ranges::sort(batch.entries_, [&](const Batch::Entry& a, const Batch::Entry& b) {
    return std::tuple(a.section, key_of_entry(a)) < std::tuple(b.section, key_of_entry(b));
  });
  Bytes run;
  for (auto entry = batch.entries_.begin(); entry != batch.entries_.end();) {
    const SectionId section = entry->section;
    run.clear();
    for (; entry != batch.entries_.end() && entry->section == section; ++entry) {
      append_record(run, {key_of_entry(*entry), entry->member, entry->offset, entry->size, entry->crc});
    }
    const std::uint64_t offset = TRY(spool_.append(run));
    std::lock_guard hold(mutex_);
    runs_.push_back({section, offset, run.size()});
  }
  batch.keys_.clear();
  batch.entries_.clear();
  batch.without_member_ = 0;
  return {};
}

// Reads one run from front to back through a small buffer.
class IndexBuilder::Run {
 public:
  Run(const SpoolFile& spool, const Extent& extent, std::size_t buffer)
      : spool_(spool), at_(extent.offset), end_(extent.offset + extent.size), buffer_(std::min(buffer, extent.size)) {}

  // False at the end. The record's key points into the buffer until the next call.
  Result<bool> next() {
    ByteView rest = ByteView(buffer_).subspan(used_, filled_ - used_);
    auto record = take_record(rest);
    if (!record && at_ < end_) {
      TRY(refill());
      rest = ByteView(buffer_).first(filled_);
      record = take_record(rest);
    }
    CHECK(record || (rest.empty() && at_ == end_));  // nobody else writes the spool
    if (!record) return false;
    record_ = *record;
    used_ = filled_ - rest.size();
    return true;
  }
  const IndexRecord& record() const { return record_; }

 private:
  Result<> refill() {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(used_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= used_;
    used_ = 0;
    const std::size_t step = std::min<std::uint64_t>(buffer_.size() - filled_, end_ - at_);
    TRY(spool_.read_at(MutableByteView(buffer_).subspan(filled_, step), at_));
    filled_ += step;
    at_ += step;
    return {};
  }

  const SpoolFile& spool_;
  std::uint64_t at_, end_;
  Bytes buffer_;
  std::size_t used_ = 0, filled_ = 0;
  IndexRecord record_;
};

// The runs of one section as one ascending sequence.
class IndexBuilder::Merge {
 public:
  static Result<Merge> open(const IndexBuilder& builder, SectionId section) {
    std::vector<Extent> extents;
    std::ranges::copy_if(builder.runs_, std::back_inserter(extents),
                         [&](const Extent& run) { return run.section == section; });
    const std::size_t buffer =
        std::clamp(kMergeBytes / std::max<std::size_t>(extents.size(), 1), kMinRunBuffer, kMaxRunBuffer);
    Merge merge;
    for (const Extent& extent : extents) {
      auto run = std::make_unique<Run>(builder.spool_, extent, buffer);
      if (TRY(run->next())) merge.heap_.push_back(std::move(run));
    }
    std::ranges::make_heap(merge.heap_, is_later);
    return merge;
  }

  // Null at the end. The record is good until the next call.
  Result<const IndexRecord*> next() {
    if (current_) {
      previous_ = current_->record().key;
      if (!TRY(current_->next())) current_ = nullptr;
    }
    // A list arrives in order, so runs hardly overlap: most often the same run goes on, without the heap.
    if (!heap_.empty() && (!current_ || is_later(current_, heap_.front()))) {
      std::ranges::pop_heap(heap_, is_later);
      std::swap(current_, heap_.back());
      if (heap_.back()) {
        std::ranges::push_heap(heap_, is_later);
      } else {
        heap_.pop_back();
      }
    }
    if (!current_) return nullptr;
    if (current_->record().key == previous_) {
      return Error(Code::already_exists, "\"" + previous_ + "\" is there twice");
    }
    return &current_->record();
  }

 private:
  static bool is_later(const std::unique_ptr<Run>& a, const std::unique_ptr<Run>& b) {
    return a->record().key > b->record().key;
  }
  std::vector<std::unique_ptr<Run>> heap_;
  std::unique_ptr<Run> current_;
  std::string previous_;
};

Result<> IndexBuilder::merge(SectionId section, const std::function<Result<>(const IndexRecord&)>& visit) const {
  const std::string name = to_string(sections_[section]);
  Merge records = TRY(Merge::open(*this, section).context(name));
  for (;;) {
    const IndexRecord* record = TRY(records.next().context(name));
    if (record == nullptr) return {};
    TRY(visit(*record));
  }
}

Result<> IndexBuilder::merge_join(SectionId left, SectionId right,
                                  const std::function<Result<>(const IndexRecord*, const IndexRecord*)>& visit) const {
  const std::string left_name = to_string(sections_[left]), right_name = to_string(sections_[right]);
  Merge lefts = TRY(Merge::open(*this, left).context(left_name));
  Merge rights = TRY(Merge::open(*this, right).context(right_name));
  const IndexRecord* l = TRY(lefts.next().context(left_name));
  const IndexRecord* r = TRY(rights.next().context(right_name));
  while (l != nullptr || r != nullptr) {
    const bool takes_left = l != nullptr && (r == nullptr || l->key <= r->key);
    const bool takes_right = r != nullptr && (l == nullptr || r->key <= l->key);
    TRY(visit(takes_left ? l : nullptr, takes_right ? r : nullptr));
    if (takes_left) l = TRY(lefts.next().context(left_name));
    if (takes_right) r = TRY(rights.next().context(right_name));
  }
  return {};
}

std::vector<IndexBuilder::SectionId> IndexBuilder::ordered() const {
  std::vector<SectionId> ids(sections_.size());
  std::iota(ids.begin(), ids.end(), SectionId{0});
  std::ranges::sort(ids, [&](SectionId a, SectionId b) { return comes_before(sections_[a], sections_[b]); });
  return ids;
}

namespace {

// Fills blocks with one section's records and writes each when it is full.
class BlockWriter {
 public:
  BlockWriter(const IndexBuilder::Sink& sink, std::uint64_t& written, std::vector<IndexBlock>& blocks)
      : sink_(sink), written_(written), blocks_(blocks), compressor_(kBlockLevel) {}

  Result<> add(const IndexRecord& record) {
    if (records_ == 0) first_key_ = record.key;
    append_record(text_, record);
    ++records_;
    if (text_.size() >= kBlockBytes) return flush();
    return {};
  }
  Result<> flush() {
    if (records_ == 0) return {};
    packed_.clear();
    compressor_.compress(text_, packed_);
    blocks_.push_back({std::move(first_key_), written_, static_cast<std::uint32_t>(packed_.size()),
                       static_cast<std::uint32_t>(text_.size()), records_, crypto::sha256(packed_)});
    written_ += packed_.size();
    text_.clear();
    records_ = 0;
    return sink_(packed_);
  }

 private:
  const IndexBuilder::Sink& sink_;
  std::uint64_t& written_;
  std::vector<IndexBlock>& blocks_;
  codec::GzipCompressor compressor_;
  Bytes text_, packed_;
  std::string first_key_;
  std::uint32_t records_ = 0;
};

}  // namespace

Result<> IndexBuilder::write(const std::vector<SectionId>& sections, std::vector<Member> members, Trailer trailer,
                             const Sink& sink, const Listener& listener) const {
  Footer footer;
  footer.members = std::move(members);
  std::uint64_t written = 0;
  for (const SectionId id : sections) {
    IndexSection& section = footer.sections.emplace_back(IndexSection{sections_[id], {}});
    BlockWriter blocks(sink, written, section.blocks);
    TRY(listener.section(section.section));
    TRY(merge(id, [&](const IndexRecord& record) -> Result<> {
      TRY(blocks.add(record));
      return listener.record(section.section, record);
    }));
    TRY(blocks.flush());
  }
  const Bytes text = encode_footer(footer);
  const Bytes packed = codec::gzip(text, kBlockLevel);
  if (text.size() > kMaxFooterBytes) return Error(Code::invalid, "the archive holds too many objects for one index");
  trailer.footer_offset = written;
  trailer.footer_packed_size = static_cast<std::uint32_t>(packed.size());
  trailer.footer_size = static_cast<std::uint32_t>(text.size());
  trailer.footer_hash = crypto::sha256(packed);
  TRY(sink(packed));
  return sink(encode_trailer(trailer));
}

}  // namespace salvor::archive
