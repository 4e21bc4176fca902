// salvor restore get, describe and logs.
#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/records.h"
#include "cli/summary.h"
#include "cli/wire.h"
#include "codec/json_access.h"

namespace salvor::cli {

namespace {

constexpr RecordKind kRestores{"restore", backup::restore_names, backup::read_restore};

std::vector<Column> columns() {
  return {{"NAME"}, {"BACKUP"}, {"STATUS"}, {"STARTED"}, {"COMPLETED"}, {"ERRORS"}, {"WARNINGS"}};
}

std::vector<std::string> row(const Json& restore) {
  const Json& status = codec::object_member(restore, "status");
  return {name_of(restore),
          codec::text_at(restore, {"spec", "backupName"}),
          codec::text_member(status, "phase"),
          codec::text_member(status, "startTimestamp"),
          codec::text_member(status, "completionTimestamp"),
          std::to_string(codec::integer_member(status, "errors", 0)),
          std::to_string(codec::integer_member(status, "warnings", 0))};
}

Result<std::string> description(store::Storage& storage, const Json& restore, bool details, std::stop_token stop) {
  const backup::RestoreKeys keys(name_of(restore));
  std::string text = record_block(restore);
  const Result<std::string> results = backup::read_gzip(storage, keys.results(), 64 * kMiB, stop);
  if (results.ok()) text += results_block(*results);
  if (!details) return text;
  const Result<Json> list = backup::read_gzip_json(storage, keys.resource_list(), stop);
  return list.ok() ? text + resource_block(*list) : text;
}

}  // namespace

Result<Outcome> run_restore_get(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  return print_records(invocation, "restore", TRY(read_records(invocation, *storage, kRestores)), columns(), row);
}

Result<Outcome> run_restore_describe(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  return describe_records(
      invocation, "restore", TRY(read_records(invocation, *storage, kRestores)),
      [&](const Json& restore, bool details) { return description(*storage, restore, details, invocation.stop); });
}

Result<Outcome> run_restore_logs(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  TRY(backup::read_restore(*storage, invocation.arguments.name(), invocation.stop));
  return print_log(invocation, *storage, backup::RestoreKeys(invocation.arguments.name()).log());
}

}  // namespace salvor::cli
