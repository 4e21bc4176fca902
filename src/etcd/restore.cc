#include "etcd/restore.h"

#include <cerrno>
#include <limits>

#include "base/big_endian.h"
#include "base/units.h"
#include "bbolt/copy.h"
#include "bbolt/visit.h"
#include "etcd/history.h"
#include "etcd/raft_files.h"
#include "os/file_error.h"

namespace salvor::etcd {

namespace {

constexpr std::string_view kLeftover = ".salvor-restore-";
constexpr unsigned kFileMode = 0600, kDirectoryMode = 0700;

Result<> settled(os::SysStatus status, const std::string& what) {
  if (status) return {};
  return os::file_error(what, status.error);
}

Result<> remove_all(os::FileSystem& files, const std::string& path) {
  const auto listed = files.list(path);
  if (!listed) return os::file_error("list " + path, listed.error);
  for (const os::DirectoryEntry& entry : listed.value) {
    const std::string below = os::join_path(path, entry.name);
    if (entry.kind == os::FileKind::directory) {
      TRY(remove_all(files, below));
    } else {
      TRY(settled(files.remove_file(below), "remove " + below));
    }
  }
  return settled(files.remove_directory(path), "remove " + path);
}

// Removes what an earlier try left; whatever else is there is somebody's data.
Result<> make_empty(os::FileSystem& files) {
  const auto listed = files.list("");
  if (!listed) return os::file_error("list the data directory", listed.error);
  for (const os::DirectoryEntry& entry : listed.value) {
    if (entry.name.starts_with(kLeftover) || entry.name == "lost+found") continue;
    return Error(Code::already_exists, "the data directory is in use: it holds \"" + entry.name + "\"")
        .hint("Stop etcd and move the old directory away; keep it until the new member is healthy.");
  }
  for (const os::DirectoryEntry& entry : listed.value) {
    if (entry.name.starts_with(kLeftover)) TRY(remove_all(files, entry.name));
  }
  return {};
}

Result<> check_space(os::FileSystem& files, std::uint64_t needed) {
  const auto space = files.free_space();
  if (!space || space.value >= needed) return {};  // where it cannot be told, writing will tell
  return Error(Code::out_of_space, "the data directory has room for " + format_bytes(space.value) +
                                       ", and the snapshot has " + format_bytes(needed))
      .hint("Free some space, or choose another data directory.");
}

// What becomes of the buckets; fills in what `restored` says of it.
Result<bbolt::Edits> plan_edits(const Snapshot& snapshot, const NewCluster& cluster, const RestoreOptions& options,
                                Restored& restored) {
  bbolt::Edits edits;
  bbolt::BucketEdit& members = edits[std::string(bucket::kMembers)];
  members.clear = true;
  for (const Member& member : cluster.members) members.put[id_text(member.id)] = member_json(member);
  edits[std::string(bucket::kMembersRemoved)].clear = true;
  const Facts facts = TRY(read_facts(snapshot));
  bbolt::BucketEdit& versions = edits[std::string(bucket::kCluster)];
  if (!facts.downgrade_target.empty()) versions.remove.insert("downgrade");
  restored.dropped_downgrade = facts.downgrade_target;
  if (!options.keep_alarms && !facts.alarms.empty()) {
    edits[std::string(bucket::kAlarm)].clear = true;
    restored.dropped_alarms = facts.alarms.size();
  }
  bbolt::BucketEdit& meta = edits[std::string(bucket::kMeta)];
  const auto number = [](std::uint64_t value) {
    Bytes bytes;
    append_big_endian(bytes, value, 8);
    return std::string(as_text(bytes));
  };
  meta.put["consistent_index"] = number(last_index(cluster));
  meta.put["term"] = number(kFirstTerm);
  const Span span = TRY(span_of(snapshot));
  restored.revision = span.latest;
  if (options.bump == 0) return edits;
  if (span.latest > std::numeric_limits<std::int64_t>::max() / 2 - options.bump) {
    return Error(Code::invalid,
                 "revisions cannot go on by " + std::to_string(options.bump) + " from " + std::to_string(span.latest));
  }
  restored.revision += options.bump;
  const std::string moved_on = revision_bytes({.main = restored.revision});
  edits[std::string(bucket::kKey)].put[moved_on] = "";
  meta.put["scheduledCompactRev"] = moved_on;
  return edits;
}

class EntryCount final : public bbolt::Visitor {
 public:
  Result<> enter(ByteView, std::uint64_t) override { return {}; }
  Result<> entry(ByteView, ByteView) override { return ++count_, Result<>(); }
  Result<> leave() override { return {}; }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

// What was written is read again from the file.
Result<> read_back(os::FileSystem& files, const std::string& path, const bbolt::Copied& written, std::stop_token stop) {
  const auto file = files.open(path);
  if (!file) return os::file_error("open " + path, file.error);
  const auto status = file.value->status();
  if (!status) return os::file_error("look at " + path, status.error);
  if (status.value.size != written.written.bytes)
    return Error(Code::corrupt, path + " has another size than it was given");
  bbolt::OpenFileSource source(*file.value, status.value.size);
  const bbolt::Database database = TRY(bbolt::Database::open(source, status.value.size));
  EntryCount counted;
  TRY(bbolt::visit(database, counted, std::move(stop)));
  if (counted.count() == written.entries) return {};
  return Error(Code::corrupt, path + " does not hold what was written");
}

class DirectoryWriter {
 public:
  DirectoryWriter(os::FileSystem& files, std::string at) : files_(files), at_(std::move(at)) {}

  Result<> make_directories() {
    for (const std::string& path : {at_, at_ + "/snap", at_ + "/wal"}) {
      TRY(settled(files_.make_directory(path, kDirectoryMode), "create " + path));
    }
    return {};
  }
  Result<bbolt::Copied> database(const Snapshot& snapshot, const bbolt::Edits& edits, std::stop_token stop) {
    const std::string path = at_ + "/snap/db";
    const auto file = files_.create(path, kFileMode);
    if (!file) return os::file_error("create " + path, file.error);
    bbolt::Writer writer(*file.value, snapshot.database().meta().page_size);
    const bbolt::Copied copied = TRY(bbolt::copy(snapshot.database(), writer, edits, stop));
    TRY(settled(file.value->sync(), "sync " + path));
    TRY(read_back(files_, path, copied, std::move(stop)));
    return copied;
  }
  Result<> small_file(const std::string& name, ByteView bytes) {
    const std::string path = at_ + "/" + name;
    const auto file = files_.create(path, kFileMode);
    if (!file) return os::file_error("create " + path, file.error);
    if (const auto put = file.value->write_at(bytes, 0); !put) return os::file_error("write " + path, put.error);
    return settled(file.value->sync(), "sync " + path);
  }
  Result<> publish() {
    for (const std::string& path : {at_ + "/snap", at_ + "/wal", at_, std::string()}) {
      TRY(settled(files_.sync_directory(path), "sync " + path));
    }
    os::SysStatus renamed = files_.rename(at_, "member", os::Overwrite::no);
    // Where the file system cannot promise that, make_empty found that there is no such name.
    if (renamed.error == EINVAL || renamed.error == ENOSYS) {
      renamed = files_.rename(at_, "member", os::Overwrite::yes);
    }
    TRY(settled(renamed, "rename the new directory to member"));
    return settled(files_.sync_directory(""), "sync the data directory");
  }

 private:
  os::FileSystem& files_;
  const std::string at_;
};

}  // namespace

Result<Restored> restore(const Snapshot& snapshot, os::FileSystem& data_directory, const NewCluster& cluster,
                         const RestoreOptions& options, Rng& rng, std::stop_token stop) {
  if (snapshot.has_trailer()) {
    TRY(snapshot.verify_trailer(stop));
  } else if (!options.without_trailer) {
    return Error(Code::invalid, "there is no SHA-256 at its end: it was not made by a snapshot, or its end is missing")
        .hint("For a database that was copied from a stopped member give --skip-hash-check.");
  }
  TRY(make_empty(data_directory));
  Restored restored{.source_bytes = snapshot.database().bytes()};
  TRY(check_space(data_directory, restored.source_bytes));
  const bbolt::Edits edits = TRY(plan_edits(snapshot, cluster, options, restored));
  const std::string at = std::string(kLeftover) + rng.hex(8);
  DirectoryWriter writer(data_directory, at);
  const auto write = [&]() -> Result<> {
    TRY(writer.make_directories());
    const bbolt::Copied copied = TRY(writer.database(snapshot, edits, stop));
    restored.entries = copied.entries;
    restored.bytes = copied.written.bytes;
    TRY(writer.small_file(write_ahead_log_name(), write_ahead_log(cluster)));
    TRY(writer.small_file(raft_snapshot_name(cluster), raft_snapshot(cluster)));
    return writer.publish();
  };
  Result<> written = write();
  if (written.ok()) return restored;
  // Tidy, not needed: another try removes it too.
  if (const Result<> removed = remove_all(data_directory, at); !removed.ok()) (void)removed.error();
  return std::move(written).error();
}

}  // namespace salvor::etcd
