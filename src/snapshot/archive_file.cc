#include "snapshot/archive_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <utility>

#include "os/file.h"
#include "os/file_error.h"

namespace salvor::snapshot {

namespace {

Error is_there(const std::string& path) {
  return Error(Code::already_exists, path + " is there already").hint("Choose another name, or --existing overwrite.");
}

}  // namespace

Result<ArchiveFile> ArchiveFile::create(const std::string& path, bool may_replace, Rng& rng) {
  struct stat there;
  const bool exists = ::lstat(path.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) return Error(Code::already_exists, path + " is a directory");
  if (exists && !may_replace) return is_there(path);
  const std::size_t name = path.rfind('/') + 1;
  const std::string scratch = path.substr(0, name) + ".salvor-restore-" + rng.hex(8);
  os::Fd fd = TRY(os::open_file(scratch, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW).context("write " + path));
  ArchiveFile file(std::move(fd), path);
  file.path_ = path;
  file.scratch_ = scratch;
  file.may_replace_ = may_replace;
  return file;
}

ArchiveFile ArchiveFile::stream(os::Fd fd, std::string name) { return {std::move(fd), std::move(name)}; }

ArchiveFile::ArchiveFile(ArchiveFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      name_(std::move(other.name_)),
      path_(std::move(other.path_)),
      scratch_(std::exchange(other.scratch_, {})),
      may_replace_(other.may_replace_),
      position_(other.position_) {}

ArchiveFile::~ArchiveFile() {
  if (!scratch_.empty()) ::unlink(scratch_.c_str());
}

Result<> ArchiveFile::write(ByteView bytes) {
  TRY(os::write_all(fd_, bytes, name_));
  position_ += bytes.size();
  return {};
}

Result<> ArchiveFile::take_back(std::uint64_t position) {
  const auto to = static_cast<off_t>(position);
  if (os::repeat_interrupted([&] { return ::ftruncate(fd_.get(), to); }) != 0 || ::lseek(fd_.get(), to, SEEK_SET) < 0) {
    return os::file_error("write " + name_, errno);
  }
  position_ = position;
  return {};
}

Result<> ArchiveFile::commit() {
  if (path_.empty()) return {};
  if (::fsync(fd_.get()) != 0) return os::file_error("write " + name_, errno);
  int renamed = ::renameat2(AT_FDCWD, scratch_.c_str(), AT_FDCWD, path_.c_str(), may_replace_ ? 0 : RENAME_NOREPLACE);
  if (renamed != 0 && (errno == EINVAL || errno == ENOSYS)) {  // a file system that cannot
    renamed = ::rename(scratch_.c_str(), path_.c_str());
  }
  if (renamed != 0) return errno == EEXIST ? is_there(path_) : os::file_error("write " + name_, errno);
  scratch_.clear();
  return {};
}

}  // namespace salvor::snapshot
