#include "os/faulty_filesystem.h"

#include <memory>

namespace salvor::os {

FaultScript fail_call(std::uint64_t number, int error, FileFault::When when) {
  return [=](const FileCall& call) -> std::optional<FileFault> {
    if (call.number != number) return std::nullopt;
    return FileFault{error, when};
  };
}

FaultScript fail_from(std::uint64_t number, int error) {
  return [=](const FileCall& call) -> std::optional<FileFault> {
    if (call.number < number) return std::nullopt;
    return FileFault{error};
  };
}

FaultScript fail_every(std::uint64_t step, int error) {
  return [=](const FileCall& call) -> std::optional<FileFault> {
    if (call.number % step != 0) return std::nullopt;
    return FileFault{error};
  };
}

FaultScript fail_first(const std::string& name, int error, FileFault::When when) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  return [=](const FileCall& call) -> std::optional<FileFault> {
    if (call.name != name || done->exchange(true)) return std::nullopt;
    return FileFault{error, when};
  };
}

FaultScript short_writes() {
  return [](const FileCall&) -> std::optional<FileFault> { return FileFault{0, FileFault::When::short_write}; };
}

FaultyFileSystem::FaultyFileSystem(FileSystem& inner, FaultScript script) : inner_(inner), script_(std::move(script)) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::set_script(FaultScript script) {
  script_ = std::move(script);
  calls_ = 0;
}

FileFault FaultyFileSystem::fault_of(std::string_view name, std::string_view path) {
  const FileCall call{++calls_, name, path};
  return (script_ ? script_(call) : std::nullopt).value_or(FileFault{});
}

template <class Call>
auto FaultyFileSystem::guarded(std::string_view name, const Path& path, Call&& call) {
  const FileFault fault = fault_of(name, path);
  decltype(call()) outcome;
  if (fault.error != 0 && fault.when == FileFault::When::before) {
    outcome.error = fault.error;
    return outcome;
  }
  outcome = call();
  if (fault.error != 0) outcome.error = fault.error;
  return outcome;
}

class FaultyFileSystem::OpenFile final : public File {
 public:
  OpenFile(FaultyFileSystem& tree, std::unique_ptr<File> inner, Path path)
      : tree_(tree), inner_(std::move(inner)), path_(std::move(path)) {}

  SysResult<std::size_t> read_at(MutableByteView into, std::uint64_t offset) override {
    return tree_.guarded("read", path_, [&] { return inner_->read_at(into, offset); });
  }
  SysResult<std::size_t> write_at(ByteView bytes, std::uint64_t offset) override {
    const FileFault fault = tree_.fault_of("write", path_);
    if (fault.when == FileFault::When::short_write)
      return inner_->write_at(bytes.first((bytes.size() + 1) / 2), offset);
    if (fault.error != 0) return SysResult<std::size_t>::failed(fault.error);
    return inner_->write_at(bytes, offset);
  }
  SysStatus sync() override {
    return tree_.guarded("sync", path_, [&] { return inner_->sync(); });
  }
  SysResult<FileStatus> status() override {
    return tree_.guarded("status", path_, [&] { return inner_->status(); });
  }

 private:
  FaultyFileSystem& tree_;
  std::unique_ptr<File> inner_;
  const Path path_;
};

SysResult<std::unique_ptr<File>> FaultyFileSystem::open(const Path& path) {
  auto opened = guarded("open", path, [&] { return inner_.open(path); });
  if (!opened) return opened;
  return {std::make_unique<OpenFile>(*this, std::move(opened.value), path)};
}

SysResult<std::unique_ptr<File>> FaultyFileSystem::create(const Path& path, unsigned mode) {
  auto created = guarded("create", path, [&] { return inner_.create(path, mode); });
  if (!created) return created;
  return {std::make_unique<OpenFile>(*this, std::move(created.value), path)};
}

SysResult<FileStatus> FaultyFileSystem::status(const Path& path) {
  return guarded("status", path, [&] { return inner_.status(path); });
}

SysResult<std::vector<DirectoryEntry>> FaultyFileSystem::list(const Path& directory) {
  return guarded("list", directory, [&] { return inner_.list(directory); });
}

SysStatus FaultyFileSystem::make_directory(const Path& path, unsigned mode) {
  return guarded("make_directory", path, [&] { return inner_.make_directory(path, mode); });
}

SysStatus FaultyFileSystem::rename(const Path& from, const Path& to, Overwrite overwrite) {
  return guarded("rename", to, [&] { return inner_.rename(from, to, overwrite); });
}

SysStatus FaultyFileSystem::link(const Path& from, const Path& to) {
  return guarded("link", to, [&] { return inner_.link(from, to); });
}

SysStatus FaultyFileSystem::remove_file(const Path& path) {
  return guarded("remove_file", path, [&] { return inner_.remove_file(path); });
}

SysStatus FaultyFileSystem::remove_directory(const Path& path) {
  return guarded("remove_directory", path, [&] { return inner_.remove_directory(path); });
}

SysStatus FaultyFileSystem::sync_directory(const Path& path) {
  return guarded("sync_directory", path, [&] { return inner_.sync_directory(path); });
}

SysResult<std::uint64_t> FaultyFileSystem::free_space() {
  return guarded("free_space", "", [&] { return inner_.free_space(); });
}

SysStatus FaultyFileSystem::reopen() {
  return guarded("reopen", "", [&] { return inner_.reopen(); });
}

}  // namespace salvor::os
