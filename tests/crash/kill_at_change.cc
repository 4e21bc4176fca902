// Loaded into the real program with LD_PRELOAD, this ends it by SIGKILL at the N-th change of files below a folder: a
// write then leaves half of its bytes, every other change is not made at all. The program knows nothing of it.
//
//   KILL_BELOW   the folder, an absolute path without links
//   KILL_LOG     a file that gets a line for every change, also of runs that nobody kills
//   KILL_AT      the number of the change, from 1; 0 or nothing: never
//
// Files are made by openat2, which has no function of its own in the C library; the state before that call is that
// after the change before it, and the one after it that before the first write. What the program calls goes straight to
// the kernel from here, so that nothing of the C library is called while another thread is in it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> changes{0};

// The folder that a path is relative to, or the file that a descriptor is of.
bool is_below(int descriptor, const char* path) {
  const char* const folder = getenv("KILL_BELOW");
  if (!folder) return false;
  if (path && path[0] == '/') return strncmp(path, folder, strlen(folder)) == 0;
  char link[64], target[PATH_MAX] = {};
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  if (syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1) < 0) return false;
  return strncmp(target, folder, strlen(folder)) == 0;
}

void note(const char* what, const char* path) {
  const char* const log = getenv("KILL_LOG");
  if (!log) return;
  const int file =
      static_cast<int>(syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  char line[PATH_MAX];
  const int size = snprintf(line, sizeof line, "%s %s\n", what, path ? path : "");
  if (file >= 0 && size > 0) syscall(SYS_write, file, line, static_cast<size_t>(size) < sizeof line ? size : 0);
  syscall(SYS_close, file);
}

// Whether the program ends at this change.
bool is_the_end(const char* what, int descriptor, const char* path) {
  if (!is_below(descriptor, path)) return false;
  note(what, path);
  const char* const at = getenv("KILL_AT");
  return ++changes == (at ? atol(at) : 0);
}

[[noreturn]] void die() {
  for (;;) syscall(SYS_kill, getpid(), SIGKILL);
}

ssize_t write_at(int descriptor, const void* bytes, size_t size, off_t offset) {
  if (is_the_end("write", descriptor, nullptr)) {
    syscall(SYS_pwrite64, descriptor, bytes, size / 2, offset);
    die();
  }
  return syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

}  // namespace

extern "C" {

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return write_at(descriptor, bytes, size, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  return write_at(descriptor, bytes, size, offset);
}
ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (is_the_end("write", descriptor, nullptr)) {
    syscall(SYS_write, descriptor, bytes, size / 2);
    die();
  }
  return syscall(SYS_write, descriptor, bytes, size);
}
int fsync(int descriptor) {
  if (is_the_end("fsync", descriptor, nullptr)) die();
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}
int fdatasync(int descriptor) {
  if (is_the_end("fsync", descriptor, nullptr)) die();
  return static_cast<int>(syscall(SYS_fdatasync, descriptor));
}
int ftruncate(int descriptor, off_t size) noexcept {
  if (is_the_end("truncate", descriptor, nullptr)) die();
  return static_cast<int>(syscall(SYS_ftruncate, descriptor, size));
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  if (is_the_end("mkdir", folder, path)) die();
  return static_cast<int>(syscall(SYS_mkdirat, folder, path, mode));
}
int renameat(int from, const char* source, int to, const char* target) noexcept {
  if (is_the_end("rename", to, target)) die();
  return static_cast<int>(syscall(SYS_renameat, from, source, to, target));
}
int renameat2(int from, const char* source, int to, const char* target, unsigned flags) noexcept {
  if (is_the_end("rename", to, target)) die();
  return static_cast<int>(syscall(SYS_renameat2, from, source, to, target, flags));
}
int linkat(int from, const char* source, int to, const char* target, int flags) noexcept {
  if (is_the_end("link", to, target)) die();
  return static_cast<int>(syscall(SYS_linkat, from, source, to, target, flags));
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  if (is_the_end("unlink", folder, path)) die();
  return static_cast<int>(syscall(SYS_unlinkat, folder, path, flags));
}

}  // extern "C"
