#include "repo/legacy_index.h"

#include <algorithm>
#include <set>

#include "codec/json_dom_fields.h"
#include "repo/blob_id.h"

namespace salvor::repo {
namespace {

using codec::Element;

Result<> take_ids(std::string_view key, const Element& value, std::vector<std::string>& ids) {
  return codec::each_item(key, value, [&](const Element& blob) {
    std::string& id = ids.emplace_back();
    return codec::each_field(blob, [&](std::string_view name, const Element& field) -> Result<> {
      return name == "id" ? codec::take(name, field, id) : Result<>();
    });
  });
}

}  // namespace

Result<LegacyCompaction> parse_legacy_compaction(std::string_view json) {
  codec::JsonDom dom;
  LegacyCompaction compaction;
  const auto take_field = [&](std::string_view key, const Element& value) -> Result<> {
    if (key == "inputMetadata") return take_ids(key, value, compaction.inputs);
    if (key == "outputMetadata") return take_ids(key, value, compaction.outputs);
    return {};
  };
  TRY(codec::each_field(json, dom, take_field).context("not a log of merged indexes"));
  return compaction;
}

std::vector<BlobMetadata> current_legacy_indexes(std::span<const BlobMetadata> blobs,
                                                 std::span<const LegacyCompaction> compactions) {
  std::set<std::string_view> present, merged;
  for (const BlobMetadata& blob : blobs) present.insert(blob.id);
  for (const LegacyCompaction& compaction : compactions) {
    const auto is_present = [&](const std::string& id) { return present.contains(id); };
    if (!std::ranges::all_of(compaction.outputs, is_present)) continue;
    merged.insert(compaction.inputs.begin(), compaction.inputs.end());
  }
  std::vector<BlobMetadata> current;
  for (const BlobMetadata& blob : blobs) {
    if (blob.id != kLegacyPoisonBlob && !merged.contains(blob.id)) current.push_back(blob);
  }
  return current;
}

}  // namespace salvor::repo
