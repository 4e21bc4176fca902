// IgnorePattern: one rule of a .kopiaignore or of a policy, in .gitignore's language as stock understands it.
//
//   *.tmp        at any depth            !keep.tmp    takes back what a rule before it left out
//   /build       only here               cache/       only directories
//   a/**/b       any way from a to b     [a-c] [!x] [[:digit:]]   one character
//
// Stock's reading differs from git's in places, and is followed to the letter: a "**" behind "!" is a "*", a class is
// one only while what follows it is longer than what precedes it, a NUL ends the rule.
//
// Texts are runes: a byte that is no UTF-8 is U+FFFD, so such bytes are equal to each other. Of characters beyond
// Latin-1
// [:classes:] know only white space, not letters and signs of other scripts: there stock is ahead.
//
// Kopia: internal/wcmatch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salvor::snapshot {

// As Go turns a text into runes.
std::u32string to_runes(std::string_view text);

class IgnorePattern {
 public:
  // A rule that counts below `base`: empty for the root, otherwise "/directory/below". `invalid` when it is none.
  static Result<IgnorePattern> parse(std::string_view rule, std::string_view base);

  // Whether it takes back.
  bool negated() const { return negated_; }
  // What it says of "/path/below/the/root": that it is left out. To be asked only where that would change something: a
  // negated one of what is left out so far, another one of what is not.
  bool leaves_out(std::u32string_view path, bool is_directory) const;

  struct Range {
    char32_t first, last;
  };
  using Class = bool (*)(char32_t);
  struct Set {
    std::vector<Range> ranges;
    std::vector<Class> classes;
    bool negated = false;
  };
  enum class Kind : unsigned char { rune, slash, any, star, double_star, set };
  struct Token {
    Kind kind;
    char32_t value = 0;  // the rune, or which set
  };

 private:
  friend class IgnoreParser;

  std::vector<Token> tokens_;
  std::vector<Set> sets_;
  bool directories_only_ = false, negated_ = false;
};

}  // namespace salvor::snapshot
