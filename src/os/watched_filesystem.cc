#include "os/watched_filesystem.h"

#include <algorithm>
#include <optional>

namespace salvor::os {

SilenceWatch::SilenceWatch(Clock& clock, Duration patience, std::function<void(const Silence&)> report)
    : clock_(clock), patience_(patience), report_(std::move(report)) {}

SilenceWatch::Call::Call(SilenceWatch& watch, std::string_view name, std::string path) : watch_(watch) {
  const Duration now = watch.clock_.monotonic();
  number_ = watch.state_.with([&](State& state) {
    state.pending.emplace(state.next, Pending{name, std::move(path), now, now + watch.patience_});
    return state.next++;
  });
}

SilenceWatch::Call::~Call() {
  watch_.state_.with([&](State& state) { state.pending.erase(number_); });
}

// Only the oldest call that is due: when a server is gone all calls hang, and one message says so.
void SilenceWatch::look() {
  const Duration now = clock_.monotonic();
  std::optional<Silence> found;
  state_.with([&](State& state) {
    for (auto& [number, call] : state.pending) {
      if (now < call.report_at) continue;
      if (!found) found = Silence{std::string(call.name), call.path, now - call.begun};
      call.report_at = call.begun + 2 * std::max(patience_, now - call.begun);
    }
  });
  if (found) report_(*found);
}

namespace {

class WatchedFile final : public File {
 public:
  WatchedFile(SilenceWatch& watch, std::unique_ptr<File> inner, std::string path)
      : watch_(watch), inner_(std::move(inner)), path_(std::move(path)) {}
  // Closing can hang too: NFS writes back what is left.
  ~WatchedFile() override {
    const SilenceWatch::Call call(watch_, "close", path_);
    inner_.reset();
  }

  SysResult<std::size_t> read_at(MutableByteView into, std::uint64_t offset) override {
    const SilenceWatch::Call call(watch_, "read", path_);
    return inner_->read_at(into, offset);
  }
  SysResult<std::size_t> write_at(ByteView bytes, std::uint64_t offset) override {
    const SilenceWatch::Call call(watch_, "write", path_);
    return inner_->write_at(bytes, offset);
  }
  SysStatus sync() override {
    const SilenceWatch::Call call(watch_, "sync", path_);
    return inner_->sync();
  }
  SysResult<FileStatus> status() override {
    const SilenceWatch::Call call(watch_, "look at", path_);
    return inner_->status();
  }

 private:
  SilenceWatch& watch_;
  std::unique_ptr<File> inner_;
  const std::string path_;
};

class WatchedFileSystem final : public FileSystem {
 public:
  WatchedFileSystem(std::unique_ptr<FileSystem> inner, SilenceWatch& watch) : inner_(std::move(inner)), watch_(watch) {}

  SysResult<std::unique_ptr<File>> open(const Path& path) override {
    const SilenceWatch::Call call(watch_, "open", path);
    return watched(inner_->open(path), path);
  }
  SysResult<std::unique_ptr<File>> create(const Path& path, unsigned mode) override {
    const SilenceWatch::Call call(watch_, "create", path);
    return watched(inner_->create(path, mode), path);
  }
  SysResult<FileStatus> status(const Path& path) override {
    const SilenceWatch::Call call(watch_, "look at", path);
    return inner_->status(path);
  }
  SysResult<std::vector<DirectoryEntry>> list(const Path& directory) override {
    const SilenceWatch::Call call(watch_, "list", directory);
    return inner_->list(directory);
  }
  SysStatus make_directory(const Path& path, unsigned mode) override {
    const SilenceWatch::Call call(watch_, "make directory", path);
    return inner_->make_directory(path, mode);
  }
  SysStatus rename(const Path& from, const Path& to, Overwrite overwrite) override {
    const SilenceWatch::Call call(watch_, "rename", to);
    return inner_->rename(from, to, overwrite);
  }
  SysStatus link(const Path& from, const Path& to) override {
    const SilenceWatch::Call call(watch_, "link", to);
    return inner_->link(from, to);
  }
  SysStatus remove_file(const Path& path) override {
    const SilenceWatch::Call call(watch_, "remove", path);
    return inner_->remove_file(path);
  }
  SysStatus remove_directory(const Path& path) override {
    const SilenceWatch::Call call(watch_, "remove directory", path);
    return inner_->remove_directory(path);
  }
  SysStatus sync_directory(const Path& path) override {
    const SilenceWatch::Call call(watch_, "sync directory", path);
    return inner_->sync_directory(path);
  }
  SysResult<std::uint64_t> free_space() override {
    const SilenceWatch::Call call(watch_, "ask for free space", "");
    return inner_->free_space();
  }
  SysStatus reopen() override {
    const SilenceWatch::Call call(watch_, "open again", "");
    return inner_->reopen();
  }

 private:
  SysResult<std::unique_ptr<File>> watched(SysResult<std::unique_ptr<File>> file, const Path& path) {
    if (file) file.value = std::make_unique<WatchedFile>(watch_, std::move(file.value), path);
    return file;
  }

  const std::unique_ptr<FileSystem> inner_;
  SilenceWatch& watch_;
};

}  // namespace

std::unique_ptr<FileSystem> make_watched(std::unique_ptr<FileSystem> inner, SilenceWatch& watch) {
  return std::make_unique<WatchedFileSystem>(std::move(inner), watch);
}

}  // namespace salvor::os
