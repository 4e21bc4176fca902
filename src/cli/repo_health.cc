#include "cli/repo_health.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "codec/base64.h"
#include "codec/json_access.h"
#include "snapshot/health.h"

namespace salvor::cli {

namespace {

using snapshot::Amount;
using snapshot::Health;

std::string times(double ratio) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", ratio);
  return text;
}

std::string amount_text(const Amount& amount) {
  return count_of(amount.contents, "content") + ", " + format_bytes(amount.original_bytes) + ", stored as " +
         format_bytes(amount.packed_bytes);
}

Json amount_json(const Amount& amount) {
  return {
      {"contents", amount.contents}, {"originalBytes", amount.original_bytes}, {"packedBytes", amount.packed_bytes}};
}

// Who runs maintenance, and how often: "user@host, fully every 24h0m0s".
Result<std::string> maintainer(repo::Repository& repository, std::stop_token stop) {
  const repo::ManifestSet manifests = TRY(repository.manifests(std::move(stop)));
  const auto found = manifests.find({{std::string(repo::kTypeLabel), "maintenance"}});
  if (found.empty()) return std::string("nobody: `kopia maintenance set --owner=me` names somebody");
  const Result<Json> parameters = codec::parse_json(found.back()->data);
  if (!parameters.ok() || !parameters->is_object()) return std::string("unknown: its parameters are damaged");
  std::string text(codec::text_member(*parameters, "owner"));
  const Json full = parameters->value("full", Json::object());
  if (!full.is_object() || !full.contains("enabled") || full["enabled"] != true) return text + ", not fully";
  if (full.contains("interval") && full["interval"].is_number_integer()) {
    text += ", fully every " + format_duration(Duration(full["interval"].get<std::int64_t>()));
  }
  return text;
}

Json document(const Health& health, const repo::Repository& repository, const std::string& maintained_by) {
  return {{"repository", codec::encode_base64(as_text(repository.format().blob.unique_id))},
          {"snapshots", health.snapshots},
          {"damagedSnapshots", health.damaged_snapshots},
          {"incompleteSnapshots", health.incomplete_snapshots},
          {"logicalBytes", health.logical_bytes},
          {"data", amount_json(health.data)},
          {"metadata", amount_json(health.metadata)},
          {"deduplication", health.deduplication()},
          {"compression", health.compression()},
          {"deleted", amount_json(health.deleted)},
          {"unneeded", amount_json(health.unneeded)},
          {"lostContents", health.lost_contents},
          {"packs", health.packs},
          {"packBytes", health.pack_bytes},
          {"deadPacks", health.dead_packs},
          {"deadPackBytes", health.dead_pack_bytes},
          {"indexBlobs", health.index_blobs},
          {"indexBytes", health.index_bytes},
          {"maintainer", maintained_by}};
}

Table screen(const Health& health, const std::string& maintained_by) {
  Table table{{{"WHAT"}, {"VALUE"}}, {}};
  const auto row = [&](const char* what, std::string value) { table.rows.push_back({what, std::move(value)}); };
  std::string snapshots = std::to_string(health.snapshots) + " with files of " + format_bytes(health.logical_bytes);
  if (health.incomplete_snapshots > 0) snapshots += ", " + std::to_string(health.incomplete_snapshots) + " incomplete";
  if (health.damaged_snapshots > 0) snapshots += ", " + std::to_string(health.damaged_snapshots) + " damaged";
  row("snapshots", snapshots);
  row("data", amount_text(health.data));
  row("metadata", amount_text(health.metadata));
  row("deduplication", "1 : " + times(health.deduplication()));
  row("compression", "1 : " + times(health.compression()));
  row("packs", std::to_string(health.packs) + ", " + format_bytes(health.pack_bytes));
  row("indexes", count_of(health.index_blobs, "blob") + ", " + format_bytes(health.index_bytes));
  row("not needed any more", amount_text(health.unneeded));
  row("deleted", amount_text(health.deleted));
  row("packs to be removed", std::to_string(health.dead_packs) + ", " + format_bytes(health.dead_pack_bytes));
  row("maintained by", maintained_by);
  return table;
}

// By the margins that maintenance keeps. [kopia repo/maintenance/maintenance_safety.go]
constexpr std::string_view kWhen =
    "What is not needed any more is deleted by the first full maintenance that finds it a day old, is given up by the "
    "next one at least four hours later, and a pack in which nothing is left is removed a day after it was written at "
    "the "
    "earliest. Packs that are mostly empty are written anew, and then removed.\n";

}  // namespace

Result<Outcome> run_repo_health(const Invocation& invocation) {
  const std::int64_t threads = invocation.arguments.integer("parallel");
  if (threads < 1 || threads > 256) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_repository(wire, invocation));
  const Health health =
      TRY(snapshot::look_at_health(*door.repository, static_cast<unsigned>(threads), invocation.stop));
  const std::string maintained_by = TRY(maintainer(*door.repository, invocation.stop));
  TRY(print(invocation, "repository", screen(health, maintained_by),
            {document(health, *door.repository, maintained_by)}, Records::only));
  if (invocation.arguments.text("output") == "table" && health.unneeded.contents + health.deleted.contents > 0) {
    for (const std::string& line : wrap(kWhen, 100)) invocation.console.err(line + "\n");
  }
  if (health.lost_contents == 0 && health.damaged_snapshots == 0) return Outcome::done;
  report_warning(invocation.console, "something that snapshots need is not there; `salvor snapshot verify` names it");
  return Outcome::verification_failed;
}

}  // namespace salvor::cli
