// What the program may assume about where its output goes, and how it asks for a password.
#pragma once

#include <string_view>

#include "base/result.h"
#include "os/environment.h"
#include "os/secret.h"

namespace salvor::os {

bool is_terminal(int fd);

// Columns: of the terminal, else from COLUMNS, else 80.
int terminal_width(int fd, const Environment& environment);

enum class Colour { automatic, never };
// True for a terminal unless --no-color, NO_COLOR (any non-empty value, no-color.org) or TERM=dumb say otherwise.
bool wants_colour(int fd, Colour asked, const Environment& environment);

// Prompts on the terminal `fd` and reads one line from it without showing it; the terminal is as before in any case,
// also after an interrupt. `invalid` when `fd` is no terminal or the input ends.
Result<Secret> read_password(int fd, std::string_view prompt);

}  // namespace salvor::os
