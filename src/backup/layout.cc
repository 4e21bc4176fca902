#include "backup/layout.h"

namespace salvor::backup {

namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_subdomain(std::string_view name) {
  if (name.empty() || name.size() > 253 || !is_alphanumeric(name.front()) || !is_alphanumeric(name.back()))
    return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (is_alphanumeric(name[i])) continue;
    if (name[i] != '-' && name[i] != '.') return false;
    if (name[i] == '.' && (!is_alphanumeric(name[i - 1]) || !is_alphanumeric(name[i + 1]))) return false;
  }
  return true;
}

}  // namespace

Result<> check_name(std::string_view kind, std::string_view name) {
  if (is_subdomain(name)) return {};
  return Error(Code::invalid, "\"" + std::string(name) + "\" is not a possible " + std::string(kind) + " name")
      .hint("Use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit, at most 253.");
}

}  // namespace salvor::backup
