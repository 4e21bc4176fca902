// What went wrong, on standard error: the message on one line, what to do about it on the next.
//
//   salvor: location /mnt/nas: Permission denied
//     run as the owner of the directory, or choose another --location
#pragma once

#include "base/error.h"
#include "cli/console.h"
#include "cli/exit.h"
#include "cli/parser.h"

namespace salvor::cli {

void report_error(Console& console, const Error& error);
void report_warning(Console& console, std::string_view sentence);
// The command itself is wrong, in a way that only its own text shows: the message, and status 2.
Outcome refuse(Console& console, const Error& error);
// Message, nearest name and usage line; never the whole help.
void report_usage_error(Console& console, const UsageError& error);

}  // namespace salvor::cli
