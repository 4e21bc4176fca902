// "NAME=value" strings into a map.
#include "cli/environment.h"

namespace salvor::cli {

Environment environment_from(const char* const* variables) {
  Environment environment;
  for (; variables && *variables; ++variables) {
    const std::string_view entry = *variables;
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos) environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

std::string_view variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace salvor::cli
