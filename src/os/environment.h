// Environment: the process's variables, as a function that can be replaced.
//
// Code that reads variables takes an Environment; only cli/wire.cc passes the real one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace salvor::os {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

Environment process_environment();
Environment environment_of(std::map<std::string, std::string> variables);

}  // namespace salvor::os
