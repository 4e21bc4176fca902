// JsonStreamReader takes one JSON object apart while it arrives: one of its members, an array of objects, into its
// items, and the others into values.
//
//   {"stream":"kopia:directory","entries":[{...},{...}],"summary":{...}}
//
// Bytes go in as they are read; each item comes out as the exact text that was written. Only one item, or one of the
// other members, is ever held. The order of the members is free. The structure of the object is checked (brackets,
// strings, commas, one value, no member twice), and the other members are; an item's inside is only known to be
// balanced, whoever uses it parses it. Instead of the array there may be null, as Go writes one without items, and it
// may be missing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::codec {

class JsonStreamReader {
 public:
  using ItemSink = std::function<Result<>(std::string_view item)>;
  // A member other than the array, or the array's null; the name without escapes, the value as it was written.
  using MemberSink = std::function<Result<>(const std::string& name, std::string_view value)>;

  struct Shape {
    std::string array = {};                 // the name of the member that is cut into items; empty: none is
    std::string noun;                       // what errors call the whole: "a list of objects"
    std::size_t max_item_bytes = 64 << 20;  // of one item, and of all other members together
  };

  JsonStreamReader(Shape shape, ItemSink items, MemberSink members);
  ~JsonStreamReader();
  JsonStreamReader(JsonStreamReader&&) noexcept;

  // Errors: invalid (not such an object, or something too large), or what a sink returned. After an Error the reader is
  // not used again.
  Result<> feed(std::string_view piece);
  // After the last piece. `corrupt` when the object ended early, so that a cut connection is never taken for the end.
  Result<> finish();
  // Whether the array, or null instead of it, has been met.
  bool has_array() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::codec
