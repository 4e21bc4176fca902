// Core dumps hold every secret the process knows, so the program turns them off first of all.
#pragma once

#include "base/result.h"

namespace salvor::os {

// Sets the core size limit to zero and makes the process undumpable, which also keeps others of the same user from
// attaching to it.
Result<> disable_core_dumps();

}  // namespace salvor::os
