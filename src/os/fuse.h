// A file system of ours that the kernel shows at a directory, read-only (FUSE, by libfuse3).
//
// libfuse3 is loaded when something is mounted: nothing else needs it, and many machines do not have it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "os/filesystem.h"

namespace salvor::os {

// What is shown. Nodes are numbers for ever, 1 the root; their status has them in st_ino. Called by several threads.
class FuseTree {
 public:
  virtual ~FuseTree() = default;

  virtual SysResult<struct stat> status(std::uint64_t node) = 0;
  virtual SysResult<struct stat> find(std::uint64_t directory, std::string_view name) = 0;
  // Calls `visit` with what a directory holds, from an index on, until it returns false.
  using Visit = std::function<bool(std::string_view name, const struct stat& status)>;
  virtual SysStatus list(std::uint64_t directory, std::uint64_t from, const Visit& visit) = 0;
  virtual SysResult<std::string> link_target(std::uint64_t node) = 0;
  // A file that is open, until it is closed.
  virtual SysResult<std::uint64_t> open(std::uint64_t node) = 0;
  // Fewer bytes than asked for only at the end.
  virtual SysResult<std::size_t> read(std::uint64_t opened, std::uint64_t offset, MutableByteView into) = 0;
  virtual void close(std::uint64_t opened) = 0;
};

struct FuseOptions {
  bool others_may = false;  // other users than the one who mounts
  unsigned threads = 4;
};

// Serves until the stop is requested or somebody unmounts it; it is unmounted then. `mounted` is called once it is
// there. Errors: `unsupported` without libfuse3 or /dev/fuse; why it cannot be mounted is on standard error, from
// libfuse3 or fusermount3.
Result<> serve_fuse(FuseTree& tree, const std::string& mountpoint, const FuseOptions& options,
                    const std::function<void()>& mounted, std::stop_token stop);

}  // namespace salvor::os
