#include "os/spool_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "os/file_error.h"
#include "os/temporary_directory.h"

namespace salvor::os {

Result<SpoolFile> SpoolFile::create(const std::string& directory) {
  const std::string below = directory.empty() ? default_temporary_directory() : directory;
  Fd fd(repeat_interrupted([&] { return ::open(below.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }));
  // Not every file system knows files without names: NFS and overlays answer EOPNOTSUPP, old kernels EISDIR.
  if (!fd && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    std::string name = below + "/.salvor-spool-XXXXXX";
    fd = Fd(::mkostemp(name.data(), O_CLOEXEC));
    if (fd && ::unlink(name.c_str()) != 0) return file_error("unlink " + name, errno);
  }
  if (!fd) return file_error("create a spool file in " + below, errno);
  return SpoolFile(std::move(fd), below);
}

Result<std::uint64_t> SpoolFile::append(ByteView bytes) {
  const std::uint64_t begin = size_;
  TRY(write_at(bytes, begin));
  return begin;
}

Result<> SpoolFile::write_at(ByteView bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t put =
        repeat_interrupted([&] { return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (put < 0) return file_error("write the spool file in " + directory_, errno);
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    size_ = std::max(size_, offset);
  }
  return {};
}

Result<> SpoolFile::read_at(MutableByteView into, std::uint64_t offset) const {
  while (!into.empty()) {
    const ssize_t got =
        repeat_interrupted([&] { return ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset)); });
    if (got < 0) return file_error("read the spool file in " + directory_, errno);
    if (got == 0) return Error(Code::corrupt, "the spool file in " + directory_ + " ends too early");
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace salvor::os
