#include "os/steady_filesystem.h"

#include <cerrno>
#include <functional>

namespace salvor::os {

namespace {

template <class Call>
auto uninterrupted(Call&& call) {
  for (;;) {
    auto outcome = call();
    if (outcome.error != EINTR) return outcome;
  }
}

using OpenedFile = SysResult<std::unique_ptr<File>>;
using OpenAgain = std::function<OpenedFile()>;

class SteadyFile final : public File {
 public:
  // `open_again` is empty for files being written.
  SteadyFile(std::unique_ptr<File> inner, FileStatus opened, OpenAgain open_again)
      : inner_(std::move(inner)), opened_(opened), open_again_(std::move(open_again)) {}

  SysResult<std::size_t> read_at(MutableByteView into, std::uint64_t offset) override {
    return with_second_handle([&] { return inner_->read_at(into, offset); });
  }

  SysResult<std::size_t> write_at(ByteView bytes, std::uint64_t offset) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto put = uninterrupted([&] { return inner_->write_at(bytes.subspan(done), offset + done); });
      if (!put) return put;
      if (put.value == 0) return SysResult<std::size_t>::failed(ENOSPC);  // POSIX forbids it; never spin on it
      done += put.value;
    }
    return {done};
  }

  SysStatus sync() override {
    return uninterrupted([&] { return inner_->sync(); });
  }
  SysResult<FileStatus> status() override {
    return with_second_handle([&] { return inner_->status(); });
  }

 private:
  template <class Call>
  auto with_second_handle(Call&& call) -> decltype(call()) {
    auto outcome = uninterrupted(call);
    if (outcome.error != ESTALE || !find_again()) return outcome;
    return uninterrupted(call);
  }

  bool find_again() {
    if (!open_again_) return false;
    auto file = open_again_();
    if (!file) return false;
    const auto now = uninterrupted([&] { return file.value->status(); });
    if (!now || !now.value.same_file(opened_) || now.value.size != opened_.size) return false;
    inner_ = std::move(file.value);
    return true;
  }

  std::unique_ptr<File> inner_;
  const FileStatus opened_;
  const OpenAgain open_again_;
};

class SteadyFileSystem final : public FileSystem {
 public:
  explicit SteadyFileSystem(std::unique_ptr<FileSystem> inner) : inner_(std::move(inner)) {}

  OpenedFile open(const Path& path) override {
    const OpenAgain open_again = [this, path] { return settled([&] { return inner_->open(path); }); };
    FileStatus opened;
    auto file = settled([&] {  // opened and looked at: the handle may be stale already
      auto fresh = uninterrupted([&] { return inner_->open(path); });
      if (!fresh) return fresh;
      const auto found = uninterrupted([&] { return fresh.value->status(); });
      if (!found) return OpenedFile::failed(found.error);
      opened = found.value;
      return fresh;
    });
    if (!file) return file;
    return {std::make_unique<SteadyFile>(std::move(file.value), opened, open_again)};
  }
  OpenedFile create(const Path& path, unsigned mode) override {
    auto created = settled([&] { return inner_->create(path, mode); });
    if (!created) return created;
    return {std::make_unique<SteadyFile>(std::move(created.value), FileStatus{}, OpenAgain{})};
  }
  SysResult<FileStatus> status(const Path& path) override {
    return settled([&] { return inner_->status(path); });
  }
  SysResult<std::vector<DirectoryEntry>> list(const Path& directory) override {
    return settled([&] { return inner_->list(directory); });
  }
  SysStatus make_directory(const Path& path, unsigned mode) override {
    return settled([&] { return inner_->make_directory(path, mode); });
  }
  SysStatus rename(const Path& from, const Path& to, Overwrite overwrite) override {
    return settled([&] { return inner_->rename(from, to, overwrite); });
  }
  SysStatus link(const Path& from, const Path& to) override {
    return settled([&] { return inner_->link(from, to); });
  }
  SysStatus remove_file(const Path& path) override {
    return settled([&] { return inner_->remove_file(path); });
  }
  SysStatus remove_directory(const Path& path) override {
    return settled([&] { return inner_->remove_directory(path); });
  }
  SysStatus sync_directory(const Path& path) override {
    return settled([&] { return inner_->sync_directory(path); });
  }
  SysResult<std::uint64_t> free_space() override {
    return settled([&] { return inner_->free_space(); });
  }
  SysStatus reopen() override {
    return uninterrupted([&] { return inner_->reopen(); });
  }

 private:
  template <class Call>
  auto settled(Call&& call) -> decltype(call()) {
    auto outcome = uninterrupted(call);
    if (outcome.error != ESTALE) return outcome;
    if (!reopen()) return outcome;
    return uninterrupted(call);
  }

  const std::unique_ptr<FileSystem> inner_;
};

}  // namespace

std::unique_ptr<FileSystem> make_steady(std::unique_ptr<FileSystem> inner) {
  return std::make_unique<SteadyFileSystem>(std::move(inner));
}

}  // namespace salvor::os
