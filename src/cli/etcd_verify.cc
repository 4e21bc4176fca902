// salvor etcd verify and show: whether a snapshot is whole, and what it says about itself.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/etcd_commands.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "etcd/facts.h"
#include "etcd/hash_kv.h"
#include "etcd/inspect.h"

namespace salvor::cli {

namespace {

Json status_record(const etcd::Status& status) {
  return {{"hash", status.hash},       {"revision", status.revision}, {"totalKey", status.live_keys},
          {"entries", status.entries}, {"totalSize", status.bytes},   {"version", status.version}};
}

// Checks the SHA-256, then everything else. A damaged file is no Error here: the verdict is the result.
struct SnapshotVerdict {
  std::vector<std::string> problems;
  std::uint64_t problem_count = 0;
  std::optional<etcd::Inspection> found;

  void add(const Error& error) {
    problems.push_back(error.message());
    ++problem_count;
  }
};

Result<SnapshotVerdict> judge_snapshot(const Invocation& invocation, const etcd::Snapshot& snapshot) {
  SnapshotVerdict verdict;
  if (snapshot.has_trailer()) {
    const Result<> trailer = snapshot.verify_trailer(invocation.stop);
    if (!trailer.ok() && trailer.error().code() != Code::corrupt) return trailer.error().clone();
    if (!trailer.ok()) verdict.add(trailer.error());
  } else if (!invocation.arguments.flag("skip-hash-check")) {
    verdict.add(
        Error(Code::corrupt,
              "there is no SHA-256 at its end: it was cut off, or it is a database that was copied from a member"));
  }
  auto found = etcd::inspect(snapshot, invocation.stop);
  if (!found.ok() && found.error().code() != Code::corrupt) return std::move(found).error();
  if (!found.ok()) {
    verdict.add(found.error());
    return verdict;
  }
  verdict.problem_count += found->problem_count;
  verdict.problems.insert(verdict.problems.end(), found->problems.begin(), found->problems.end());
  verdict.found = std::move(*found);
  return verdict;
}

void tell_verdict(const Invocation& invocation, const std::string& path, const SnapshotVerdict& verdict) {
  for (const std::string& problem : verdict.problems) {
    report_error(invocation.console, Error(Code::corrupt, escape_controls(path + ": " + problem)));
  }
  if (verdict.problem_count > verdict.problems.size()) {
    report_warning(invocation.console,
                   std::to_string(verdict.problem_count - verdict.problems.size()) + " more problems are not shown");
  }
  if (verdict.problem_count > 0 || !verdict.found) return;
  const etcd::Inspection& found = *verdict.found;
  invocation.console.out(fmt::format("{}: intact, {}, revision {}, {} keys, {} changes\n", escape_controls(path),
                                     format_bytes(found.status.bytes), found.status.revision, found.status.live_keys,
                                     found.changes));
}

std::string urls_text(const std::vector<std::string>& urls) { return joined(urls, ","); }

Json facts_record(const etcd::Facts& facts) {
  Json members = Json::array(), alarms = Json::array();
  for (const etcd::Member& member : facts.members) {
    members.push_back({{"id", etcd::id_text(member.id)},
                       {"name", member.name},
                       {"peerURLs", member.peer_urls},
                       {"clientURLs", member.client_urls},
                       {"isLearner", member.is_learner}});
  }
  for (const etcd::Alarm& alarm : facts.alarms) {
    alarms.push_back({{"member", etcd::id_text(alarm.member)}, {"alarm", alarm.type}});
  }
  return {{"clusterVersion", facts.cluster_version},
          {"downgradeTarget", facts.downgrade_target},
          {"consistentIndex", facts.consistent_index ? Json(*facts.consistent_index) : Json()},
          {"term", facts.term ? Json(*facts.term) : Json()},
          {"members", std::move(members)},
          {"removedMembers", facts.removed_members},
          {"alarms", std::move(alarms)},
          {"leases", facts.leases},
          {"authEnabled", facts.auth_enabled},
          {"users", facts.users},
          {"roles", facts.roles}};
}

Table facts_table(const etcd::Inspection& found, const etcd::Facts& facts, const etcd::HashKv& hash) {
  const etcd::Status& status = found.status;
  const auto or_none = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  Table table{{{"FACT"}, {"VALUE"}}, {}};
  const auto row = [&](const char* name, std::string value) { table.rows.push_back({name, std::move(value)}); };
  row("size", format_bytes(status.bytes));
  row("in use", fmt::format("{} of {} pages", found.pages.used, found.pages.all));
  row("hash", fmt::format("{:x}", status.hash));
  row("revision", std::to_string(status.revision));
  row("compacted", hash.compacted < 0 ? "-" : std::to_string(hash.compacted));
  row("keys", std::to_string(status.live_keys));
  row("changes", fmt::format("{}, {} of them deletions", found.changes, found.deletions));
  row("entries", std::to_string(status.entries));
  row("hashKV", fmt::format("{} at revision {}", hash.hash, hash.revision));
  row("storage version", or_none(status.version));
  row("cluster version", or_none(facts.cluster_version));
  row("leases", std::to_string(facts.leases));
  row("auth", facts.auth_enabled ? "enabled" : "disabled");
  for (const etcd::Member& member : facts.members) {
    row("member", fmt::format("{} {} {}", etcd::id_text(member.id), or_none(member.name), urls_text(member.peer_urls)));
  }
  for (const etcd::Alarm& alarm : facts.alarms) {
    row("alarm", fmt::format("{} of {}", alarm.type, etcd::id_text(alarm.member)));
  }
  if (!facts.downgrade_target.empty()) row("downgrade under way to", facts.downgrade_target);
  return table;
}

}  // namespace

Result<Outcome> run_etcd_verify(const Invocation& invocation) {
  const std::string path(invocation.arguments.name());
  const auto snapshot = TRY(open_snapshot(path));
  const SnapshotVerdict verdict = TRY(judge_snapshot(invocation, *snapshot).context(path));
  const std::string& format = invocation.arguments.text("output");
  if (format == "table") {
    tell_verdict(invocation, path, verdict);
  } else {
    const Json record{{"file", path},
                      {"intact", verdict.problem_count == 0},
                      {"problems", verdict.problems},
                      {"problemCount", verdict.problem_count},
                      {"status", verdict.found ? status_record(verdict.found->status) : Json()}};
    TRY(print(invocation, "file", Table{}, {record}, Records::only));
  }
  return verdict.problem_count == 0 ? Outcome::done : Outcome::verification_failed;
}

Result<Outcome> run_etcd_show(const Invocation& invocation) {
  const std::string path(invocation.arguments.name());
  const auto snapshot = TRY(open_snapshot(path));
  const etcd::Inspection found = TRY(etcd::inspect(*snapshot, invocation.stop).context(path));
  const etcd::Facts facts = TRY(etcd::read_facts(*snapshot).context(path));
  const std::int64_t revision = TRY(revision_meant(invocation, *snapshot).context(path));
  const etcd::HashKv hash = TRY(etcd::hash_kv(*snapshot, revision, invocation.stop).context(path));
  Json record = status_record(found.status);
  record["file"] = path;
  record.update(facts_record(facts));
  record["pages"] = {{"all", found.pages.all}, {"used", found.pages.used}};
  record["changes"] = found.changes;
  record["deletions"] = found.deletions;
  record["hashKV"] = {{"hash", hash.hash}, {"hashRevision", hash.revision}, {"compactRevision", hash.compacted}};
  TRY(print(invocation, "file", facts_table(found, facts, hash), {record}, Records::only));
  for (const std::string& problem : found.problems) report_warning(invocation.console, escape_controls(problem));
  return Outcome::done;
}

}  // namespace salvor::cli
