#include "os/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "os/file_error.h"
#include "os/local_filesystem.h"
#include "os/publish.h"
#include "os/steady_filesystem.h"

namespace salvor::os {

namespace {

// The directory that holds `path`, and its name there.
std::pair<std::string, std::string> directory_and_name(const std::string& path) {
  const std::filesystem::path named(path);
  const std::string directory = named.parent_path().string();
  return {directory.empty() ? "." : directory, named.filename().string()};
}

SysStatus remove_below(FileSystem& files, const std::string& path) {
  // rmdir first: on a file it fails with ENOTDIR, while unlink of a directory succeeds for root on some systems.
  const SysStatus removed = files.remove_directory(path);
  if (removed || removed.error == ENOENT) return {};
  if (removed.error == ENOTDIR) {
    const SysStatus unlinked = files.remove_file(path);
    return unlinked.error == ENOENT ? SysStatus{} : unlinked;
  }
  if (removed.error != ENOTEMPTY && removed.error != EEXIST) return removed;
  const auto listed = files.list(path);
  if (!listed) return {listed.error};
  for (const DirectoryEntry& entry : listed.value) {
    if (const SysStatus below = remove_below(files, join_path(path, entry.name)); !below) return below;
  }
  return files.remove_directory(path);
}

}  // namespace

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  Fd fd(repeat_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
  if (!fd) return file_error("open " + path, errno);
  return fd;
}

Result<> write_all(const Fd& fd, ByteView bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t put = repeat_interrupted([&] { return ::write(fd.get(), bytes.data(), bytes.size()); });
    if (put < 0) return file_error("write " + std::string(name), errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<std::string> read_all(const Fd& fd, std::uint64_t limit, std::string_view name) {
  std::string text;
  for (;;) {
    constexpr std::size_t kPiece = 64 * 1024;
    const std::size_t old_size = text.size();
    text.resize(old_size + kPiece);
    const ssize_t got = repeat_interrupted([&] { return ::read(fd.get(), text.data() + old_size, kPiece); });
    if (got < 0) return file_error("read " + std::string(name), errno);
    text.resize(old_size + static_cast<std::size_t>(got));
    if (text.size() > limit) {
      return Error(Code::invalid, std::string(name) + " is larger than " + std::to_string(limit) + " bytes");
    }
    if (got == 0) return text;
  }
}

Result<std::string> read_file(const std::string& path, std::uint64_t limit) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const Fd fd = TRY(open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat found;
  if (::fstat(fd.get(), &found) != 0) return file_error("read " + path, errno);
  if (!S_ISREG(found.st_mode)) return Error(Code::invalid, path + " is not a regular file");
  return read_all(fd, limit, path);
}

namespace {

Result<> publish(const std::string& path, ByteView bytes, unsigned mode, Overwrite overwrite) {
  const auto [directory, name] = directory_and_name(path);
  const auto files = make_steady(TRY(LocalFileSystem::open_root(directory).context("write " + path)));
  SystemRng rng;
  Publisher publisher(*files, rng);
  const auto draft = TRY(publisher.begin(name, overwrite, mode).context(directory));
  TRY(draft->write(bytes).context(directory));
  return draft->commit().context(directory);
}

}  // namespace

Result<> write_file_durable(const std::string& path, ByteView bytes, unsigned mode) {
  return publish(path, bytes, mode, Overwrite::yes);
}

Result<> create_file_durable(const std::string& path, ByteView bytes, unsigned mode) {
  return publish(path, bytes, mode, Overwrite::no);
}

Result<std::vector<std::string>> list_names(const std::string& directory) {
  const auto files = make_steady(TRY(LocalFileSystem::open_root(directory)));
  const auto listed = files->list("");
  if (!listed) return file_error("list " + directory, listed.error);
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : listed.value) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  return names;
}

Result<> make_directories(const std::string& path, unsigned mode) {
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) return file_error("create directory " + part, errno);
  }
  if (is_directory(path)) return {};
  return Error(Code::already_exists, path + " exists and is not a directory");
}

Result<> remove_tree(const std::string& path) {
  const auto [directory, name] = directory_and_name(path);
  auto files = LocalFileSystem::open_root(directory);
  if (!files.ok() && files.error().code() == Code::not_found) return {};
  const auto steady = make_steady(TRY(std::move(files)));
  if (const SysStatus removed = remove_below(*steady, name); !removed) {
    return file_error("remove " + path, removed.error);
  }
  return {};
}

Result<std::uint64_t> free_space(const std::string& path) {
  const auto files = TRY(LocalFileSystem::open_root(is_directory(path) ? path : directory_and_name(path).first));
  const auto space = files->free_space();
  if (!space) return file_error("ask for free space of " + path, space.error);
  return space.value;
}

bool is_directory(const std::string& path) {
  struct stat found;
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace salvor::os
