// file_error: an Error from errno for something in a file system, with what the user can do about it.
#pragma once

#include <string_view>

#include "base/error.h"

namespace salvor::os {

// "read /mnt/nas/x: Stale file handle", hint "The NFS server ...". Requires: errno_value != 0.
Error file_error(std::string_view what, int errno_value);

}  // namespace salvor::os
