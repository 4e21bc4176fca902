#include "snapshot/target.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "os/file_error.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kPage = 4096;  // holes are made of whole ones
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Error failed(std::string_view doing, const std::string& path) {
  return os::file_error(std::string(doing) + " " + path, errno);
}

// Writes a file from its beginning, zeros as holes.
class HoleyFile {
 public:
  HoleyFile(os::Fd fd, std::string path, bool sparse) : fd_(std::move(fd)), path_(std::move(path)), sparse_(sparse) {}

  Result<> write(ByteView bytes) {
    while (!bytes.empty()) {
      // Up to the next page of the file, so that pages of the file are what is looked at.
      const ByteView page = bytes.first(std::min<std::size_t>(bytes.size(), kPage - size_ % kPage));
      const bool is_hole = sparse_ && page.size() == kPage && is_zero(page);
      if (is_hole) {
        TRY(flush());
        size_ += page.size();
        written_ = size_;
      } else {
        append(held_, page);
        size_ += page.size();
        if (held_.size() >= kHeld) TRY(flush());
      }
      bytes = bytes.subspan(page.size());
    }
    return {};
  }
  Result<> finish() {
    TRY(flush());
    if (os::repeat_interrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size_)); }) != 0) {
      return failed("write", path_);
    }
    return {};
  }
  std::uint64_t size() const { return size_; }
  int fd() const { return fd_.get(); }

 private:
  static constexpr std::size_t kHeld = 256 << 10;

  static bool is_zero(ByteView page) {
    return page.front() == std::byte{0} && std::memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
  }
  Result<> flush() {
    for (ByteView left = held_; !left.empty();) {
      const ssize_t put = os::repeat_interrupted(
          [&] { return ::pwrite(fd_.get(), left.data(), left.size(), static_cast<off_t>(written_)); });
      if (put < 0) return failed("write", path_);
      written_ += static_cast<std::uint64_t>(put);
      left = left.subspan(static_cast<std::size_t>(put));
    }
    held_.clear();
    return {};
  }

  os::Fd fd_;
  std::string path_;
  bool sparse_;
  Bytes held_;
  std::uint64_t written_ = 0;  // where held_ belongs
  std::uint64_t size_ = 0;
};

timespec to_timespec(Time time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  return {.tv_sec = static_cast<time_t>(seconds.count()),
          .tv_nsec = static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count())};
}

}  // namespace

Result<> check_entry_name(std::string_view name) {
  const bool is_bad =
      name.empty() || name == "." || name == ".." || name.find('/') != name.npos || name.find('\0') != name.npos;
  if (is_bad) return Error(Code::corrupt, "an entry of the snapshot has a name that is none");
  return {};
}

Result<Target> Target::open(const std::string& path, TargetOptions options, Rng& rng) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("create", path);
  // The target itself may be a link: the user named it.
  os::Fd root(::open(path.c_str(), kDirectoryFlags & ~O_NOFOLLOW));
  if (!root) return failed("open", path);
  return Target(std::move(root), path, options, rng);
}

Result<OpenDirectory> Target::directory(std::string_view path) const {
  OpenDirectory at{os::Fd(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0)), path_};
  if (!at.fd) return failed("open", path_);
  while (!path.empty()) {
    const std::string name(path.substr(0, path.find('/')));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    at.path += "/" + name;
    os::Fd next(::openat(at.fd.get(), name.c_str(), kDirectoryFlags));
    if (!next) return failed("open", at.path);
    at.fd = std::move(next);
  }
  return at;
}

Result<> Target::make_directory(const OpenDirectory& in, const std::string& name) const {
  TRY(check_entry_name(name));
  const std::string shown = in.path + "/" + name;
  if (::mkdirat(in.fd.get(), name.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return failed("create", shown);
  struct stat there;
  if (::fstatat(in.fd.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return failed("create", shown);
  if (S_ISDIR(there.st_mode)) return {};
  return Error(Code::already_exists, shown + " is there and is no directory")
      .hint("Restore into an empty directory, or move it away.");
}

// The owner first: changing it clears the bits for set-user-id.
Result<> Target::set_attributes(int directory, const char* name, const DirEntry& entry, std::string_view shown) const {
  const bool is_link = entry.type == EntryType::symlink;
  if (options_.owners && ::fchownat(directory, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0) {
    return failed("set the owner of", std::string(shown));
  }
  if (!is_link && (*name ? ::fchmodat(directory, name, entry.mode, 0) : ::fchmod(directory, entry.mode)) != 0) {
    return failed("set the mode of", std::string(shown));
  }
  const timespec times[2] = {to_timespec(entry.modified), to_timespec(entry.modified)};
  if ((*name ? ::utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) : ::futimens(directory, times)) != 0) {
    return failed("set the time of", std::string(shown));
  }
  return {};
}

Result<> Target::finish_directory(const OpenDirectory& directory, const DirEntry& entry) const {
  return set_attributes(directory.fd.get(), "", entry, directory.path);
}

Result<bool> Target::may_write(const OpenDirectory& in, const std::string& name) const {
  TRY(check_entry_name(name));
  struct stat there;
  if (::fstatat(in.fd.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return true;
    return failed("look at", in.path + "/" + name);
  }
  if (options_.existing == Existing::skip) return false;
  if (options_.existing == Existing::overwrite && !S_ISDIR(there.st_mode)) return true;
  return Error(Code::already_exists, in.path + "/" + name + " is there already")
      .hint("Restore into an empty directory, or choose --existing.");
}

std::string Target::scratch_name() const { return ".salvor-restore-" + rng_->hex(8); }

Result<> Target::publish(const OpenDirectory& in, const std::string& scratch, const std::string& name) const {
  if (::renameat(in.fd.get(), scratch.c_str(), in.fd.get(), name.c_str()) == 0) return {};
  const int why = errno;
  ::unlinkat(in.fd.get(), scratch.c_str(), 0);
  return os::file_error("write " + in.path + "/" + name, why);
}

Result<bool> Target::write_file(const OpenDirectory& in, const DirEntry& entry, const Content& content) const {
  if (!TRY(may_write(in, entry.name))) return false;
  const std::string shown = in.path + "/" + entry.name, scratch = scratch_name();
  os::Fd fd(::openat(in.fd.get(), scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failed("create", shown);
  HoleyFile file(std::move(fd), shown, options_.sparse);
  const auto write = [&]() -> Result<> {
    TRY(content([&](ByteView bytes) { return file.write(bytes); }));
    if (file.size() != entry.size) {
      return Error(Code::corrupt, shown + " has " + std::to_string(file.size()) + " bytes in the repository, and " +
                                      std::to_string(entry.size) + " by its directory");
    }
    TRY(file.finish());
    return set_attributes(file.fd(), "", entry, shown);
  };
  if (Result<> written = write(); !written.ok()) {
    ::unlinkat(in.fd.get(), scratch.c_str(), 0);
    return std::move(written).error();
  }
  TRY(publish(in, scratch, entry.name));
  return true;
}

Result<bool> Target::write_symlink(const OpenDirectory& in, const DirEntry& entry, const std::string& to) const {
  if (!TRY(may_write(in, entry.name))) return false;
  const std::string shown = in.path + "/" + entry.name, scratch = scratch_name();
  if (to.empty() || to.find('\0') != to.npos) return Error(Code::corrupt, shown + " is a link to nothing");
  if (::symlinkat(to.c_str(), in.fd.get(), scratch.c_str()) != 0) return failed("create", shown);
  if (Result<> set = set_attributes(in.fd.get(), scratch.c_str(), entry, shown); !set.ok()) {
    ::unlinkat(in.fd.get(), scratch.c_str(), 0);
    return std::move(set).error();
  }
  TRY(publish(in, scratch, entry.name));
  return true;
}

}  // namespace salvor::snapshot
