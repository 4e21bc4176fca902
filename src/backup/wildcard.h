// Wildcards in names of namespaces and resources, with the meaning that Velero gives them.
//
//   *  any run of characters      ?  one character      [abc] [a-z] [!a-z]  one character of, or not of, a set
//   {a,b*}  one of several patterns      \x  the character x itself
//
// No character is a separator, so `*` also runs over dots. In namespace patterns only `*`, `?` and `[...]` are
// allowed, and `**` is refused. A pattern is matched in time linear in the name, whoever wrote it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salvor::backup {

class Glob {
 public:
  // `invalid` when a bracket is malformed or the pattern is too large.
  static Result<Glob> compile(std::string_view pattern);
  bool matches(std::string_view name) const;

 private:
  struct Machine;
  Glob() = default;
  std::string literal_;  // when the pattern has no wildcard
  std::shared_ptr<const Machine> machine_;
};

// Several patterns: matches what one of them matches; no pattern at all matches everything.
class Globs {
 public:
  // Empty patterns are passed over.
  static Result<Globs> compile(const std::vector<std::string>& patterns);
  bool matches(std::string_view name) const;

 private:
  std::vector<Glob> globs_;
};

// True when a namespace name has to be matched against the live namespaces: it holds `*`, `?` or `[`.
bool has_wildcard(std::string_view name);

// Refuses what namespace patterns may not hold: | ( ) ! { } , and `**` and malformed brackets.
Result<> check_namespace_pattern(std::string_view pattern);

// Names stay as they are, whether they exist or not; patterns become the live namespaces that they match. Sorted,
// without duplicates.
Result<std::vector<std::string>> expand_namespaces(const std::vector<std::string>& patterns,
                                                   const std::vector<std::string>& live);

}  // namespace salvor::backup
