#include "archive/indexed_archive.h"

#include <algorithm>
#include <numeric>
#include <thread>
#include <tuple>

#include "archive/layout.h"
#include "archive/verify.h"
#include "codec/crc.h"
#include "codec/gzip.h"

namespace salvor::archive {
namespace {

constexpr std::size_t kBatchRecords = 4096;

std::string describe(const Section& section, const Record& record) {
  return section.group_resource + " " + key_of(record.ns, record.name);
}

}  // namespace

IndexedArchive::IndexedArchive(std::unique_ptr<Source> texts, std::unique_ptr<Index> index, std::string why_no_index)
    : texts_(std::move(texts)), index_(std::move(index)), why_no_index_(std::move(why_no_index)) {
  for (const IndexSection& entry : index_->sections()) sections_.push_back(entry.section);
}

Record IndexedArchive::record_of(const IndexRecord& record, bool namespaced) const {
  const ObjectName object = split_key(record.key, namespaced);
  const Member& member = index_->members()[record.member];
  return {std::string(object.ns),
          std::string(object.name),
          member.offset,
          member.packed_size,
          record.offset,
          record.size,
          record.crc};
}

Result<> IndexedArchive::records(const Section& section, const std::function<Result<>(const Record&)>& visit,
                                 std::stop_token stop) const {
  const IndexSection* entry = index_->section(section.group_resource, section.version);
  if (entry == nullptr) return {};
  return index_->records(
      *entry, [&](const IndexRecord& record) { return visit(record_of(record, entry->section.namespaced)); }, stop);
}

Result<std::optional<Record>> IndexedArchive::find(const Section& section, std::string_view ns, std::string_view name,
                                                   std::stop_token stop) const {
  const IndexSection* entry = index_->section(section.group_resource, section.version);
  if (entry == nullptr || entry->section.namespaced == ns.empty()) return std::nullopt;
  const auto found = TRY(index_->find(*entry, key_of(ns, name), stop));
  if (!found) return std::nullopt;
  return std::optional(record_of(found->record, entry->section.namespaced));
}

Result<std::shared_ptr<const Bytes>> IndexedArchive::member_at(std::uint64_t offset, std::stop_token stop) const {
  const auto cached = cache_.with([&](std::list<Cached>& cache) -> std::shared_ptr<const Bytes> {
    const auto found = std::ranges::find(cache, offset, &Cached::offset);
    if (found == cache.end()) return nullptr;
    cache.splice(cache.begin(), cache, found);
    return found->text;
  });
  if (cached) return cached;
  const auto member = std::ranges::lower_bound(index_->members(), offset, {}, &Member::offset);
  if (member == index_->members().end() || member->offset != offset) {
    return Error(Code::invalid, "no member of the archive begins at byte " + std::to_string(offset));
  }
  const Bytes packed = TRY(texts_->read_at(offset, member->packed_size, stop));
  const std::shared_ptr<const Bytes> text =
      std::make_shared<const Bytes>(TRY(codec::GzipDecompressor().decompress(packed, member->size)));
  cache_.with([&](std::list<Cached>& cache) {
    cache.push_front({offset, text});
    const auto bytes = [&] {
      return std::accumulate(cache.begin(), cache.end(), std::size_t{0},
                             [](std::size_t sum, const Cached& entry) { return sum + entry.text->size(); });
    };
    while (cache.size() > 1 && (cache.size() > kCachedMembers || bytes() > kCachedBytes)) cache.pop_back();
  });
  return text;
}

Result<std::string_view> IndexedArchive::text_of(const Section& section, const Record& record,
                                                 std::shared_ptr<const Bytes>& member, std::stop_token stop) const {
  const auto hint =
      "The archive was damaged or changed after it was written; \"salvor backup verify\" lists what is whole.";
  auto found = member_at(record.member_offset, stop).context(describe(section, record));
  if (!found.ok()) {
    const bool is_damage = found.error().code() == Code::corrupt;
    return is_damage ? std::move(found).error().hint(hint) : std::move(found).error();
  }
  member = *std::move(found);
  if (record.offset > member->size() || record.size > member->size() - record.offset) {
    return Error(Code::invalid, describe(section, record) + " lies outside its member");
  }
  const ByteView text = ByteView(*member).subspan(record.offset, record.size);
  if (codec::crc64(text) != record.crc) {
    return Error(Code::corrupt, describe(section, record) + " is not what was saved: its CRC differs").hint(hint);
  }
  return as_text(text);
}

Result<std::string> IndexedArchive::read(const Section& section, const Record& record, std::stop_token stop) const {
  std::shared_ptr<const Bytes> member;
  return std::string(TRY(text_of(section, record, member, stop)));
}

Result<> IndexedArchive::read_all(const Section& section,
                                  const std::function<Result<>(const Record&, std::string_view text)>& visit,
                                  std::stop_token stop) const {
  std::vector<Record> batch;
  const auto read_batch = [&]() -> Result<> {
    std::ranges::sort(batch, {}, [](const Record& r) { return std::tuple(r.member_offset, r.offset); });
    std::shared_ptr<const Bytes> member;
    std::jthread ahead;  // unpacks the next member into the cache; what goes wrong there goes wrong again here
    for (auto record = batch.cbegin(); record != batch.cend(); ++record) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading the archive");
      if (record == batch.cbegin() || record->member_offset != std::prev(record)->member_offset) {
        ahead = std::jthread();
        const auto next = std::find_if(
            record, batch.cend(), [&](const Record& other) { return other.member_offset != record->member_offset; });
        if (next != batch.cend()) {
          ahead = std::jthread([this, &stop, at = next->member_offset] { (void)member_at(at, stop).ok(); });
        }
      }
      TRY(visit(*record, TRY(text_of(section, *record, member, stop))));
    }
    batch.clear();
    return {};
  };
  TRY(records(
      section,
      [&](const Record& record) -> Result<> {
        batch.push_back(record);
        return batch.size() < kBatchRecords ? Result<>() : read_batch();
      },
      stop));
  return read_batch();
}

Result<Archive::Verified> IndexedArchive::verify(
    const std::function<void(const std::string& problem)>& problem,
    const std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)>& progress,
    std::stop_token stop) const {
  if (has_index()) return verify_against_index(*texts_, *index_, problem, progress, stop);
  return verify_copy(*this, problem, progress, stop);
}

}  // namespace salvor::archive
