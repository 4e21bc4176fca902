#include "snapshot/source_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "os/file_error.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kLongestStep = 3'000;  // of a path that is opened at once; PATH_MAX is 4096
constexpr std::uint64_t kNoEnd = INT64_MAX;
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

std::string joined(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

bool has_holes(const struct stat& about) { return S_ISREG(about.st_mode) && about.st_size / 512 > about.st_blocks; }

// Where a path leads, when it is a link; stock names the root of a snapshot so.
std::string without_link(const std::string& path) {
  struct stat about;
  if (::lstat(path.c_str(), &about) != 0 || !S_ISLNK(about.st_mode)) return path;
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : path;
}

}  // namespace

Result<SourceTree> SourceTree::open(const std::string& path) {
  struct stat about;
  if (::stat(path.c_str(), &about) != 0) return failed("open", path);
  // What else there is may wait or act when it is opened.
  if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode)) {
    return Error(Code::unsupported, path + " is " + kind_of(about.st_mode) + ", which is not saved");
  }
  os::Fd root(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!root || ::fstat(root.get(), &about) != 0) return failed("open", path);
  return SourceTree(std::move(root), path, !S_ISDIR(about.st_mode));
}

std::string SourceTree::shown(std::string_view path) const {
  return path.empty() ? path_ : path_ + "/" + std::string(path);
}

// In steps that the kernel takes; in each no name but the last may be a link when it is opened, so each step ends at a
// directory that was one when it was listed.
Result<os::Fd> SourceTree::open_below(std::string_view path) const {
  os::Fd at;
  for (std::string_view rest = path;;) {
    std::size_t end = rest.size();
    if (end > kLongestStep) end = rest.rfind('/', kLongestStep);
    const std::string step(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
    os::Fd next(::openat(at ? at.get() : root_.get(), step.empty() ? "." : step.c_str(), kDirectoryFlags));
    if (!next) return failed("open", shown(path));
    at = std::move(next);
    if (rest.empty()) return at;
  }
}

Result<SourceDirectory> SourceTree::open_directory(const std::string& directory) const {
  return SourceDirectory(TRY(open_below(directory)), shown(directory));
}

Result<SourceFile> SourceTree::open_root() const {
  os::Fd fd(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  struct stat about;
  if (!fd || ::fstat(fd.get(), &about) != 0) return failed("open", path_);
  const bool is_device = S_ISBLK(about.st_mode);
  return SourceFile(std::move(fd), path_, TRY(root()), is_device, has_holes(about));
}

Result<DirEntry> SourceTree::root() const {
  struct stat about;
  if (::fstat(root_.get(), &about) != 0) return failed("look at", path_);
  const std::string real = without_link(path_);
  std::string_view path = real;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  DirEntry entry = found_of(path == "/" ? "/" : split(path).second, about).entry;
  if (S_ISBLK(about.st_mode)) {
    entry.type = EntryType::file;
    entry.size = static_cast<std::uint64_t>(std::max<off_t>(0, ::lseek(root_.get(), 0, SEEK_END)));
  }
  return entry;
}

Result<> SourceDirectory::list(const std::function<Result<>(Found)>& visit) const {
  // A stream closes what it reads from, and the directory is needed for its files.
  os::Fd own(::openat(fd_.get(), ".", kDirectoryFlags));
  DIR* const raw = own ? ::fdopendir(own.get()) : nullptr;
  if (!raw) return failed("list", path_);
  static_cast<void>(own.release());
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(raw, ::closedir);
  struct stat self;
  if (::fstat(fd_.get(), &self) != 0) return failed("look at", path_);
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
    Found found = found_of(std::string(name), about);
    found.other_filesystem = about.st_dev != self.st_dev;
    TRY(visit(std::move(found)));
  }
}

Result<SourceFile> SourceDirectory::open_file(const std::string& name) const {
  // O_NONBLOCK: what was a file may be a FIFO by now, and must not hold us.
  os::Fd fd(::openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return failed("open", shown(name));
  struct stat about;
  if (::fstat(fd.get(), &about) != 0) return failed("look at", shown(name));
  if (!S_ISREG(about.st_mode)) return Error(Code::not_found, shown(name) + " is no file any more");
  return SourceFile(std::move(fd), shown(name), found_of({}, about).entry, false, has_holes(about));
}

SourceFile::SourceFile(os::Fd fd, std::string path, const DirEntry& about, bool is_device, bool has_holes)
    : fd_(std::move(fd)),
      path_(std::move(path)),
      size_(about.size),
      mode_(about.mode),
      modified_(about.modified),
      is_device_(is_device),
      data_end_(has_holes ? 0 : kNoEnd) {}

// Where the data begin that come next, and where they end. Behind the last of them is a hole up to the end of the file.
Result<> SourceFile::find_data() {
  const auto at = static_cast<off_t>(at_);
  const off_t data = ::lseek(fd_.get(), at, SEEK_DATA);
  if (data < 0 && errno == ENXIO) {
    struct stat about;
    if (::fstat(fd_.get(), &about) != 0) return failed("look at", path_);
    data_begin_ = data_end_ = std::max(at_, static_cast<std::uint64_t>(about.st_size));
    return {};
  }
  const off_t hole = data < 0 ? -1 : ::lseek(fd_.get(), data, SEEK_HOLE);
  const bool is_told = hole > data;  // else the file system cannot, or the file is cut right now
  data_begin_ = is_told ? static_cast<std::uint64_t>(data) : at_;
  data_end_ = is_told ? static_cast<std::uint64_t>(hole) : kNoEnd;
  return {};
}

// A file system gives less than is asked for at the end of a file, and some give less at other times: only nothing is
// the end, but where the size it had tells that, nobody asks again.
Result<std::size_t> SourceFile::read(MutableByteView to) {
  std::size_t filled = 0;
  while (filled < to.size()) {
    if (at_ >= data_end_) TRY(find_data());
    const MutableByteView room = to.subspan(filled);
    std::size_t got = 0;
    if (at_ < data_begin_) {
      got = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), data_begin_ - at_));
      std::memset(room.data(), 0, got);
    } else {
      const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), data_end_ - at_));
      const ssize_t count =
          os::repeat_interrupted([&] { return ::pread(fd_.get(), room.data(), most, static_cast<off_t>(at_)); });
      if (count < 0) return failed("read", path_);
      got = static_cast<std::size_t>(count);
    }
    if (got == 0) break;
    filled += got;
    at_ += got;
    if (at_ == size_ && filled < to.size()) break;
  }
  return filled;
}

void SourceFile::describe(DirEntry& entry) const {
  entry.size = at_;
  entry.modified = modified_;
  entry.mode = mode_;
}

Result<bool> SourceFile::has_changed() const {
  struct stat about;
  if (::fstat(fd_.get(), &about) != 0) return failed("look at", path_);
  return !is_device_ && (static_cast<std::uint64_t>(about.st_size) != size_ || time_of(about.st_mtim) != modified_);
}

Result<std::optional<std::string> > SourceTree::read_beside(const std::string& directory, const std::string& name,
                                                            std::size_t most, Links links) const {
  const std::string path = joined(directory, name);
  struct stat about;
  // In most directories there is no such file, and one question of the kernel tells it.
  if (path.size() < kLongestStep && ::fstatat(root_.get(), path.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::optional<std::string>();
  }
  const Result<os::Fd> in = open_below(directory);
  if (!in.ok() || ::fstatat(in->get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::optional<std::string>();
  }
  if (S_ISLNK(about.st_mode) && links == Links::follow) {
    const bool leads = ::fstatat(in->get(), name.c_str(), &about, 0) == 0;
    if (!leads || !S_ISREG(about.st_mode)) {
      return Error(Code::invalid, shown(path) + " is a link that leads to no file");
    }
  }
  if (!S_ISREG(about.st_mode)) return std::optional<std::string>();
  const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (links == Links::refuse ? O_NOFOLLOW : 0);
  const os::Fd fd(::openat(in->get(), name.c_str(), flags));
  if (!fd && errno == ENOENT) return std::optional<std::string>();
  if (!fd) return failed("open", shown(path));
  std::string text(std::min(most, static_cast<std::size_t>(about.st_size)), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = os::repeat_interrupted(
        [&] { return ::pread(fd.get(), text.data() + have, text.size() - have, static_cast<off_t>(have)); });
    if (got < 0) return failed("read", shown(path));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return std::optional<std::string>(std::move(text));
}

Result<std::string> SourceDirectory::read_link(const std::string& name) const {
  std::string target(4096, '\0');
  const ssize_t size = ::readlinkat(fd_.get(), name.c_str(), target.data(), target.size());
  if (size < 0) return failed("read the link", shown(name));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

}  // namespace salvor::snapshot
