#include "codec/json_list.h"

#include <nlohmann/json.hpp>

#include "codec/json_access.h"
#include "codec/json_stream.h"

namespace salvor::codec {

struct JsonListReader::State {
  JsonListHead head;
  JsonStreamReader reader;

  State(ItemSink sink, std::size_t max_item_bytes)
      : reader({.array = "items", .noun = "a list of objects", .max_item_bytes = max_item_bytes}, std::move(sink),
               [this](const std::string& name, std::string_view value) { return learn(name, value); }) {}

  Result<> learn(const std::string& name, std::string_view text) {
    if (name != "apiVersion" && name != "kind" && name != "metadata") return {};
    const Json value = TRY(parse_json(text));
    if (name == "apiVersion" && value.is_string()) head.api_version = value.get<std::string>();
    if (name == "kind" && value.is_string()) head.kind = value.get<std::string>();
    if (name != "metadata") return {};
    head.resource_version = text_member(value, "resourceVersion");
    head.continue_token = text_member(value, "continue");
    head.remaining_item_count = integer_member(value, "remainingItemCount", -1);
    return {};
  }
};

JsonListReader::JsonListReader(ItemSink sink, std::size_t max_item_bytes)
    : state_(std::make_unique<State>(std::move(sink), max_item_bytes)) {}
JsonListReader::~JsonListReader() = default;

Result<> JsonListReader::feed(std::string_view piece) { return state_->reader.feed(piece); }

Result<JsonListHead> JsonListReader::finish() {
  TRY(state_->reader.finish());
  if (!state_->reader.has_array()) return Error(Code::invalid, "not a list of objects: it has no \"items\"");
  return state_->head;
}

const JsonListHead& JsonListReader::head() const { return state_->head; }

}  // namespace salvor::codec
