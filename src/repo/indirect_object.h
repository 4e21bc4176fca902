// Indirect objects: an object of several chunks is kept as the list of them, itself an object.
//
//   {"stream":"kopia:indirect","entries":[{"l":1698099,"o":"13ea..."},{"s":1698099,"l":1302081,"o":"Ie8ca..."}]}
//
// "s" is where the chunk begins, left out when 0, "l" its length, "o" the id of the object that holds it: a content, or
// again an indirect object. The chunks follow each other without a gap; one may be empty where objects were joined.
// A list for a terabyte has a million entries, so it is read while it arrives; ids stay text here.
//
// Kopia: repo/object/indirect.go, object_reader.go, object_writer.go.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salvor::repo {

struct IndirectEntry {
  std::uint64_t start = 0, length = 0;  // bytes; together below 2^63
  std::string object;                   // the text of an object id
  std::uint64_t end() const { return start + length; }
  bool operator==(const IndirectEntry&) const = default;
};

class IndirectReader {
 public:
  IndirectReader();
  ~IndirectReader();

  // Errors of both: corrupt (not such a list, a gap between chunks, an entry without an id, no entry at all, or an end
  // that is missing). After an Error the reader is not used again.
  Result<> feed(std::string_view piece);
  Result<std::vector<IndirectEntry> > finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Gives the text that stock writes to `sink`, in pieces. Errors: what the sink returned.
Result<> write_indirect_object(std::span<const IndirectEntry> entries,
                               const std::function<Result<>(std::string_view)>& sink);

// Which entry holds the byte at `offset`; nothing at and behind the end. Requires: entries as a reader gives them.
std::optional<std::size_t> entry_at(std::span<const IndirectEntry> entries, std::uint64_t offset);

}  // namespace salvor::repo
