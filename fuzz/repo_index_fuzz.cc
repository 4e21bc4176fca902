// Any bytes as an index: whatever can be read of it points into it; what is in order is found again, comes out of a
// merge, and is the same after it was written and read once more.
#include <algorithm>
#include <vector>

#include "input.h"
#include "repo/index_writer.h"
#include "repo/merged_index.h"

namespace {

using namespace salvor;
using namespace salvor::repo;

// The entries when all can be read and are in order, else nothing.
std::vector<ContentEntry> read(const IndexReader& index, ByteView bytes) {
  std::vector<ContentEntry> entries;
  bool good = true;
  for (std::uint32_t i = 0; i < index.count(); ++i) {
    const auto entry = index.entry(i);
    if (!entry.ok()) {
      good = false;
      continue;
    }
    const char* const begin = as_text(bytes).data();
    PROMISE((*entry).pack_blob_id.data() >= begin);
    PROMISE((*entry).pack_blob_id.data() + (*entry).pack_blob_id.size() <= begin + bytes.size());
    good = good && (entries.empty() || entries.back().id < (*entry).id);
    entries.push_back(*entry);
  }
  for (const char prefix : {'\0', 'k', 'z'}) {
    const auto range = index.with_prefix(prefix);
    PROMISE(range.begin <= range.end && range.end <= index.count());
  }
  if (!good) entries.clear();
  return entries;
}

void write_again(IndexVersion version, const std::vector<ContentEntry>& entries) {
  IndexWriter writer(version);
  for (const ContentEntry& entry : entries) {
    if (!writer.add(entry).ok()) return;
  }
  const auto bytes = std::move(writer).finish();
  if (!bytes.ok()) return;
  auto index = IndexReader::open(*bytes);
  PROMISE(index.ok() && index->count() == entries.size());
  for (std::uint32_t i = 0; i < index->count(); ++i) {
    auto entry = index->entry(i);
    if (version == IndexVersion::v2) PROMISE(entry.ok() && *entry == entries[i]);
    if (version == IndexVersion::v1 && entry.ok()) PROMISE(entry->id == entries[i].id);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const auto index = IndexReader::open(bytes);
  if (!index.ok()) return 0;
  const std::vector<ContentEntry> entries = read(*index, bytes);
  for (const ContentEntry& entry : entries) {
    const auto found = (*index).find(entry.id);
    PROMISE(found.ok() && *found == entry);
  }
  for (const IndexVersion version : {IndexVersion::v1, IndexVersion::v2}) write_again(version, entries);

  const MergedIndex merged({*index, *index}, 1'700'000'000);
  auto stream = merged.all();
  std::size_t shown = 0;
  for (auto next = stream.next(); next.ok() && *next; next = stream.next()) ++shown;
  PROMISE(shown <= (*index).count());
  PROMISE(
      entries.empty() ||
      shown + static_cast<std::size_t>(std::ranges::count_if(
                  entries, [](const ContentEntry& e) { return e.deleted && e.timestamp_seconds <= 1'700'000'000; })) ==
          entries.size());
  return 0;
}
