#include "archive/spool.h"

#include <fcntl.h>
#include <stdlib.h>

namespace salvor::archive {

Result<SpoolFile> SpoolFile::create(const std::string& directory) {
  os::Fd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) {  // NFS and overlay file systems cannot make files without a name
    std::string name = directory + "/salvor-spool-XXXXXX";
    fd = os::Fd(::mkostemp(name.data(), O_CLOEXEC));
    if (fd) ::unlink(name.c_str());
  }
  if (!fd) {
    return errno_error("create a spool file in " + directory, errno)
        .hint("Choose another directory for temporary files with TMPDIR.");
  }
  return SpoolFile(std::move(fd), directory);
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : fd_(std::move(other.fd_)), directory_(std::move(other.directory_)), size_(other.size_.load()) {}

Result<std::uint64_t> SpoolFile::append(ByteView bytes) {
  const std::uint64_t place = size_.fetch_add(bytes.size());
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = os::repeat_interrupted([&] {
      return ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(place + done));
    });
    if (got < 0) {
      return errno_error("write a spool file in " + directory_, errno)
          .hint("Choose another directory for temporary files with TMPDIR.");
    }
    done += static_cast<std::size_t>(got);
  }
  return place;
}

Result<> SpoolFile::read_at(MutableByteView into, std::uint64_t offset) const {
  for (std::size_t done = 0; done < into.size();) {
    const ssize_t got = os::repeat_interrupted(
        [&] { return ::pread(fd_.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done)); });
    if (got < 0) return errno_error("read a spool file in " + directory_, errno);
    if (got == 0) return Error(Code::internal, "a spool file in " + directory_ + " is shorter than what was written");
    done += static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace salvor::archive
