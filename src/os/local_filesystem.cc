#include "os/local_filesystem.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "os/file_error.h"

namespace salvor::os {

namespace {

FileKind kind_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::regular;
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISLNK(mode)) return FileKind::symlink;
  return FileKind::other;
}

FileStatus status_of(const struct stat& from) {
  FileStatus status;
  status.kind = kind_of_mode(from.st_mode);
  status.size = static_cast<std::uint64_t>(from.st_size);
  status.modified = Time(std::chrono::seconds(from.st_mtim.tv_sec) + std::chrono::nanoseconds(from.st_mtim.tv_nsec));
  status.links = from.st_nlink;
  status.device = from.st_dev;
  status.inode = from.st_ino;
  return status;
}

// A file system without birth times (NFS) and a kernel without statx have none.
std::optional<Time> birth_of(int parent, const char* name) {
  struct statx found;
  if (::statx(parent, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &found) != 0) return std::nullopt;
  if (!(found.stx_mask & STATX_BTIME)) return std::nullopt;
  return Time(std::chrono::seconds(found.stx_btime.tv_sec) + std::chrono::nanoseconds(found.stx_btime.tv_nsec));
}

SysStatus outcome(int result) { return {result < 0 ? errno : 0}; }

class LocalFile final : public File {
 public:
  explicit LocalFile(Fd fd) : fd_(std::move(fd)) {}

  SysResult<std::size_t> read_at(MutableByteView into, std::uint64_t offset) override {
    const ssize_t got = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0) return SysResult<std::size_t>::failed(errno);
    return {static_cast<std::size_t>(got)};
  }
  SysResult<std::size_t> write_at(ByteView bytes, std::uint64_t offset) override {
    const ssize_t put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0) return SysResult<std::size_t>::failed(errno);
    send_to_disk(offset, static_cast<std::uint64_t>(put));
    return {static_cast<std::size_t>(put)};
  }
  SysStatus sync() override { return outcome(::fsync(fd_.get())); }
  SysResult<FileStatus> status() override {
    struct stat found;
    if (::fstat(fd_.get(), &found) != 0) return SysResult<FileStatus>::failed(errno);
    return {status_of(found)};
  }

 private:
  // Lets the disk begin with what is written one after the other, while the next bytes are made, so that sync() has
  // little left to wait for. Only a hint; a file system may not know it.
  void send_to_disk(std::uint64_t offset, std::uint64_t size) {
    if (offset != end_) begin_ = offset;
    end_ = offset + size;
    if (end_ - begin_ < kSendBytes) return;
    (void)::sync_file_range(fd_.get(), static_cast<off_t>(begin_), static_cast<off_t>(end_ - begin_),
                            SYNC_FILE_RANGE_WRITE);
    begin_ = end_;
  }

  static constexpr std::uint64_t kSendBytes = 8 << 20;
  Fd fd_;
  std::uint64_t begin_ = 0, end_ = 0;  // written in order and not yet sent
};

int open_beneath(int root, const char* path, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.mode = (flags & O_CREAT) ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) return static_cast<int>(fd);  // EAGAIN: something above was renamed meanwhile
  }
}

constexpr int kParentFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;

}  // namespace

LocalFileSystem::LocalFileSystem(std::string root, Fd fd)
    : root_path_(std::move(root)), root_(std::make_shared<const Fd>(std::move(fd))) {
  const Fd probe(open_beneath(root_->get(), ".", kParentFlags, 0));
  if (!probe && (errno == ENOSYS || errno == EPERM)) resolve_ = Resolve::by_parts;
}

Result<std::unique_ptr<LocalFileSystem>> LocalFileSystem::open_root(const std::string& root) {
  Fd fd(repeat_interrupted([&] { return ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd && errno == ENOTDIR) {
    return Error(Code::invalid, root + " is not a directory").hint("Name a directory; salvor keeps many files in it.");
  }
  if (!fd) return file_error("open directory " + root, errno);
  return std::unique_ptr<LocalFileSystem>(new LocalFileSystem(root, std::move(fd)));
}

std::shared_ptr<const Fd> LocalFileSystem::root() const {
  std::lock_guard hold(mutex_);
  return root_;
}

SysResult<Fd> LocalFileSystem::open_below(const Path& path, int flags, unsigned mode) const {
  if (!stays_inside(path)) return SysResult<Fd>::failed(EINVAL);
  if (resolve_ == Resolve::by_parts) return open_by_parts(path, flags, mode);
  Fd fd(open_beneath(root()->get(), path.empty() ? "." : path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return SysResult<Fd>::failed(errno);
  return {std::move(fd)};
}

SysResult<Fd> LocalFileSystem::open_by_parts(const Path& path, int flags, unsigned mode) const {
  const auto keep_root = root();
  Fd at(::openat(keep_root->get(), ".", kParentFlags));
  if (!at) return SysResult<Fd>::failed(errno);
  std::string rest = path.empty() ? "." : path;
  for (std::size_t slash; (slash = rest.find('/')) != std::string::npos; rest.erase(0, slash + 1)) {
    Fd next(::openat(at.get(), rest.substr(0, slash).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return SysResult<Fd>::failed(errno);
    struct stat found;
    if (::fstat(next.get(), &found) != 0) return SysResult<Fd>::failed(errno);
    if (S_ISLNK(found.st_mode)) return SysResult<Fd>::failed(ELOOP);
    at = std::move(next);  // a file here makes the next openat fail with ENOTDIR
  }
  Fd fd(::openat(at.get(), rest.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd) {
    // With O_DIRECTORY Linux reports a symbolic link as "not a directory"; openat2 says ELOOP, and so do we.
    const int error = errno;
    struct stat found;
    const bool is_link = error == ENOTDIR && ::fstatat(at.get(), rest.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                         S_ISLNK(found.st_mode);
    return SysResult<Fd>::failed(is_link ? ELOOP : error);
  }
  return {std::move(fd)};
}

SysResult<std::unique_ptr<File>> LocalFileSystem::open(const Path& path) {
  using Opened = SysResult<std::unique_ptr<File>>;
  // O_NONBLOCK: a FIFO that somebody put here must not hang us; it changes nothing for regular files.
  auto fd = open_below(path, O_RDONLY | O_NONBLOCK, 0);
  if (!fd) return Opened::failed(fd.error);
  auto file = std::make_unique<LocalFile>(std::move(fd.value));
  const auto found = file->status();
  if (!found) return Opened::failed(found.error);
  if (found.value.kind == FileKind::directory) return Opened::failed(EISDIR);
  if (found.value.kind != FileKind::regular) return Opened::failed(EINVAL);
  return {std::move(file)};
}

SysResult<std::unique_ptr<File>> LocalFileSystem::create(const Path& path, unsigned mode) {
  auto fd = open_below(path, O_RDWR | O_CREAT | O_EXCL, mode);
  if (!fd) return SysResult<std::unique_ptr<File>>::failed(fd.error);
  return {std::make_unique<LocalFile>(std::move(fd.value))};
}

SysResult<FileStatus> LocalFileSystem::status(const Path& path) {
  const auto [directory, name] = split_path(path);
  if (!stays_inside(path)) return SysResult<FileStatus>::failed(EINVAL);
  const auto parent = open_below(directory, kParentFlags, 0);
  if (!parent) return SysResult<FileStatus>::failed(parent.error);
  struct stat found;
  const char* leaf = name.empty() ? "." : name.c_str();
  if (::fstatat(parent.value.get(), leaf, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return SysResult<FileStatus>::failed(errno);
  }
  FileStatus status = status_of(found);
  if (status.kind == FileKind::directory) status.born = birth_of(parent.value.get(), leaf);
  return {status};
}

SysResult<std::vector<DirectoryEntry>> LocalFileSystem::list(const Path& directory) {
  using Listed = SysResult<std::vector<DirectoryEntry>>;
  auto fd = open_below(directory, O_RDONLY | O_DIRECTORY, 0);
  if (!fd) return Listed::failed(fd.error);
  const std::unique_ptr<DIR, int (*)(DIR*)> reader(::fdopendir(fd.value.get()), ::closedir);
  if (!reader) return Listed::failed(errno);
  const int at = fd.value.release();  // closedir closes it
  Listed listed;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(reader.get());
    if (!entry && errno != 0) return Listed::failed(errno);
    if (!entry) return listed;
    DirectoryEntry found{entry->d_name, FileKind::other};
    if (found.name == "." || found.name == "..") continue;
    switch (entry->d_type) {
      case DT_REG: found.kind = FileKind::regular; break;
      case DT_DIR: found.kind = FileKind::directory; break;
      case DT_LNK: found.kind = FileKind::symlink; break;
      case DT_UNKNOWN: {  // some network file systems do not say
        struct stat status;
        if (::fstatat(at, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
          if (errno == ENOENT) continue;
          return Listed::failed(errno);
        }
        found.kind = kind_of_mode(status.st_mode);
        break;
      }
      default: break;
    }
    listed.value.push_back(std::move(found));
  }
}

SysStatus LocalFileSystem::make_directory(const Path& path, unsigned mode) {
  const auto [directory, name] = split_path(path);
  if (name.empty() || !stays_inside(path)) return {EINVAL};
  const auto parent = open_below(directory, kParentFlags, 0);
  if (!parent) return {parent.error};
  return outcome(::mkdirat(parent.value.get(), name.c_str(), mode));
}

SysStatus LocalFileSystem::rename(const Path& from, const Path& to, Overwrite overwrite) {
  const auto [from_directory, from_name] = split_path(from);
  const auto [to_directory, to_name] = split_path(to);
  if (from_name.empty() || to_name.empty() || !stays_inside(from) || !stays_inside(to)) return {EINVAL};
  const auto source = open_below(from_directory, kParentFlags, 0);
  if (!source) return {source.error};
  const auto target = open_below(to_directory, kParentFlags, 0);
  if (!target) return {target.error};
  const unsigned flags = overwrite == Overwrite::no ? RENAME_NOREPLACE : 0;
  return outcome(::renameat2(source.value.get(), from_name.c_str(), target.value.get(), to_name.c_str(), flags));
}

SysStatus LocalFileSystem::link(const Path& from, const Path& to) {
  const auto [from_directory, from_name] = split_path(from);
  const auto [to_directory, to_name] = split_path(to);
  if (from_name.empty() || to_name.empty() || !stays_inside(from) || !stays_inside(to)) return {EINVAL};
  const auto source = open_below(from_directory, kParentFlags, 0);
  if (!source) return {source.error};
  const auto target = open_below(to_directory, kParentFlags, 0);
  if (!target) return {target.error};
  return outcome(::linkat(source.value.get(), from_name.c_str(), target.value.get(), to_name.c_str(), 0));
}

namespace {

template <class Open>
SysStatus remove_with(Open&& open_parent, const std::string& path, int flags) {
  const auto [directory, name] = split_path(path);
  if (name.empty() || !stays_inside(path)) return {EINVAL};
  const auto parent = open_parent(directory);
  if (!parent) return {parent.error};
  return outcome(::unlinkat(parent.value.get(), name.c_str(), flags));
}

}  // namespace

SysStatus LocalFileSystem::remove_file(const Path& path) {
  return remove_with([this](const Path& parent) { return open_below(parent, kParentFlags, 0); }, path, 0);
}

SysStatus LocalFileSystem::remove_directory(const Path& path) {
  return remove_with([this](const Path& parent) { return open_below(parent, kParentFlags, 0); }, path, AT_REMOVEDIR);
}

SysStatus LocalFileSystem::sync_directory(const Path& path) {
  const auto fd = open_below(path, O_RDONLY | O_DIRECTORY, 0);
  if (!fd) return {fd.error};
  const SysStatus synced = outcome(::fsync(fd.value.get()));
  // SMB and some FUSE file systems know no fsync of a directory; there is nothing more to be had from them.
  if (synced.error == EINVAL || synced.error == ENOTSUP) return {};
  return synced;
}

SysResult<std::uint64_t> LocalFileSystem::free_space() {
  struct statvfs space;
  if (::fstatvfs(root()->get(), &space) != 0) return SysResult<std::uint64_t>::failed(errno);
  if (space.f_blocks == 0) return SysResult<std::uint64_t>::failed(ENOTSUP);
  return {static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize};
}

SysStatus LocalFileSystem::reopen() {
  Fd fd(::open(root_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return {errno};
  std::lock_guard hold(mutex_);
  root_ = std::make_shared<const Fd>(std::move(fd));
  return {};
}

}  // namespace salvor::os
