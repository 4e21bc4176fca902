#include "os/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include "os/file.h"
#include "os/file_error.h"

namespace salvor::os {

namespace {
constexpr Duration kPause = std::chrono::milliseconds(50);
}

Result<FileLock> FileLock::take(const std::string& path, Clock& clock, Duration patience, std::stop_token stop) {
  Fd fd = TRY(open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
  const Duration end = clock.monotonic() + patience;
  for (;;) {
    if (repeat_interrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) == 0) return FileLock(std::move(fd));
    if (errno != EWOULDBLOCK) return file_error("lock " + path, errno);
    if (clock.monotonic() >= end) return Error(Code::unavailable, path + " is locked by another process");
    if (!clock.wait(kPause, stop)) return Error(Code::cancelled, "stopped while waiting for " + path);
  }
}

}  // namespace salvor::os
