// Text on a terminal: how wide it is, where lines break, and what must never reach the screen.
//
// Names in a backup come from whoever could write to the cluster. A name may hold escape sequences that clear the
// screen, retitle the window or forge a line, and bidirectional marks that turn words around; escape_controls makes
// them visible instead. Everything printed for people passes through it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"

namespace salvor::cli {

// Control characters, DEL, C1, line and paragraph separators, bidirectional marks and bytes that are not UTF-8 become
// \n, \x1b, \u202e and the like. What is left prints as it is.
std::string escape_controls(std::string_view text);

// Columns that UTF-8 text takes: 2 for wide East Asian characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text);

// The longest start of `text` that fits into `width` columns, with "…" at its end when something was cut.
std::string fit(std::string_view text, std::size_t width);

// `text` broken at spaces into lines of at most `width` columns; a longer word has a line of its own.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

std::string joined(const std::vector<std::string>& parts, std::string_view between);

}  // namespace salvor::cli
