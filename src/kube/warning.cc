#include "kube/warning.h"

#include <algorithm>
#include <optional>

namespace salvor::kube {

namespace {

constexpr std::size_t kMost = 1000;

bool take(std::string_view& rest, char wanted) {
  if (!rest.starts_with(wanted)) return false;
  rest.remove_prefix(1);
  return true;
}

// "..." with backslashes before what would end it.
std::optional<std::string> take_quoted(std::string_view& rest) {
  if (!take(rest, '"')) return std::nullopt;
  std::string text;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return text;
    }
    if (rest[at] == '\\' && ++at == rest.size()) break;
    text += rest[at];
  }
  return std::nullopt;
}

// code SP agent SP "text" [SP "date"]
std::optional<std::string> take_warning(std::string_view& rest) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (rest.size() < 4 || !std::all_of(rest.begin(), rest.begin() + 3, is_digit) || rest[3] != ' ') return std::nullopt;
  rest.remove_prefix(4);
  const std::size_t agent = rest.find(' ');
  if (agent == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(agent + 1);
  auto text = take_quoted(rest);
  if (text && rest.starts_with(" \"")) {
    rest.remove_prefix(1);
    if (!take_quoted(rest)) return std::nullopt;
  }
  return text;
}

}  // namespace

void append_warnings(Warnings& warnings, std::string_view header) {
  while (warnings.size() < kMost) {
    header.remove_prefix(std::min(header.find_first_not_of(" ,"), header.size()));
    auto text = take_warning(header);
    if (!text) return;
    warnings.push_back(std::move(*text));
  }
}

bool is_loss(std::string_view warning) { return warning.starts_with("unknown field "); }

}  // namespace salvor::kube
