// JSON documents: one object at a time, never a whole list.
//
// `Json` is nlohmann::json: object keys are sorted, as Go's maps print them, so that equal objects have equal text.
// Parsing is strict RFC 8259 in UTF-8, with a limit on depth so that hostile input cannot exhaust the stack.
// Lists are cut into objects by codec/json_list.h before anything is parsed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor {

using Json = nlohmann::json;

namespace codec {

constexpr int kMaxJsonDepth = 512;

// `invalid` with the position when the text is not JSON. An empty array or object may be one level deeper.
Result<Json> parse_json(std::string_view text);
// The same verdict three times faster, without a document.
Result<> check_json(std::string_view text);
// Compact, keys sorted, UTF-8 kept as it is; never throws (a string that is not UTF-8 is replaced by U+FFFD).
std::string dump_json(const Json& value);
// Indented by two spaces.
std::string dump_json_pretty(const Json& value);

}  // namespace codec
}  // namespace salvor
