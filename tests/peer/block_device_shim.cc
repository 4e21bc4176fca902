// Loaded with LD_PRELOAD, this makes a program take one file for a block device, where no real one can be had: stat
// says so of the file that BLOCK_DEVICE names, and that it has no size, as of a device.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

int told(int result, struct stat* about, const char* path) {
  const char* const device = getenv("BLOCK_DEVICE");
  if (result == 0 && device && strcmp(path, device) == 0) {
    about->st_mode = (about->st_mode & ~static_cast<mode_t>(S_IFMT)) | S_IFBLK;
    about->st_size = 0;
    about->st_blocks = 0;
  }
  return result;
}

}  // namespace

extern "C" {

int stat(const char* path, struct stat* about) noexcept {
  return told(static_cast<int>(syscall(SYS_newfstatat, AT_FDCWD, path, about, 0)), about, path);
}
int fstat(int descriptor, struct stat* about) noexcept {
  char link[64], path[PATH_MAX] = {};
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  if (syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1) < 0) path[0] = '\0';
  return told(static_cast<int>(syscall(SYS_newfstatat, descriptor, "", about, AT_EMPTY_PATH)), about, path);
}

}  // extern "C"
