// The fields of JSON objects into the members of a struct, by their type, as Go's encoding/json reads them: null leaves
// the member as it is, unknown fields are passed over, and of a field that is there twice the later one counts.
//
//   Result<> read = each_field(json, dom, [&](std::string_view key, const Element& value) -> Result<> {
//     if (key == "id") return take(key, value, session.id);
//     return {};
//   });
//
// For documents that a peer wrote; of those whose shape is not ours to trust codec/json_access.h reads what is there.
// Errors of all: corrupt, with the key and what was expected, and never the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json_dom.h"

namespace salvor::codec {

using Element = simdjson::dom::element;

Result<> take(std::string_view key, const Element& value, std::string& out);
Result<> take(std::string_view key, const Element& value, bool& out);
Result<> take(std::string_view key, const Element& value, std::int64_t& out);
// Sizes and counts, which Go keeps with a sign: below 2^63.
Result<> take(std::string_view key, const Element& value, std::uint64_t& out);
Result<> take(std::string_view key, const Element& value, std::uint32_t& out);
// RFC 3339.
Result<> take(std::string_view key, const Element& value, Time& out);

// One value with every number as it is written. Good until the next use of `dom`.
Result<Element> parse_element(std::string_view json, JsonDom& dom);

// Calls `visit` with the key and value of every field that is not null.
template <class Visit>
Result<> each_field(const Element& value, const Visit& visit) {
  simdjson::dom::object fields;
  if (value.get(fields) != simdjson::SUCCESS) return Error(Code::corrupt, "a value is not an object");
  for (const auto& [key, field] : fields) {
    if (!field.is_null()) TRY(visit(key, field));
  }
  return {};
}
template <class Visit>
Result<> each_field(std::string_view json, JsonDom& dom, const Visit& visit) {
  return each_field(TRY(parse_element(json, dom)), visit);
}

// Calls `visit` with every item of the list `key`.
template <class Visit>
Result<> each_item(std::string_view key, const Element& value, const Visit& visit) {
  simdjson::dom::array items;
  if (value.get(items) != simdjson::SUCCESS) {
    return Error(Code::corrupt, "\"" + std::string(key) + "\" is not a list");
  }
  for (const Element item : items) TRY(visit(item));
  return {};
}

}  // namespace salvor::codec
