#include "kube/local_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace salvor::kube {

namespace {

constexpr std::size_t kMaxBytes = 16 << 20;

struct Descriptor {
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  int number;
};

}  // namespace

Result<std::string> LocalFiles::read(const std::string& path) const {
  // O_NONBLOCK: a named pipe must not hold us before we have seen what it is.
  const Descriptor file{open((root_ + path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) return errno_error("cannot read " + path, errno);
  struct stat status;
  if (fstat(file.number, &status) != 0) return errno_error("cannot read " + path, errno);
  if (S_ISDIR(status.st_mode)) return Error(Code::invalid, "cannot read " + path + ": it is a directory");
  std::string text;
  char buffer[16 << 10];
  for (;;) {
    const ssize_t count = ::read(file.number, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read " + path, errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMaxBytes) return Error(Code::invalid, path + " is too large to be what it should be");
  }
}

bool LocalFiles::exists(const std::string& path) const { return access((root_ + path).c_str(), F_OK) == 0; }

}  // namespace salvor::kube
