// ObjectId: where the bytes of an object are found (kopia repo/object/objectid.go).
//
//   k3f2a...    one content, which is the object
//   Ix3f2a...   the content is a table of contents whose bytes together are the object
//   IIx3f2a...  the table itself is stored that way, and so on
//   Z3f2a...    one content, compressed by the object layer: repositories of format 1
//
// `D` before the content id is an older way of writing the same; it is read and not written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "repo/content_id.h"

namespace salvor::repo {

struct ObjectId {
  ContentId content;
  std::uint8_t indirection = 0;  // tables between the object and its bytes
  bool compressed = false;       // never together with indirection

  // `invalid` for what is no id, the empty text included.
  static Result<ObjectId> parse(std::string_view text);

  bool operator==(const ObjectId&) const = default;
};

std::string to_string(const ObjectId& id);

}  // namespace salvor::repo
