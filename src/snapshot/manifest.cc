#include "snapshot/manifest.h"

#include <algorithm>
#include <utility>

#include "codec/json_text.h"
#include "snapshot/fields.h"

namespace salvor::snapshot {
namespace {

template <class Numbers>
struct Number {
  std::string_view key;
  std::uint64_t Numbers::* member;
  std::uint64_t most;  // what stock can hold
};
constexpr std::uint64_t kSize = INT64_MAX, kCount = INT32_MAX;

// In the order in which stock writes them.
constexpr Number<Stats> kStats[] = {
    {"totalSize", &Stats::total_size, kSize},
    {"excludedTotalSize", &Stats::excluded_total_size, kSize},
    {"fileCount", &Stats::files, kCount},
    {"cachedFiles", &Stats::cached_files, kCount},
    {"nonCachedFiles", &Stats::non_cached_files, kCount},
    {"dirCount", &Stats::directories, kCount},
    {"excludedFileCount", &Stats::excluded_files, kCount},
    {"excludedDirCount", &Stats::excluded_directories, kCount},
    {"ignoredErrorCount", &Stats::ignored_errors, kCount},
    {"errorCount", &Stats::errors, kCount},
};
constexpr Number<StorageUsage> kUsage[] = {
    {"objectBytes", &StorageUsage::object_bytes, kSize},
    {"originalContentBytes", &StorageUsage::original_content_bytes, kSize},
    {"packedContentBytes", &StorageUsage::packed_content_bytes, kSize},
    {"fileObjects", &StorageUsage::file_objects, kCount},
    {"dirObjects", &StorageUsage::directory_objects, kCount},
    {"contents", &StorageUsage::contents, kCount},
};

template <class Numbers, std::size_t kLength>
void append_numbers(std::string& json, const Numbers& numbers, const Number<Numbers> (&table)[kLength]) {
  char before = '{';
  for (const auto& [key, member, most] : table) {
    ((json += before) += '"').append(key) += "\":";
    json += std::to_string(std::min(numbers.*member, most));
    before = ',';
  }
  json += '}';
}

template <class Numbers, std::size_t kLength>
Result<> take_numbers(const Element& value, Numbers& numbers, const Number<Numbers> (&table)[kLength]) {
  return each_field(value, [&](std::string_view key, const Element& field) -> Result<> {
    for (const auto& [name, member, most] : table) {
      if (key != name) continue;
      TRY(take(key, field, numbers.*member));
      if (numbers.*member > most) return Error(Code::corrupt, "\"" + std::string(key) + "\" is larger than a count");
    }
    return {};
  });
}

Result<> take_source(const Element& value, Source& source) {
  return each_field(value, [&](std::string_view key, const Element& field) -> Result<> {
    if (key == "host") return take(key, field, source.host);
    if (key == "userName") return take(key, field, source.user);
    if (key == "path") return take(key, field, source.path);
    return {};
  });
}

Result<> take_tags(const Element& value, std::map<std::string, std::string>& tags) {
  return each_field(value, [&](std::string_view key, const Element& field) -> Result<> {
    return take(key, field, tags[std::string(key)]);
  });
}

Result<> take_storage_stats(const Element& value, StorageStats& stats) {
  return each_field(value, [&](std::string_view key, const Element& field) -> Result<> {
    if (key == "newData") return take_numbers(field, stats.new_data, kUsage);
    if (key == "runningTotal") return take_numbers(field, stats.running_total, kUsage);
    return {};
  });
}

Result<> take_pins(const Element& value, std::vector<std::string>& pins) {
  return each_item("pins", value, [&](const Element& pin) { return take("pins", pin, pins.emplace_back()); });
}

Result<> take_manifest(const Element& root, Manifest& manifest) {
  return each_field(root, [&](std::string_view key, const Element& field) -> Result<> {
    if (key == "id") return take(key, field, manifest.id);
    if (key == "source") return take_source(field, manifest.source);
    if (key == "description") return take(key, field, manifest.description);
    if (key == "startTime") return take(key, field, manifest.start);
    if (key == "endTime") return take(key, field, manifest.end);
    if (key == "stats") return take_numbers(field, manifest.stats, kStats);
    if (key == "incomplete") return take(key, field, manifest.incomplete);
    if (key == "rootEntry") return take(key, field, manifest.root.emplace());
    if (key == "tags") return take_tags(field, manifest.tags);
    if (key == "storageStats") return take_storage_stats(field, manifest.storage_stats.emplace());
    if (key == "pins") return take_pins(field, manifest.pins);
    return {};
  });
}

void append_field(std::string& json, std::string_view key, std::string_view text) {
  json.append(key);
  codec::append_json_text(json, text);
}

void append_tags(std::string& json, const Manifest& manifest) {
  if (manifest.tags.empty()) return;
  std::string_view before = ",\"tags\":{";
  for (const auto& [key, value] : manifest.tags) {
    append_field(json, before, key);
    append_field(json, ":", value);
    before = ",";
  }
  json += '}';
}

void append_storage_stats(std::string& json, const Manifest& manifest) {
  if (!manifest.storage_stats) return;
  json += ",\"storageStats\":{\"newData\":";
  append_numbers(json, manifest.storage_stats->new_data, kUsage);
  json += ",\"runningTotal\":";
  append_numbers(json, manifest.storage_stats->running_total, kUsage);
  json += '}';
}

void append_pins(std::string& json, const Manifest& manifest) {
  if (manifest.pins.empty()) return;
  std::string_view before = ",\"pins\":[";
  for (const std::string& pin : manifest.pins) append_field(json, std::exchange(before, ","), pin);
  json += ']';
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view json) {
  constexpr std::string_view kWrong = "not the manifest of a snapshot";
  codec::JsonDom dom;
  const Element root = TRY(codec::parse_element(json, dom).context(kWrong));
  Manifest manifest;
  TRY(take_manifest(root, manifest).context(kWrong));
  return manifest;
}

std::string encode(const Manifest& manifest) {
  std::string json;
  append_field(json, "{\"id\":", manifest.id);
  append_field(json, ",\"source\":{\"host\":", manifest.source.host);
  append_field(json, ",\"userName\":", manifest.source.user);
  append_field(json, ",\"path\":", manifest.source.path);
  append_field(json, "},\"description\":", manifest.description);
  append_field(json, ",\"startTime\":", format_rfc3339_nano(manifest.start));
  append_field(json, ",\"endTime\":", format_rfc3339_nano(manifest.end));
  json += ",\"stats\":";
  append_numbers(json, manifest.stats, kStats);
  if (!manifest.incomplete.empty()) append_field(json, ",\"incomplete\":", manifest.incomplete);
  json += ",\"rootEntry\":";
  if (manifest.root) {
    append_json(json, *manifest.root);
  } else {
    json += "null";
  }
  append_tags(json, manifest);
  append_storage_stats(json, manifest);
  append_pins(json, manifest);
  return json += '}';
}

repo::Labels labels_of(const Source& source) {
  repo::Labels labels = {{std::string(repo::kTypeLabel), "snapshot"}};
  if (!source.host.empty()) labels["hostname"] = source.host;
  if (!source.user.empty()) labels["username"] = source.user;
  if (!source.path.empty()) labels["path"] = source.path;
  return labels;
}

Result<repo::Labels> labels_of(const Manifest& manifest) {
  const Source& source = manifest.source;
  if (source.host.empty() || source.user.empty() || source.path.empty()) {
    return Error(Code::invalid, "the source of a snapshot has a host, a user and a path");
  }
  repo::Labels labels = labels_of(source);
  for (const auto& [key, value] : manifest.tags) {
    if (labels.emplace(key, value).second) continue;
    return Error(Code::invalid, "a tag of a snapshot cannot be called \"" + key + "\", as one of its labels is");
  }
  return labels;
}

}  // namespace salvor::snapshot
