// One run of the program, from its words to its exit status.
#pragma once

#include <span>
#include <stop_token>
#include <string_view>

#include "cli/console.h"
#include "cli/environment.h"

namespace salvor::cli {

// `words` without the program's name. Reports errors on the console; the result is the exit status.
int run(std::span<const std::string_view> words, const Environment& environment, Console& console,
        std::stop_token stop);

}  // namespace salvor::cli
