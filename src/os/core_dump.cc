#include "os/core_dump.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

namespace salvor::os {

Result<> disable_core_dumps() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return errno_error("set the core size limit", errno);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("make the process undumpable", errno);
  return {};
}

}  // namespace salvor::os
