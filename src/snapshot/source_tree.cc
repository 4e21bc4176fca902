#include "snapshot/source_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "os/file_error.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kLongestStep = 3'000;  // of a path that is opened at once; PATH_MAX is 4096
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Error failed(std::string_view doing, const std::string& path) {
  return os::file_error(std::string(doing) + " " + path, errno);
}

Time time_of(const timespec& time) {
  return Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::string kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode)) return "a character device";
  return S_ISBLK(mode) ? "a block device" : "of an unknown kind";
}

Found found_of(std::string name, const struct stat& about) {
  Found found;
  DirEntry& entry = found.entry;
  entry.name = std::move(name);
  entry.mode = about.st_mode & 07777;
  entry.modified = time_of(about.st_mtim);
  entry.uid = about.st_uid;
  entry.gid = about.st_gid;
  if (S_ISREG(about.st_mode)) {
    entry.type = EntryType::file;
  } else if (S_ISDIR(about.st_mode)) {
    entry.type = EntryType::directory;
  } else if (S_ISLNK(about.st_mode)) {
    entry.type = EntryType::symlink;
  } else {
    found.kind = kind_of(about.st_mode);
  }
  if (!S_ISDIR(about.st_mode)) entry.size = static_cast<std::uint64_t>(about.st_size);
  return found;
}

// Directory and the last name of a path.
std::pair<std::string_view, std::string> split(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return {{}, std::string(path)};
  return {path.substr(0, slash), std::string(path.substr(slash + 1))};
}

}  // namespace

Result<SourceTree> SourceTree::open(const std::string& path) {
  os::Fd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root && errno == ENOTDIR) return Error(Code::unsupported, path + " is not a directory");
  if (!root) return failed("open", path);
  return SourceTree(std::move(root), path);
}

std::string SourceTree::shown(std::string_view path) const {
  return path.empty() ? path_ : path_ + "/" + std::string(path);
}

// In steps that the kernel takes; in each no name but the last may be a link when it is opened, so each step ends at a
// directory that was one when it was listed.
Result<SourceDirectory> SourceTree::open_directory(const std::string& directory) const {
  os::Fd at;
  for (std::string_view rest = directory;;) {
    std::size_t end = rest.size();
    if (end > kLongestStep) end = rest.rfind('/', kLongestStep);
    const std::string step(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
    at = os::Fd(::openat(at ? at.get() : root_.get(), step.empty() ? "." : step.c_str(), kDirectoryFlags));
    if (!at) return failed("open", shown(directory));
    if (rest.empty()) return SourceDirectory(std::move(at), shown(directory));
  }
}

Result<DirEntry> SourceTree::root() const {
  struct stat about;
  if (::fstat(root_.get(), &about) != 0) return failed("look at", path_);
  std::string_view path = path_;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return found_of(split(path).second, about).entry;
}

Result<> SourceDirectory::list(const std::function<Result<>(Found)>& visit) const {
  // A stream closes what it reads from, and the directory is needed for its files.
  os::Fd own(::openat(fd_.get(), ".", kDirectoryFlags));
  DIR* const raw = own ? ::fdopendir(own.get()) : nullptr;
  if (!raw) return failed("list", path_);
  static_cast<void>(own.release());
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(raw, ::closedir);
  for (;;) {
    errno = 0;
    const dirent* const item = ::readdir(stream.get());
    if (!item && errno != 0) return failed("list", path_);
    if (!item) return {};
    const std::string_view name = item->d_name;
    if (name == "." || name == "..") continue;
    struct stat about;
    if (::fstatat(fd_.get(), item->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // removed since it was listed
      return failed("look at", shown(name));
    }
    TRY(visit(found_of(std::string(name), about)));
  }
}

Result<SourceFile> SourceDirectory::open_file(const std::string& name) const {
  // O_NONBLOCK: what was a file may be a FIFO by now, and must not hold us.
  os::Fd fd(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return failed("open", shown(name));
  struct stat about;
  if (::fstat(fd.get(), &about) != 0) return failed("look at", shown(name));
  if (!S_ISREG(about.st_mode)) return Error(Code::not_found, shown(name) + " is no file any more");
  return SourceFile(std::move(fd), shown(name), found_of({}, about).entry);
}

// A file system gives less than is asked for at the end of a file, and some give less at other times: only nothing is
// the end, but where the size it had tells that, nobody asks again.
Result<std::size_t> SourceFile::read(MutableByteView to) {
  std::size_t filled = 0;
  while (filled < to.size()) {
    const ssize_t got =
        os::repeat_interrupted([&] { return ::read(fd_.get(), to.data() + filled, to.size() - filled); });
    if (got < 0) return failed("read", path_);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    read_ += static_cast<std::size_t>(got);
    if (read_ == size_ && filled < to.size()) break;
  }
  return filled;
}

void SourceFile::describe(DirEntry& entry) const {
  entry.size = read_;
  entry.modified = modified_;
  entry.mode = mode_;
}

Result<std::string> SourceDirectory::read_link(const std::string& name) const {
  std::string target(4096, '\0');
  const ssize_t size = ::readlinkat(fd_.get(), name.c_str(), target.data(), target.size());
  if (size < 0) return failed("read the link", shown(name));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

}  // namespace salvor::snapshot
