#include "cli/memory_limit.h"

#include "cli/text.h"
#include "config/config.h"

namespace salvor::cli {

Result<std::uint64_t> memory_limit(const Arguments& arguments) {
  const std::string& text = arguments.text("memory-limit");
  Result<std::uint64_t> limit = config::parse_rate(text);  // the same units
  if (limit.ok()) return limit;
  return Error(Code::invalid, "--memory-limit \"" + escape_controls(text) + "\" is no amount of memory")
      .hint("Write a number with a unit, such as 256MiB.");
}

}  // namespace salvor::cli
