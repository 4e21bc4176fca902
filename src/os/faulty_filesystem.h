// FaultyFileSystem: any FileSystem with chosen calls going wrong.
//
// Calls, those on open files included, are numbered from 1. Before each one the script is asked; it sees number, name
// and path of the call and may answer with a fault. `fail_call(7, EIO)` breaks the seventh call, `fail_from(7, EIO)` is
// a power cut at the seventh, `fail_every(2, EINTR)` a storm of signals.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "os/filesystem.h"

namespace salvor::os {

struct FileCall {
  std::uint64_t number = 0;
  std::string_view name;  // "rename", "write", ...
  std::string_view path;  // for calls with two paths the second
};

struct FileFault {
  enum class When { before, after, short_write };
  int error = 0;
  // after: the call does its work and its answer is lost; short_write: only half is written, without an error.
  When when = When::before;
};

using FaultScript = std::function<std::optional<FileFault>(const FileCall&)>;

FaultScript fail_call(std::uint64_t number, int error, FileFault::When when = FileFault::When::before);
FaultScript fail_from(std::uint64_t number, int error);
FaultScript fail_every(std::uint64_t step, int error);
// The first call of that name.
FaultScript fail_first(const std::string& name, int error, FileFault::When when = FileFault::When::before);
// Every write is cut in half.
FaultScript short_writes();

class FaultyFileSystem final : public FileSystem {
 public:
  // `inner` must outlive this.
  explicit FaultyFileSystem(FileSystem& inner, FaultScript script = {});
  ~FaultyFileSystem() override;

  // Set before the threads that use this start.
  void set_script(FaultScript script);
  std::uint64_t calls() const { return calls_; }

  SysResult<std::unique_ptr<File>> open(const Path& path) override;
  SysResult<std::unique_ptr<File>> create(const Path& path, unsigned mode) override;
  SysResult<FileStatus> status(const Path& path) override;
  SysResult<std::vector<DirectoryEntry>> list(const Path& directory) override;
  SysStatus make_directory(const Path& path, unsigned mode) override;
  SysStatus rename(const Path& from, const Path& to, Overwrite overwrite) override;
  SysStatus link(const Path& from, const Path& to) override;
  SysStatus remove_file(const Path& path) override;
  SysStatus remove_directory(const Path& path) override;
  SysStatus sync_directory(const Path& path) override;
  SysResult<std::uint64_t> free_space() override;
  SysStatus reopen() override;

 private:
  class OpenFile;
  FileFault fault_of(std::string_view name, std::string_view path);
  template <class Call>
  auto guarded(std::string_view name, const Path& path, Call&& call);

  FileSystem& inner_;
  FaultScript script_;
  std::atomic<std::uint64_t> calls_{0};
};

}  // namespace salvor::os
