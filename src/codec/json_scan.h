// BracketScanner finds where a JSON object or array ends, 64 bytes at a time.
//
// For each block of 64 bytes it builds bit masks (bit i is byte i) of quotes, backslashes, opening and closing
// brackets. Escaped quotes are removed, a running parity of the remaining quotes tells which bytes lie inside strings,
// and the brackets outside strings are counted. Only a block in which the depth could reach zero is looked at bracket
// by bracket; all others cost one addition. State carries over, so the text may come in pieces of any size.
//
// Brackets are counted, not matched: "{]" is balanced here. Whoever uses the text parses it.
#pragma once

#include <cstdint>
#include <string_view>

namespace salvor::codec {

class BracketScanner {
 public:
  // The first byte must be the opening bracket. How many bytes of `piece` belong to the value; `done()` tells whether
  // it ended there (then the count is one past its closing bracket) or goes on in the next piece.
  std::size_t scan(std::string_view piece);
  bool done() const { return depth_ == 0; }
  // Ready for another value.
  void restart() { *this = BracketScanner(); }

 private:
  std::size_t scan_block(const char* block, unsigned size);

  static constexpr std::int64_t kNotBegun = -1;
  std::int64_t depth_ = kNotBegun;
  std::uint64_t in_string_ = 0;  // all ones when the previous block ended inside a string
  std::uint64_t escaped_ = 0;    // 1 when the next byte is escaped
};

}  // namespace salvor::codec
