// --memory-limit of the commands that move data.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/command.h"

namespace salvor::cli {

inline constexpr Flag kMemoryLimitFlag = {.name = "memory-limit",
                                          .value_name = "SIZE",
                                          .help = "How much memory may be taken; the more, the more is done at once.",
                                          .initial = "128MiB"};

// Bytes. `invalid` for what is no amount.
Result<std::uint64_t> memory_limit(const Arguments& arguments);

}  // namespace salvor::cli
