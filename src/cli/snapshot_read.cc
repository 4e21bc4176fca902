// salvor snapshot list, ls and cat.
#include <map>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/bodies.h"
#include "cli/damage.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/snapshot_entry.h"
#include "cli/snapshot_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "repo/object_reader.h"
#include "snapshot/expire.h"
#include "snapshot/tree.h"

namespace salvor::cli {

namespace {

using snapshot::DirEntry;
using snapshot::EntryType;

struct Listing {
  Table table{{{"MODE"}, {"OWNER"}, {"SIZE"}, {"MODIFIED"}, {"NAME"}}, {}};
  std::vector<Json> records;

  void add(const DirEntry& entry, const std::string& path) {
    table.rows.push_back({mode_text(entry), std::to_string(entry.uid) + ":" + std::to_string(entry.gid),
                          format_bytes(size_of(entry)), format_rfc3339(entry.modified),
                          path + (entry.type == EntryType::directory ? "/" : "")});
    records.push_back(entry_record(entry, path));
  }
};

// Why each snapshot is kept, by its id. That it is not known hinders nobody from seeing the others.
Result<std::map<std::string, std::vector<std::string>>> retention_of(const Invocation& invocation,
                                                                     repo::Repository& repository,
                                                                     const std::vector<snapshot::Manifest>& all) {
  const snapshot::Policies policies = TRY(snapshot::Policies::load(repository, invocation.stop));
  std::map<std::string, std::vector<std::string>> reasons;
  for (const snapshot::RetainedSource& group : snapshot::retained(all, policies)) {
    if (!group.damage.empty()) report_warning(invocation.console, escape_controls(group.damage));
    for (const auto& one : group.snapshots) reasons[one.manifest.id] = one.reasons;
  }
  return reasons;
}

}  // namespace

Result<Outcome> run_snapshot_list(const Invocation& invocation) {
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  const snapshot::Source source = parse_source(invocation.arguments.text("source"));
  const snapshot::Snapshots found = TRY(snapshot::list_readable_snapshots(*door.repository, source, invocation.stop));
  // Without all policies nobody can tell what they keep.
  std::map<std::string, std::vector<std::string>> reasons;
  if (found.lost.empty()) reasons = TRY(retention_of(invocation, *door.repository, found.all));
  Table table{{{"ID"}, {"SOURCE"}, {"START"}, {"SIZE"}, {"FILES"}, {"STATE"}, {"KEPT FOR"}}, {}};
  std::vector<Json> records;
  for (const snapshot::Manifest& one : found.all) {
    const auto& summary = one.root ? one.root->summary : std::nullopt;
    const std::uint64_t size = one.root ? size_of(*one.root) : 0, files = summary ? summary->files : one.stats.files;
    const std::uint64_t failed = summary ? summary->failed : one.stats.errors;
    std::string state = one.incomplete.empty() ? "complete" : "incomplete: " + one.incomplete;
    if (failed > 0) state += ", " + std::to_string(failed) + " not saved";
    const std::string from = one.source.user + "@" + one.source.host + ":" + one.source.path;
    std::vector<std::string> kept = reasons[one.id];
    for (const std::string& pin : one.pins) kept.push_back("pin:" + pin);
    if (one.incomplete.empty() || invocation.arguments.flag("incomplete")) {
      table.rows.push_back({one.id.substr(0, 12), from, format_rfc3339(one.start), format_bytes(size),
                            std::to_string(files), state, joined(kept, ",")});
    }
    records.push_back({{"id", one.id},
                       {"source", {{"user", one.source.user}, {"host", one.source.host}, {"path", one.source.path}}},
                       {"start", format_rfc3339(one.start)},
                       {"end", format_rfc3339(one.end)},
                       {"bytes", size},
                       {"files", files},
                       {"failed", failed},
                       {"incomplete", one.incomplete},
                       {"root", one.root ? one.root->object : ""},
                       {"description", one.description},
                       {"tags", one.tags},
                       {"retention", reasons[one.id]},
                       {"pins", one.pins}});
  }
  TRY(print(invocation, "snapshot", table, records, Records::found));
  return outcome_of_reading(door, tell_damage(invocation.console, found));
}

Result<Outcome> run_snapshot_ls(const Invocation& invocation) {
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  const DirEntry start = TRY(named_entry(*door.repository, invocation.arguments.positionals()[0], invocation.stop));
  Listing listing;
  if (start.type != EntryType::directory) listing.add(start, start.name);
  std::vector<std::pair<std::string, DirEntry>> directories;
  if (start.type == EntryType::directory) directories.emplace_back("", start);
  for (std::size_t next = 0; next < directories.size(); ++next) {
    const auto [path, directory] = directories[next];
    TRY(snapshot::visit_directory(
        *door.repository, directory,
        [&](DirEntry&& entry) -> Result<> {
          const std::string below = path.empty() ? entry.name : path + "/" + entry.name;
          listing.add(entry, below);
          if (entry.type == EntryType::directory && invocation.arguments.flag("recursive")) {
            directories.emplace_back(below, std::move(entry));
          }
          return {};
        },
        invocation.stop));
  }
  TRY(print(invocation, "path", listing.table, listing.records, Records::found));
  return outcome_of_reading(door, true);
}

Result<Outcome> run_snapshot_cat(const Invocation& invocation) {
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  const DirEntry entry = TRY(named_entry(*door.repository, invocation.arguments.positionals()[0], invocation.stop));
  if (entry.type == EntryType::directory) {
    return refuse(invocation.console, Error(Code::invalid, "\"" + escape_controls(entry.name) + "\" is a directory")
                                          .hint("`salvor snapshot ls` shows what is in it."));
  }
  TRY(repo::read_object(
      *door.repository, TRY(repo::ObjectId::parse(entry.object)),
      [&](ByteView bytes) { return invocation.console.out(as_text(bytes)), Result<>(); }, invocation.stop));
  return outcome_of_reading(door, true);
}

}  // namespace salvor::cli
