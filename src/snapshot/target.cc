#include "snapshot/target.h"

#include <fcntl.h>
#include <stdio.h>
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

bool is_zero(ByteView page) {
  return page.front() == std::byte{0} && std::memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
}

}  // namespace

timespec to_timespec(Time time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  return {.tv_sec = static_cast<time_t>(seconds.count()),
          .tv_nsec = static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count())};
}

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
  return Target(std::make_shared<const OpenDirectory>(OpenDirectory{std::move(root), path, false}), options, rng);
}

Result<OpenDirectoryPtr> Target::directory(const OpenDirectory& in, const std::string& name) const {
  TRY(check_entry_name(name));
  const std::string shown = in.path + "/" + name;
  const bool is_new = ::mkdirat(in.fd.get(), name.c_str(), 0700) == 0;
  if (!is_new && errno != EEXIST) return failed("create", shown);
  os::Fd fd(::openat(in.fd.get(), name.c_str(), kDirectoryFlags));
  if (fd) return std::make_shared<const OpenDirectory>(OpenDirectory{std::move(fd), shown, is_new});
  if (errno != ENOTDIR && errno != ELOOP) return failed("open", shown);
  return Error(Code::already_exists, shown + " is there and is no directory")
      .hint("Restore into an empty directory, or move it away.");
}

Result<OpenDirectoryPtr> Target::reopen(std::string_view path) const {
  OpenDirectoryPtr at = root_;
  while (!path.empty()) {
    const std::string name(path.substr(0, path.find('/')));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    os::Fd next(::openat(at->fd.get(), name.c_str(), kDirectoryFlags));
    std::string shown = at->path + "/" + name;
    if (!next) return failed("open", shown);
    at = std::make_shared<const OpenDirectory>(OpenDirectory{std::move(next), std::move(shown), false});
  }
  return at;
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

bool Target::is_as_saved(const struct stat& there, const DirEntry& entry) const {
  const bool is_link = entry.type == EntryType::symlink;
  const timespec time = to_timespec(entry.modified);
  return (is_link ? S_ISLNK(there.st_mode) : S_ISREG(there.st_mode)) &&
         there.st_size == static_cast<off_t>(entry.size) && there.st_mtim.tv_sec == time.tv_sec &&
         there.st_mtim.tv_nsec == time.tv_nsec && (is_link || (there.st_mode & 07777) == (entry.mode & 07777)) &&
         (!options_.owners || (there.st_uid == entry.uid && there.st_gid == entry.gid));
}

bool Target::keeps(const OpenDirectory& in, const DirEntry& entry) const {
  if (in.is_new || (options_.existing != Existing::skip && options_.existing != Existing::resume)) return false;
  const Result<bool> may = may_write(in, entry);
  return may.ok() && !*may;
}

Result<bool> Target::may_write(const OpenDirectory& in, const DirEntry& entry) const {
  TRY(check_entry_name(entry.name));
  if (in.is_new) return true;  // publishing looks again
  struct stat there;
  if (::fstatat(in.fd.get(), entry.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return true;
    return failed("look at", in.path + "/" + entry.name);
  }
  if (options_.existing == Existing::skip) return false;
  if (options_.existing == Existing::resume && is_as_saved(there, entry)) return false;
  if (options_.existing != Existing::refuse && !S_ISDIR(there.st_mode)) return true;
  return Error(Code::already_exists, in.path + "/" + entry.name + " is there already")
      .hint("Restore into an empty directory, or choose --existing.");
}

std::string Target::scratch_name() const { return scratch_prefix_ + std::to_string((*scratches_)++); }

// Where nothing may be replaced, the kernel sees to it.
Result<> Target::publish(const OpenDirectory& in, const std::string& scratch, const std::string& name) const {
  const int at = in.fd.get();
  const bool may_replace = options_.existing == Existing::overwrite || options_.existing == Existing::resume;
  int renamed = ::renameat2(at, scratch.c_str(), at, name.c_str(), may_replace ? 0 : RENAME_NOREPLACE);
  if (renamed != 0 && (errno == EINVAL || errno == ENOSYS)) {  // a file system that cannot
    renamed = ::renameat(at, scratch.c_str(), at, name.c_str());
  }
  if (renamed == 0) return {};
  const int why = errno;
  ::unlinkat(at, scratch.c_str(), 0);
  return os::file_error("write " + in.path + "/" + name, why);
}

Result<std::optional<PartFile>> Target::begin_file(OpenDirectoryPtr in, const DirEntry& entry) const {
  if (!TRY(may_write(*in, entry))) return std::optional<PartFile>();
  std::string scratch = scratch_name();
  os::Fd fd(::openat(in->fd.get(), scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failed("create", in->path + "/" + entry.name);
  return std::optional(PartFile(*this, std::move(in), entry, std::move(scratch), std::move(fd)));
}

Result<bool> Target::write_file(OpenDirectoryPtr in, const DirEntry& entry, ByteView bytes) const {
  if (bytes.size() != entry.size) {
    return Error(Code::corrupt, in->path + "/" + entry.name + " has " + std::to_string(bytes.size()) +
                                    " bytes in the repository, and " + std::to_string(entry.size) +
                                    " by its directory");
  }
  std::optional<PartFile> file = TRY(begin_file(std::move(in), entry));
  if (!file) return false;
  TRY(file->write_at(0, bytes));
  TRY(file->publish());
  return true;
}

PartFile::~PartFile() {
  if (fd_) ::unlinkat(in_->fd.get(), scratch_.c_str(), 0);
}

Result<> PartFile::write_all_at(std::uint64_t offset, ByteView bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = os::repeat_interrupted(
        [&] { return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (put < 0) return failed("write", shown());
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<> PartFile::write_at(std::uint64_t offset, ByteView bytes) const {
  if (!target_->options_.sparse) return write_all_at(offset, bytes);
  std::size_t held = 0, at = 0;  // what lies between is to be written
  while (at < bytes.size()) {
    // Up to the next page of the file, so that pages of the file are what is looked at.
    const std::size_t size = std::min<std::size_t>(bytes.size() - at, kPage - (offset + at) % kPage);
    const bool is_hole = size == kPage && is_zero(bytes.subspan(at, size));
    if (is_hole) {
      TRY(write_all_at(offset + held, bytes.subspan(held, at - held)));
      held = at + size;
    }
    at += size;
  }
  return write_all_at(offset + held, bytes.subspan(held, at - held));
}

Result<> PartFile::publish() {
  const auto size = static_cast<off_t>(entry_.size);
  if (os::repeat_interrupted([&] { return ::ftruncate(fd_.get(), size); }) != 0) return failed("write", shown());
  TRY(target_->set_attributes(fd_.get(), "", entry_, shown()));
  const Result<> published = target_->publish(*in_, scratch_, entry_.name);
  fd_.reset();
  return published.ok() ? Result<>() : published.error().clone();
}

Result<bool> Target::write_symlink(const OpenDirectory& in, const DirEntry& entry, const std::string& to) const {
  if (!TRY(may_write(in, entry))) return false;
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
