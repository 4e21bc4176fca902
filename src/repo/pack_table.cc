#include "repo/pack_table.h"

#include <algorithm>

#include "repo/blob_id.h"

namespace salvor::repo {

Result<PackTable> PackTable::list(BlobStore& store, std::stop_token stop) {
  PackTable table;
  table.place_ = store.describe();
  for (const std::string_view prefix : {kDataPackPrefix, kMetadataPackPrefix}) {
    TRY(store.list(
        prefix, [&](const BlobMetadata& blob) { return table.packs_.emplace_back(blob.id, blob.size), Result<>(); },
        stop));
  }
  std::ranges::sort(table.packs_);
  return table;
}

std::uint64_t PackTable::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [id, size] : packs_) sum += size;
  return sum;
}

std::optional<std::uint64_t> PackTable::size_of(std::string_view pack) const {
  const auto found =
      std::ranges::lower_bound(packs_, pack, {}, [](const auto& one) -> std::string_view { return one.first; });
  if (found == packs_.end() || found->first != pack) return std::nullopt;
  return found->second;
}

Result<> PackTable::check(const ContentEntry& entry) const {
  const std::optional<std::uint64_t> size = size_of(entry.pack_blob_id);
  const std::uint64_t end = std::uint64_t{entry.pack_offset} + entry.packed_length;
  if (size && end <= *size) return {};
  const std::string named = "content " + to_string(entry.id) + " in pack " + std::string(entry.pack_blob_id);
  if (!size) return Error(Code::corrupt, named + ": the pack is missing in " + place_);
  return Error(Code::corrupt, named + ": the pack ends at byte " + std::to_string(*size) +
                                  ", before the content does at " + std::to_string(end));
}

}  // namespace salvor::repo
