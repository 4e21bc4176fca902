// FileLock: one process at a time does something, by an advisory lock on a file made for it (flock(2)).
//
// The kernel gives the lock back when its holder ends, however it ends. The file stays: removing it would let two
// processes hold locks on two files of one name.
#pragma once

#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "os/fd.h"

namespace salvor::os {

class FileLock {
 public:
  // Waits up to `patience` for another holder; then `unavailable`. Makes the file, mode 0600; its directory must exist.
  // Also `denied`, `cancelled`.
  static Result<FileLock> take(const std::string& path, Clock& clock, Duration patience, std::stop_token stop);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace salvor::os
