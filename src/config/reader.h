// Reader: a parsed YAML document, walked with the path of every value at hand, so that each message can tell its line.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace salvor::config {

// What every file that salvor reads for its own sake must keep to.
inline constexpr std::size_t kMaxFileBytes = 1 << 20;

class Reader {
 public:
  // `invalid` when it is not one YAML map within the bounds, or has a key twice.
  static Result<Reader> parse(std::string_view text, std::string file);

  const Json& root() const;
  using Path = std::vector<std::string>;

  // "FILE: line 7: WHAT"
  Error error(const Path& path, const std::string& what) const;
  // The same before an error that knows more; its code, its hint.
  Error error(const Path& path, const Error& inner) const;

  // The members of a map: `visit` by key; keys that are not `known` are refused. Null counts as an empty map.
  using Visit = std::function<Result<>(const std::string& key, const Json& value)>;
  Result<> members(const Json& map, const Path& path, std::span<const std::string_view> known,
                   const Visit& visit) const;
  // The same for a map whose keys are free.
  Result<> entries(const Json& map, const Path& path, const Visit& visit) const;

  Result<std::string> text(const Json& value, const Path& path) const;
  // Also numbers and booleans, as their text.
  Result<std::string> scalar(const Json& value, const Path& path) const;
  // A list of texts; a single text counts as a list of one.
  Result<std::vector<std::string>> texts(const Json& value, const Path& path) const;

 private:
  Reader(std::string_view text, std::string file);
  Result<> check_repeated(const Path& path) const;

  std::string file_;
  std::string text_;
  std::shared_ptr<const Json> root_;
};

// `path` with one more step.
Reader::Path below(const Reader::Path& path, std::string key);

}  // namespace salvor::config
