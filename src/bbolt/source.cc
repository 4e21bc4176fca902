#include "bbolt/source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/file.h"
#include "os/file_error.h"

namespace salvor::bbolt {

namespace {

Error ended_early(const std::string& name) { return Error(Code::corrupt, name + " became shorter while it was read"); }

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  os::Fd fd = TRY(os::open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat found;
  if (::fstat(fd.get(), &found) != 0) return os::file_error("read " + path, errno);
  if (!S_ISREG(found.st_mode)) return Error(Code::invalid, path + " is not a regular file");
  return std::unique_ptr<FileSource>(new FileSource(std::move(fd), path, static_cast<std::uint64_t>(found.st_size)));
}

Result<> FileSource::read_at(MutableByteView into, std::uint64_t offset) {
  while (!into.empty()) {
    const ssize_t got = os::repeat_interrupted(
        [&] { return ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset)); });
    if (got < 0) return os::file_error("read " + path_, errno);
    if (got == 0) return ended_early(path_);
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<> OpenFileSource::read_at(MutableByteView into, std::uint64_t offset) {
  while (!into.empty()) {
    const auto got = file_.read_at(into, offset);
    if (!got) return os::file_error("read the database again", got.error);
    if (got.value == 0) return ended_early("the database");
    offset += got.value;
    into = into.subspan(got.value);
  }
  return {};
}

Result<> MemorySource::read_at(MutableByteView into, std::uint64_t offset) {
  if (offset > bytes_.size() || into.size() > bytes_.size() - offset) return ended_early("the database");
  if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
  return {};
}

}  // namespace salvor::bbolt
