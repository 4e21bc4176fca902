#include "repo/indirect_object.h"

#include <algorithm>

#include "codec/json_dom_fields.h"
#include "codec/json_stream.h"
#include "codec/json_text.h"

namespace salvor::repo {
namespace {

constexpr std::string_view kStream = "\"kopia:indirect\"";
constexpr std::size_t kMaxEntryBytes = 64 << 10;
constexpr std::size_t kPieceBytes = 64 << 10;

Error not_a_list(const std::string& why) { return Error(Code::corrupt, "not the list of an object's chunks: " + why); }

}  // namespace

struct IndirectReader::State {
  codec::JsonStreamReader reader{
      {.array = "entries", .noun = "the list of an object's chunks", .max_item_bytes = kMaxEntryBytes},
      [this](std::string_view item) { return add(item); },
      [this](const std::string& name, std::string_view value) { return learn(name, value); }};
  codec::JsonDom dom;
  std::vector<IndirectEntry> entries;
  std::uint64_t end = 0;
  bool is_named = false;

  Result<> learn(const std::string& name, std::string_view value) {
    if (name == "stream") is_named = value == kStream;
    return {};
  }
  Result<> add(std::string_view item);
};

Result<> IndirectReader::State::add(std::string_view item) {
  IndirectEntry entry;
  const auto take_field = [&](std::string_view key, const codec::Element& value) -> Result<> {
    if (key == "s") return codec::take(key, value, entry.start);
    if (key == "l") return codec::take(key, value, entry.length);
    if (key == "o") return codec::take(key, value, entry.object);
    return {};
  };
  TRY(codec::each_field(item, dom, take_field).context("not the list of an object's chunks: an entry"));
  if (entry.object.empty()) return not_a_list("an entry has no object");
  if (entry.start != end) return not_a_list("there is a gap at byte " + std::to_string(end));
  if (entry.length > INT64_MAX - end) return not_a_list("its chunks are longer than an object can be");
  end = entry.end();
  entries.push_back(std::move(entry));
  return {};
}

IndirectReader::IndirectReader() : state_(std::make_unique<State>()) {}
IndirectReader::~IndirectReader() = default;

Result<> IndirectReader::feed(std::string_view piece) {
  auto fed = state_->reader.feed(piece);
  if (fed.ok() || fed.error().code() == Code::corrupt) return fed;
  return Error(Code::corrupt, fed.error().message());
}

Result<std::vector<IndirectEntry> > IndirectReader::finish() {
  TRY(state_->reader.finish());
  if (!state_->is_named) return not_a_list("it is not called \"kopia:indirect\"");
  if (state_->entries.empty()) return not_a_list("it is empty");
  return std::move(state_->entries);
}

Result<> write_indirect_object(std::span<const IndirectEntry> entries,
                               const std::function<Result<>(std::string_view)>& sink) {
  std::string json = "{\"stream\":" + std::string(kStream) + ",\"entries\":[";
  for (const IndirectEntry& entry : entries) {
    if (&entry != entries.data()) json += ',';
    json += '{';
    if (entry.start != 0) json += "\"s\":" + std::to_string(entry.start) + ",";
    if (entry.length != 0) json += "\"l\":" + std::to_string(entry.length) + ",";
    json += "\"o\":";
    codec::append_json_text(json, entry.object);
    json += '}';
    if (json.size() < kPieceBytes) continue;
    TRY(sink(json));
    json.clear();
  }
  return sink(json += "]}\n");
}

std::optional<std::size_t> entry_at(std::span<const IndirectEntry> entries, std::uint64_t offset) {
  // The first that ends behind it; an empty one ends where it begins and holds nothing.
  const auto found = std::ranges::upper_bound(entries, offset, {}, &IndirectEntry::end);
  if (found == entries.end()) return std::nullopt;
  return static_cast<std::size_t>(found - entries.begin());
}

}  // namespace salvor::repo
