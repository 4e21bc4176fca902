// JsonDom: simdjson with the limits that we want, for reading and checking texts without building documents.
//
// The only header that shows simdjson, for the few files that read through it. It settles three things: the depth (as
// parse_json, but an empty array or object may lie one level deeper), buffers that do not stay as large as the largest
// object ever seen, and integers of more than 64 bits. simdjson refuses those, but an API server prints 1e20, a number
// like any other in a custom resource, as 100000000000000000000. Nobody who reads through here looks at numbers, so in
// a text that has such ones their surplus digits are left out.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::codec {

// One per thread.
class JsonDom {
 public:
  // Good until the next call. `invalid` when the text is not JSON; the message does not quote it.
  Result<simdjson::dom::element> parse(std::string_view text);
  // The same with every number as it is written; integers of more than 64 bits are simdjson::NUMBER_ERROR.
  simdjson::error_code parse_exactly(std::string_view text, simdjson::dom::element& root);

 private:
  simdjson::dom::parser parser_;
  std::string shortened_;
};

}  // namespace salvor::codec
