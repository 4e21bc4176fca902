// What a backup or restore ran into, for a person.
#pragma once

#include <cstddef>
#include <string_view>

#include "cli/console.h"

namespace salvor::cli {

// Prints the errors, then the warnings, of a results document to standard error; the first `most` of each, and how many
// more there are.
void print_results(Console& console, std::string_view results, std::size_t most = 20);

// The same as an indented block for `describe`, with every message.
std::string results_block(std::string_view results);

}  // namespace salvor::cli
