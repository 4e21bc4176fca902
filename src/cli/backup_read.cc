// salvor backup get, describe, logs and download: looking at what a location holds.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "archive/archive.h"
#include "backup/catalog.h"
#include "backup/copy_record.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/records.h"
#include "cli/summary.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "codec/gzip.h"
#include "codec/json_access.h"
#include "os/file.h"

namespace salvor::cli {

namespace {

constexpr const char* kCopiedFrom = "salvor.dev/copied-from";
constexpr const char* kCopiedAt = "salvor.dev/copied-at";

// The Backup, and for a copy two annotations that say so. They are shown, never stored: velero-backup.json stays as it
// was where it came from.
Result<Json> read_backup(store::Storage& storage, std::string_view name, std::stop_token stop) {
  Json backup = TRY(backup::read_backup(storage, name, stop));
  const auto record = backup::read_copy_record(storage, backup::BackupKeys(name), stop);
  if (!record.ok() || !record->has_value() || !codec::member(backup, "metadata")) return backup;
  Json& metadata = backup["metadata"];
  if (!metadata.is_object() || (metadata.contains("annotations") && !metadata["annotations"].is_object()))
    return backup;
  metadata["annotations"][kCopiedFrom] = (*record)->from;
  metadata["annotations"][kCopiedAt] = format_rfc3339((*record)->at);
  return backup;
}

constexpr RecordKind kBackups{"backup", backup::backup_names, read_backup};

std::vector<Column> columns() {
  return {{"NAME"}, {"STATUS"}, {"ERRORS"}, {"WARNINGS"}, {"CREATED"}, {"EXPIRES"}, {"STORAGE LOCATION"}, {"SELECTOR"}};
}

std::string copied_from(const Json& backup) {
  return codec::text_member(codec::object_member(codec::object_member(backup, "metadata"), "annotations"), kCopiedFrom);
}

std::string selector_text(const Json& spec) {
  const Json& labels = codec::object_member(codec::object_member(spec, "labelSelector"), "matchLabels");
  std::string text;
  for (const auto& [key, value] : labels.items()) {
    if (value.is_string()) text += (text.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  }
  return text.empty() ? "<none>" : text;
}

std::vector<std::string> row(const Json& backup) {
  const Json& spec = codec::object_member(backup, "spec");
  const Json& status = codec::object_member(backup, "status");
  return {name_of(backup),
          codec::text_member(status, "phase"),
          std::to_string(codec::integer_member(status, "errors", 0)),
          std::to_string(codec::integer_member(status, "warnings", 0)),
          codec::text_member(status, "startTimestamp"),
          codec::text_member(status, "expiration"),
          codec::text_member(spec, "storageLocation"),
          selector_text(spec)};
}

std::vector<std::string> row_with_copies(const Json& backup) {
  std::vector<std::string> cells = row(backup);
  const std::string from = copied_from(backup);
  cells.push_back(from.empty() ? "<none>" : from);
  return cells;
}

Result<std::string> description(store::Storage& storage, const Json& backup, bool details, std::stop_token stop) {
  const backup::BackupKeys keys(name_of(backup));
  std::string text = record_block(backup);
  if (const std::string from = copied_from(backup); !from.empty()) {
    const std::string at = codec::text_member(backup["metadata"]["annotations"], kCopiedAt);
    text += "Copied:        " + escape_controls(at) + " from " + escape_controls(from) + "\n";
  }
  text += "Stored:        " + format_bytes(TRY(backup::stored_bytes(storage, keys.folder(), stop))) + " in " +
          storage.describe() + "\n";
  const Result<std::string> results = backup::read_gzip(storage, keys.results(), 64 * kMiB, stop);
  if (results.ok()) text += results_block(*results);
  if (!details) return text;
  const Json list = TRY(backup::read_gzip_json(storage, keys.resource_list(), stop));
  return text + resource_block(list);
}

}  // namespace

Result<Outcome> run_backup_get(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  const std::vector<Json> backups = TRY(read_records(invocation, *storage, kBackups));
  // velero's columns; one more where there are copies.
  const bool copies =
      std::any_of(backups.begin(), backups.end(), [](const Json& one) { return !copied_from(one).empty(); });
  if (!copies) return print_records(invocation, "backup", backups, columns(), row);
  std::vector<Column> more = columns();
  more.push_back({"COPIED FROM"});
  return print_records(invocation, "backup", backups, std::move(more), row_with_copies);
}

Result<Outcome> run_backup_describe(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  const std::vector<Json> backups = TRY(read_records(invocation, *storage, kBackups));
  return describe_records(invocation, "backup", backups, [&](const Json& backup, bool details) {
    return description(*storage, backup, details, invocation.stop);
  });
}

Result<Outcome> run_backup_logs(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  TRY(backup::read_openable_backup(*storage, invocation.arguments.name(), invocation.stop));
  return print_log(invocation, *storage, backup::BackupKeys(invocation.arguments.name()).log());
}

Result<Outcome> run_backup_download(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  const std::string name(invocation.arguments.name());
  TRY(backup::read_openable_backup(*storage, name, invocation.stop));
  const std::string chosen = invocation.arguments.text("output");
  return download(invocation, *storage, backup::BackupKeys(name).contents(),
                  chosen.empty() ? name + "-data.tar.gz" : chosen);
}

}  // namespace salvor::cli
