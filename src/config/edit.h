// Edits of a configuration text that leave the rest of it as it was.
//
// Lines that belong to the edited location are replaced or removed; every other line, comments, blank lines, order and
// quotes included, stays byte for byte. Comments inside the location's own block go with it. The edited text is parsed
// and must say exactly what was meant; where it does not, because the file is written in a style that lines cannot tell
// apart (a flow map over several lines, anchors), it is written anew if it has no comments to lose, and else refused
// with the lines that the user can add by hand.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace salvor::config {

// Adds the location, or replaces it. `text` is a configuration that parse_config accepts. Errors: unsupported.
Result<std::string> with_location(std::string_view text, const std::string& name, const Json& settings);
// Removes it; the text as it is when there is no such location.
Result<std::string> without_location(std::string_view text, const std::string& name);

}  // namespace salvor::config
