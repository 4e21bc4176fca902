#include "cli/snapshot_mount.h"

#include <algorithm>
#include <atomic>

#include "base/units.h"
#include "cli/damage.h"
#include "cli/report.h"
#include "cli/snapshot_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "os/fuse.h"
#include "snapshot/mounted_tree.h"

namespace salvor::cli {

namespace {

// An eighth is for directories, a quarter for contents; indexes and what is read just now, two contents for each
// thread, take the rest.
snapshot::MountLimits limits_within(std::uint64_t memory) {
  return {.directory_bytes = memory / 8, .content_bytes = memory / 4};
}

}  // namespace

Result<Outcome> run_snapshot_mount(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::int64_t threads = arguments.integer("parallel");
  if (threads < 1 || threads > 256) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  const Result<std::uint64_t> memory = memory_limit(arguments);
  if (!memory.ok()) return refuse(invocation.console, memory.error());
  const auto& names = arguments.positionals();
  const std::string& mountpoint = names.back();
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  std::atomic<std::uint64_t> failed{0};
  const auto problem = [&](const std::string& path, const Error& error) {
    ++failed;
    report_error(invocation.console, error.clone().context(escape_controls(path)));
  };
  std::unique_ptr<snapshot::MountedTree> tree;
  if (names.size() == 1) {
    const snapshot::Snapshots found = TRY(snapshot::list_readable_snapshots(*door.repository, {}, invocation.stop));
    if (!tell_damage(invocation.console, found)) ++failed;
    tree = snapshot::MountedTree::of_all(*door.repository, found.all, limits_within(*memory), problem, invocation.stop);
  } else {
    const snapshot::DirEntry root = TRY(named_entry(*door.repository, names[0], invocation.stop));
    tree = TRY(snapshot::MountedTree::of(*door.repository, root, limits_within(*memory), problem, invocation.stop));
  }
  TRY(os::serve_fuse(
      *tree, mountpoint, {.others_may = arguments.flag("allow-other"), .threads = static_cast<unsigned>(threads)},
      [&] {
        invocation.console.err("Mounted at " + escape_controls(mountpoint) + "; Ctrl-C or fusermount3 -u ends it.\n");
      },
      invocation.stop));
  return outcome_of_reading(door, failed == 0);
}

}  // namespace salvor::cli
