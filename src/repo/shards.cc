#include "repo/shards.h"

#include <algorithm>

#include "codec/json_dom_fields.h"
#include "codec/json_text.h"

namespace salvor::repo {
namespace {

constexpr std::uint64_t kMaxSize = 255;  // of a directory's name

using codec::Element;

Result<> take_sizes(std::string_view key, const Element& value, ShardSizes& sizes) {
  return codec::each_item(key, value, [&](const Element& item) -> Result<> {
    std::uint64_t size = 0;
    TRY(codec::take(key, item, size));
    if (size > kMaxSize) return Error(Code::corrupt, "\"" + std::string(key) + "\" has a size above 255");
    sizes.push_back(size);
    return {};
  });
}

Result<> take_length(std::string_view key, const Element& value, std::size_t& length) {
  std::int64_t number = 0;
  TRY(codec::take(key, value, number));
  length = static_cast<std::size_t>(std::max<std::int64_t>(number, 0));
  return {};
}

Result<> take_overrides(std::string_view key, const Element& value, std::vector<ShardOverride>& overrides) {
  return codec::each_item(key, value, [&](const Element& item) {
    ShardOverride& special = overrides.emplace_back();
    return codec::each_field(item, [&](std::string_view name, const Element& field) -> Result<> {
      if (name == "prefix") return codec::take(name, field, special.prefix);
      if (name == "shards") return take_sizes(name, field, special.sizes);
      return {};
    });
  });
}

// An empty list as Go writes one that was never filled.
void append_sizes(std::string& json, const ShardSizes& sizes) {
  if (sizes.empty()) {
    json += "null";
    return;
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    json += i == 0 ? '[' : ',';
    json += std::to_string(sizes[i]);
  }
  json += ']';
}

}  // namespace

std::string Shards::path_of(std::string_view blob_id) const {
  std::string path;
  if (blob_id.size() > max_unsharded_length) {
    const ShardSizes* applied = &sizes;
    for (const ShardOverride& special : overrides) {
      if (!blob_id.starts_with(special.prefix)) continue;
      applied = &special.sizes;
      break;
    }
    for (const std::size_t size : *applied) {
      if (blob_id.size() <= size) break;
      if (size == 0) continue;
      path.append(blob_id.substr(0, size)) += '/';
      blob_id.remove_prefix(size);
    }
  }
  return path.append(blob_id).append(kBlobSuffix);
}

Result<Shards> parse_shards(std::string_view text) {
  codec::JsonDom dom;
  Shards shards{.sizes = {}, .max_unsharded_length = 0};
  const auto take_field = [&](std::string_view key, const Element& value) -> Result<> {
    if (key == "default") return take_sizes(key, value, shards.sizes);
    if (key == "maxNonShardedLength") return take_length(key, value, shards.max_unsharded_length);
    if (key == "overrides") return take_overrides(key, value, shards.overrides);
    return {};
  };
  TRY(codec::each_field(text, dom, take_field).context(".shards does not tell where blobs are"));
  return shards;
}

std::string encode(const Shards& shards) {
  std::string json = "{\"default\":";
  append_sizes(json, shards.sizes);
  json += ",\"maxNonShardedLength\":" + std::to_string(shards.max_unsharded_length);
  for (std::size_t i = 0; i < shards.overrides.size(); ++i) {
    json += i == 0 ? ",\"overrides\":[{\"prefix\":" : ",{\"prefix\":";
    codec::append_json_text(json, shards.overrides[i].prefix);
    json += ",\"shards\":";
    append_sizes(json, shards.overrides[i].sizes);
    json += '}';
  }
  return json += shards.overrides.empty() ? "}\n" : "]}\n";
}

}  // namespace salvor::repo
