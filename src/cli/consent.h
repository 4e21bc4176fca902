// Asking before something is done that cannot be undone: a word typed at the prompt, or --confirm.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/invocation.h"

namespace salvor::cli {

// `question` ends without "(y/N)". `invalid` when there is nobody to ask and no --confirm.
Result<bool> consented(const Invocation& invocation, const std::string& question);

}  // namespace salvor::cli
