#include "codec/json_dom_fields.h"

namespace salvor::codec {
namespace {

Error wrong(std::string_view key, std::string_view expected) {
  return Error(Code::corrupt, "\"" + std::string(key) + "\" is not " + std::string(expected));
}

}  // namespace

Result<> take(std::string_view key, const Element& value, std::string& out) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return wrong(key, "a text");
  out = text;
  return {};
}

Result<> take(std::string_view key, const Element& value, bool& out) {
  if (value.get(out) != simdjson::SUCCESS) return wrong(key, "true or false");
  return {};
}

Result<> take(std::string_view key, const Element& value, std::int64_t& out) {
  if (value.get(out) != simdjson::SUCCESS) return wrong(key, "an integer of 64 bits");
  return {};
}

Result<> take(std::string_view key, const Element& value, std::uint64_t& out) {
  std::int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < 0) return wrong(key, "a size or a count");
  out = static_cast<std::uint64_t>(number);
  return {};
}

Result<> take(std::string_view key, const Element& value, std::uint32_t& out) {
  std::uint64_t number = 0;
  TRY(take(key, value, number));
  if (number > UINT32_MAX) return wrong(key, "a number of 32 bits");
  out = static_cast<std::uint32_t>(number);
  return {};
}

Result<> take(std::string_view key, const Element& value, Time& out) {
  std::string text;
  TRY(take(key, value, text));
  const auto time = parse_rfc3339(text);
  if (!time.ok()) return wrong(key, "a time");
  out = *time;
  return {};
}

Result<Element> parse_element(std::string_view json, JsonDom& dom) {
  Element root;
  if (const auto error = dom.parse_exactly(json, root)) {
    return Error(Code::corrupt, std::string("not JSON: ") + simdjson::error_message(error));
  }
  return root;
}

}  // namespace salvor::codec
