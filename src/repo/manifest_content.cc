#include "repo/manifest_content.h"

#include <algorithm>
#include <vector>

#include "codec/gzip.h"
#include "codec/json.h"
#include "codec/json_dom_fields.h"
#include "codec/json_stream.h"
#include "codec/json_text.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kPieceBytes = 64 << 10;

Error not_a_manifest(const Error& why) { return Error(Code::corrupt, "not a manifest: " + why.message()); }

Result<> take_labels(const codec::Element& value, Labels& labels) {
  return codec::each_field(value, [&](std::string_view key, const codec::Element& field) -> Result<> {
    return codec::take(key, field, labels[std::string(key)]);
  });
}

Result<> take_member(std::string_view name, std::string_view text, codec::JsonDom& dom, ManifestEntry& entry) {
  if (name == "data") {
    entry.data = text;
    return {};
  }
  if (name != "id" && name != "labels" && name != "modified" && name != "deleted") return {};
  const codec::Element value = TRY(codec::parse_element(text, dom));
  if (value.is_null()) return {};
  if (name == "id") return codec::take(name, value, entry.id);
  if (name == "labels") return take_labels(value, entry.labels);
  if (name == "modified") return codec::take(name, value, entry.modified);
  return codec::take(name, value, entry.deleted);
}

// By its members' texts, because the data stays as it was written.
Result<ManifestEntry> parse_entry(std::string_view text, codec::JsonDom& dom) {
  ManifestEntry entry;
  codec::JsonStreamReader reader(
      {.noun = "a manifest", .max_item_bytes = text.size()}, {},
      [&](const std::string& name, std::string_view value) { return take_member(name, value, dom, entry); });
  TRY(reader.feed(text));
  TRY(reader.finish());
  if (entry.id.empty()) return Error(Code::corrupt, "it has no \"id\"");
  return entry;
}

Result<> append_entry(std::string& json, const ManifestEntry& entry) {
  json += "{\"id\":";
  codec::append_json_text(json, entry.id);
  json += ",\"labels\":";
  char before = '{';
  for (const auto& [key, value] : entry.labels) {
    json += before;
    before = ',';
    codec::append_json_text(json, key);
    json += ':';
    codec::append_json_text(json, value);
  }
  json += entry.labels.empty() ? "null" : "}";
  json += ",\"modified\":\"" + format_rfc3339_nano(entry.modified) + "\"";
  if (entry.deleted) json += ",\"deleted\":true";
  json += ",\"data\":";
  std::string data;  // in brackets, because it may be a number as well
  TRY(codec::check_json(entry.data).context("the data of manifest " + entry.id));
  TRY(codec::append_compact_json(data, "[" + entry.data + "]"));
  json.append(data, 1, data.size() - 2) += '}';
  return {};
}

}  // namespace

std::string new_manifest_id(Rng& rng) { return rng.hex(kIdBytes); }

Result<> read_manifest_content(ByteView content, const std::function<Result<>(ManifestEntry&&)>& visit,
                               std::uint64_t max_bytes) {
  codec::GunzipStream stream(
      [&](MutableByteView into) -> Result<std::size_t> {
        const std::size_t size = std::min(into.size(), content.size());
        std::copy_n(content.begin(), size, into.begin());
        content = content.subspan(size);
        return size;
      },
      max_bytes);
  codec::JsonDom dom;
  Result<> visited;  // kept apart from errors about the text
  codec::JsonStreamReader reader(
      {.array = "entries", .noun = "a list of manifests"},
      [&](std::string_view item) -> Result<> {
        auto entry = parse_entry(item, dom);
        if (!entry.ok()) return not_a_manifest(entry.error());
        visited = visit(*std::move(entry));
        return visited.ok() ? Result<>() : Error(Code::internal, "stopped");
      },
      [](const std::string&, std::string_view) -> Result<> { return {}; });
  Bytes piece(kPieceBytes);
  for (;;) {
    const std::size_t size = TRY(stream.read(piece));
    if (size == 0) break;
    auto fed = reader.feed(as_text(piece).substr(0, size));
    TRY(std::move(visited));
    if (!fed.ok()) return not_a_manifest(fed.error());
  }
  return reader.finish();
}

Result<Bytes> encode_manifest_content(std::span<const ManifestEntry> entries) {
  std::string json = "{\"entries\":[";
  for (const ManifestEntry& entry : entries) {
    if (&entry != entries.data()) json += ',';
    TRY(append_entry(json, entry));
  }
  json += "]}\n";
  return codec::gzip(as_bytes(json));
}

}  // namespace salvor::repo
