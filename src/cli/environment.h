// Environment: the variables the program was started with, as a value that tests can make.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace salvor::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

// From main's third argument. The first of two equal names counts, as in getenv.
Environment environment_from(const char* const* variables);

// The variable's value; empty when it is not set.
std::string_view variable(const Environment& environment, std::string_view name);

}  // namespace salvor::cli
