#include "repo/object_id.h"

#include <limits>

namespace salvor::repo {

Result<ObjectId> ObjectId::parse(std::string_view text) {
  ObjectId id;
  std::string_view rest = text;
  for (; rest.starts_with('I'); rest.remove_prefix(1)) {
    if (id.indirection == std::numeric_limits<std::uint8_t>::max()) {
      return Error(Code::invalid, "no object id: it is indirect too many times");
    }
    ++id.indirection;
  }
  if (rest.starts_with('Z')) {
    id.compressed = true;
    rest.remove_prefix(1);
  }
  if (rest.starts_with('D')) rest.remove_prefix(1);
  if (id.compressed && id.indirection > 0) {
    return Error(Code::invalid, "no object id: it is both indirect and compressed");
  }
  id.content = TRY(ContentId::parse(rest).context("no object id"));
  return id;
}

std::string to_string(const ObjectId& id) {
  return std::string(id.indirection, 'I') + (id.compressed ? "Z" : "") + to_string(id.content);
}

}  // namespace salvor::repo
