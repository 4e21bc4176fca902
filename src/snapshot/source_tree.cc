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
constexpr std::size_t kPieceBytes = 1 << 20;
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
Result<os::Fd> SourceTree::open_below(std::string_view path, int flags) const {
  os::Fd at(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  if (!at) return failed("open", path_);
  for (std::string_view rest = path;;) {
    std::size_t end = rest.size();
    if (end > kLongestStep) end = rest.rfind('/', kLongestStep);
    const std::string step(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
    const bool is_last = rest.empty();
    os::Fd next(::openat(at.get(), step.empty() ? "." : step.c_str(), is_last ? flags : kDirectoryFlags));
    if (!next) return failed("open", shown(path));
    at = std::move(next);
    if (is_last) return at;
  }
}

Result<DirEntry> SourceTree::root() const {
  struct stat about;
  if (::fstat(root_.get(), &about) != 0) return failed("look at", path_);
  std::string_view path = path_;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return found_of(split(path).second, about).entry;
}

Result<> SourceTree::list(const std::string& directory, const std::function<Result<>(Found)>& visit) const {
  os::Fd fd = TRY(open_below(directory, kDirectoryFlags));
  DIR* const raw = ::fdopendir(fd.get());
  if (!raw) return failed("list", shown(directory));
  const int number = fd.release();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(raw, ::closedir);
  for (;;) {
    errno = 0;
    const dirent* const item = ::readdir(stream.get());
    if (!item && errno != 0) return failed("list", shown(directory));
    if (!item) return {};
    const std::string_view name = item->d_name;
    if (name == "." || name == "..") continue;
    struct stat about;
    if (::fstatat(number, item->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;  // removed since it was listed
      return failed("look at", shown(directory) + "/" + std::string(name));
    }
    TRY(visit(found_of(std::string(name), about)));
  }
}

Result<> SourceTree::read_file(const std::string& path, DirEntry& entry,
                               const std::function<Result<>(ByteView)>& sink) const {
  // O_NONBLOCK: what was a file may be a FIFO by now, and must not hold us.
  const os::Fd fd = TRY(open_below(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat about;
  if (::fstat(fd.get(), &about) != 0) return failed("look at", shown(path));
  if (!S_ISREG(about.st_mode)) return Error(Code::not_found, shown(path) + " is no file any more");
  std::uint64_t size = 0;
  Bytes piece(std::clamp<std::size_t>(static_cast<std::size_t>(about.st_size) + 1, 4096, kPieceBytes));
  for (;;) {
    const ssize_t got = os::repeat_interrupted([&] { return ::read(fd.get(), piece.data(), piece.size()); });
    if (got < 0) return failed("read", shown(path));
    if (got == 0) break;
    size += static_cast<std::uint64_t>(got);
    TRY(sink(ByteView(piece).first(static_cast<std::size_t>(got))));
  }
  entry.size = size;
  entry.modified = time_of(about.st_mtim);  // of before it was read: what changed meanwhile is read again next time
  entry.mode = about.st_mode & 07777;
  return {};
}

Result<std::string> SourceTree::read_link(const std::string& path) const {
  const auto [directory, name] = split(path);
  const os::Fd in = TRY(open_below(directory, kDirectoryFlags));
  std::string target(4096, '\0');
  const ssize_t size = ::readlinkat(in.get(), name.c_str(), target.data(), target.size());
  if (size < 0) return failed("read the link", shown(path));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

}  // namespace salvor::snapshot
