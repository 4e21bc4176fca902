// For the sources of this room that read JSON: what codec/json_dom_fields.h does for numbers and texts, for this room's
// values.
#pragma once

#include <string_view>

#include "codec/json_dom_fields.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

using codec::each_field;
using codec::each_item;
using codec::Element;
using codec::take;

Result<> take(std::string_view key, const Element& value, DirectorySummary& out);
Result<> take(std::string_view key, const Element& value, DirEntry& out);

}  // namespace salvor::snapshot
