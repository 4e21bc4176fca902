// A command line in one string, cut into words as a POSIX shell quotes them, with nothing expanded.
//
// White space separates; '...' is literal; in "..." a backslash escapes '"' and '\' only; elsewhere it makes the next
// character literal. This is Python's shlex.split, by which the AWS tools read credential_process and [profile "a b"].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salvor::s3 {

// `invalid` when a quotation or an escape does not end; the message does not repeat the text.
Result<std::vector<std::string>> split_words(std::string_view text);

}  // namespace salvor::s3
