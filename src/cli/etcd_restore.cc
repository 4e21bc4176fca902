// salvor etcd restore: a member's data directory out of a snapshot.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/rng.h"
#include "base/units.h"
#include "cli/etcd_commands.h"
#include "cli/report.h"
#include "cli/text.h"
#include "etcd/restore.h"
#include "os/file.h"
#include "os/file_error.h"
#include "os/local_filesystem.h"
#include "os/steady_filesystem.h"

namespace salvor::cli {

namespace {

Result<std::int64_t> bump_meant(const Arguments& arguments) {
  const bool marks = arguments.optional_bool("mark-compacted").value_or(true);
  const std::int64_t bump = arguments.integer("bump-revision");
  if (marks) return bump;
  if (!arguments.given("bump-revision") || bump == 0) return std::int64_t{0};
  return Error(Code::invalid, "revisions can move on only when those before count as compacted")
      .hint("Leave --mark-compacted=false out, or give --bump-revision 0.");
}

// The directory's own name is then as durable as what is in it.
Result<> sync_parent(const std::string& directory) {
  const auto parent = os::make_steady(TRY(os::LocalFileSystem::open_root(directory + "/..")));
  const os::SysStatus synced = parent->sync_directory("");
  return synced ? Result<>() : os::file_error("sync the directory above " + directory, synced.error);
}

// A member that does not run as root owns its directory; what root restores into it becomes its own.
Result<> give_to_owner(const std::string& directory) {
  struct stat owner;
  if (::stat(directory.c_str(), &owner) != 0) return os::file_error("look at " + directory, errno);
  if (::geteuid() != 0 || (owner.st_uid == 0 && owner.st_gid == 0)) return {};
  const auto give = [&](const std::filesystem::path& path) -> Result<> {
    if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) == 0) return {};
    return os::file_error("change the owner of " + path.string(), errno);
  };
  const std::filesystem::path member = std::filesystem::path(directory) / "member";
  TRY(give(member));
  std::error_code error;
  std::filesystem::recursive_directory_iterator below(member, error), end;
  for (; !error && below != end; below.increment(error)) TRY(give(below->path()));
  return error ? os::file_error("list " + member.string(), error.value()) : Result<>();
}

void tell_restored(const Invocation& invocation, const std::string& directory, const etcd::NewCluster& cluster,
                   const etcd::Restored& restored) {
  const etcd::Member& self = cluster.members[cluster.self];
  invocation.console.out(fmt::format("{}: member {} of cluster {}, revision {}, {} ({} in the snapshot)\n",
                                     escape_controls(directory), etcd::id_text(self.id), etcd::id_text(cluster.id),
                                     restored.revision, format_bytes(restored.bytes),
                                     format_bytes(restored.source_bytes)));
  if (restored.dropped_alarms > 0) {
    report_warning(invocation.console, std::to_string(restored.dropped_alarms) +
                                           " alarms of the old members were left out; --keep-alarms keeps them");
  }
  if (!restored.dropped_downgrade.empty()) {
    report_warning(invocation.console,
                   "a downgrade to " + escape_controls(restored.dropped_downgrade) + " was under way and is no more");
  }
}

}  // namespace

Result<Outcome> run_etcd_restore(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string path(arguments.name());
  const auto cluster =
      etcd::plan_cluster(arguments.text("name"), arguments.list("initial-cluster"),
                         arguments.list("initial-advertise-peer-urls"), arguments.text("initial-cluster-token"));
  if (!cluster.ok()) return refuse(invocation.console, cluster.error());
  const auto bump = bump_meant(arguments);
  if (!bump.ok()) return refuse(invocation.console, bump.error());
  const etcd::RestoreOptions options{.bump = *bump,
                                     .keep_alarms = arguments.flag("keep-alarms"),
                                     .without_trailer = arguments.flag("skip-hash-check")};
  const auto snapshot = TRY(open_snapshot(path));
  const std::string& directory = arguments.text("data-dir");
  TRY(os::make_directories(directory, 0700));
  const auto files = os::make_steady(TRY(os::LocalFileSystem::open_root(directory)));
  SystemRng rng;
  const auto restored =
      TRY(etcd::restore(*snapshot, *files, *cluster, options, rng, invocation.stop).context("restore " + path));
  TRY(give_to_owner(directory));
  TRY(sync_parent(directory));
  tell_restored(invocation, directory, *cluster, restored);
  return Outcome::done;
}

}  // namespace salvor::cli
