// Target: the directory that a snapshot is restored into, and never left.
//
// Names come from a repository that somebody else may have written, and what was restored before may be a symbolic
// link: so every directory is opened by its name below the one above, links not followed, and a name that is none
// (empty, "..", with a '/' in it) is refused. Files are written under a name of their own and renamed when they are
// whole, so that a file is there as it was saved or not at all.
#pragma once

#include <sys/stat.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "os/fd.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

// resume: what is there with equal type, size, time, mode and, where they are set, owners is kept, the rest replaced. A
// file has its time only once it is whole, so that is what an earlier restore has finished.
enum class Existing { overwrite, skip, refuse, resume };

struct TargetOptions {
  Existing existing = Existing::overwrite;
  bool owners = true;  // set owner and group; only root can give files away
  bool sparse = true;  // leave holes where a file has zeros
};

// A directory below the target, open. Movable.
struct OpenDirectory {
  os::Fd fd;
  std::string path;     // for people: "TARGET/a/b"
  bool is_new = false;  // made by this restore: what is not in the snapshot is not in it
};
using OpenDirectoryPtr = std::shared_ptr<const OpenDirectory>;

class Target;

// A file under a name of its own until it is published; what is not, is removed. Movable.
class PartFile {
 public:
  PartFile(PartFile&&) noexcept = default;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();

  // Zeros in whole pages become holes, where that is asked for. By any thread, several at a time, in any order.
  Result<> write_at(std::uint64_t offset, ByteView bytes) const;
  // It has its size, owner, mode, time and name, and replaces what is there where that may be. Requires: everything was
  // written.
  Result<> publish();

 private:
  friend class Target;
  PartFile(const Target& target, OpenDirectoryPtr in, DirEntry entry, std::string scratch, os::Fd fd)
      : target_(&target),
        in_(std::move(in)),
        entry_(std::move(entry)),
        scratch_(std::move(scratch)),
        fd_(std::move(fd)) {}
  Result<> write_all_at(std::uint64_t offset, ByteView bytes) const;
  std::string shown() const { return in_->path + "/" + entry_.name; }

  const Target* target_;
  OpenDirectoryPtr in_;
  DirEntry entry_;  // of which its name, size and attributes are used
  std::string scratch_;
  os::Fd fd_;  // none when it was published or moved away
};

class Target {
 public:
  // Makes `path` when it is missing; its parent must be there.
  static Result<Target> open(const std::string& path, TargetOptions options, Rng& rng);

  OpenDirectoryPtr root() const { return root_; }
  // The directory of that name, made when it is missing. already_exists when something else is there.
  Result<OpenDirectoryPtr> directory(const OpenDirectory& in, const std::string& name) const;
  // One that was made before, by its path of names divided by '/'; empty for the target itself.
  Result<OpenDirectoryPtr> reopen(std::string_view path) const;
  // Its mode, owner and time, when all that is in it was written.
  Result<> finish_directory(const OpenDirectory& directory, const DirEntry& entry) const;

  // Whether something is there and is kept, so that its bytes need not be read.
  bool keeps(const OpenDirectory& in, const DirEntry& entry) const;
  // Nothing when something is there already and is kept.
  Result<std::optional<PartFile>> begin_file(OpenDirectoryPtr in, const DirEntry& entry) const;
  // All at once; `corrupt` when it has not the size that its entry says. False when something is there and is kept.
  Result<bool> write_file(OpenDirectoryPtr in, const DirEntry& entry, ByteView bytes) const;
  Result<bool> write_symlink(const OpenDirectory& in, const DirEntry& entry, const std::string& to) const;

 private:
  friend class PartFile;
  Target(OpenDirectoryPtr root, TargetOptions options, Rng& rng)
      : root_(std::move(root)), options_(options), scratch_prefix_(".salvor-restore-" + rng.hex(4) + "-") {}

  Result<bool> may_write(const OpenDirectory& in, const DirEntry& entry) const;
  bool is_as_saved(const struct stat& there, const DirEntry& entry) const;
  Result<> publish(const OpenDirectory& in, const std::string& scratch, const std::string& name) const;
  Result<> set_attributes(int directory, const char* name, const DirEntry& entry, std::string_view shown) const;
  std::string scratch_name() const;

  OpenDirectoryPtr root_;
  TargetOptions options_;
  std::string scratch_prefix_;
  std::unique_ptr<std::atomic<std::uint64_t>> scratches_ = std::make_unique<std::atomic<std::uint64_t>>(0);
};

// `invalid` for what is no name of an entry of a directory.
Result<> check_entry_name(std::string_view name);

timespec to_timespec(Time time);

}  // namespace salvor::snapshot
