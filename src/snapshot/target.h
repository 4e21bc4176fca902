// Target: the directory that a snapshot is restored into, and never left.
//
// Names come from a repository that somebody else may have written, and what was restored before may be a symbolic
// link: so every directory is opened by its name below the one above, links not followed, and a name that is none
// (empty, "..", with a '/' in it) is refused. Files are written under a name of their own and renamed when they are
// whole, so that a file is there as it was saved or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "os/fd.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

enum class Existing { overwrite, skip, refuse };

struct TargetOptions {
  Existing existing = Existing::overwrite;
  bool owners = true;  // set owner and group; only root can give files away
  bool sparse = true;  // leave holes where a file has zeros
};

// A directory below the target, open. Movable.
struct OpenDirectory {
  os::Fd fd;
  std::string path;  // for people: "TARGET/a/b"
};

class Target {
 public:
  // Makes `path` when it is missing; its parent must be there.
  static Result<Target> open(const std::string& path, TargetOptions options, Rng& rng);

  // The directory at `path` of names divided by '/', which were made by make_directory. Empty: the target itself.
  Result<OpenDirectory> directory(std::string_view path) const;
  // A directory that is there stays as it is.
  Result<> make_directory(const OpenDirectory& in, const std::string& name) const;
  // Its mode, owner and time, when all that is in it was written.
  Result<> finish_directory(const OpenDirectory& directory, const DirEntry& entry) const;

  // False when something is there already and is kept. `content` gives the bytes to the sink that it gets.
  using Content = std::function<Result<>(const std::function<Result<>(ByteView)>& sink)>;
  Result<bool> write_file(const OpenDirectory& in, const DirEntry& entry, const Content& content) const;
  Result<bool> write_symlink(const OpenDirectory& in, const DirEntry& entry, const std::string& to) const;

 private:
  Target(os::Fd root, std::string path, TargetOptions options, Rng& rng)
      : root_(std::move(root)), path_(std::move(path)), options_(options), rng_(&rng) {}

  Result<bool> may_write(const OpenDirectory& in, const std::string& name) const;
  Result<> publish(const OpenDirectory& in, const std::string& scratch, const std::string& name) const;
  Result<> set_attributes(int directory, const char* name, const DirEntry& entry, std::string_view shown) const;
  std::string scratch_name() const;

  os::Fd root_;
  std::string path_;
  TargetOptions options_;
  Rng* rng_;
};

// `invalid` for what is no name of an entry of a directory.
Result<> check_entry_name(std::string_view name);

}  // namespace salvor::snapshot
