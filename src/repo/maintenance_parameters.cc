#include "repo/maintenance_parameters.h"

#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "repo/json_fields.h"
#include "repo/manifest_writer.h"

namespace salvor::repo {
namespace {

constexpr std::string_view kParametersName = "the parameters of maintenance";

Labels parameter_labels() { return {{std::string(kTypeLabel), "maintenance"}}; }

Result<MaintenanceCycle> read_cycle(Json* json) {
  MaintenanceCycle cycle;
  if (!json) return cycle;
  FieldReader reader(*json, kParametersName);
  reader.read("enabled", cycle.enabled).read("interval", cycle.interval);
  cycle.unknown = TRY(reader.finish());
  return cycle;
}

Result<LogRetention> read_retention(Json* json) {
  LogRetention retention;
  if (!json) return retention;
  FieldReader reader(*json, kParametersName);
  reader.read("maxTotalSize", retention.max_total_size)
      .read("maxCount", retention.max_count)
      .read("maxAge", retention.max_age);
  retention.unknown = TRY(reader.finish());
  return retention;
}

void write(FieldWriter& writer, std::string& text, std::string_view key, const MaintenanceCycle& cycle) {
  writer.begin(key);
  FieldWriter(text).write("enabled", cycle.enabled).write("interval", cycle.interval).finish(cycle.unknown);
}

}  // namespace

LogRetention LogRetention::or_default() const {
  if (max_total_size != 0 || max_count != 0 || max_age != Duration::zero()) return *this;
  return {.max_total_size = std::int64_t{1} << 30, .max_count = 10'000, .max_age = std::chrono::hours(30 * 24)};
}

MaintenanceParameters default_maintenance_parameters() {
  return {.owner = {},
          .quick = {.enabled = true, .interval = std::chrono::hours(1)},
          .full = {.enabled = true, .interval = std::chrono::hours(24)},
          .log_retention = LogRetention().or_default()};
}

Result<MaintenanceParameters> parse_maintenance_parameters(std::string_view json) {
  Result<Json> document = codec::parse_json(json);
  if (!document.ok()) return Error(Code::corrupt, std::string(kParametersName) + ": " + document.error().message());
  MaintenanceParameters parameters;
  FieldReader reader(*document, kParametersName);
  reader.read("owner", parameters.owner);
  parameters.quick = TRY(read_cycle(reader.object("quick")));
  parameters.full = TRY(read_cycle(reader.object("full")));
  parameters.log_retention = TRY(read_retention(reader.object("logRetention")));
  reader.read("extendObjectLocks", parameters.extend_object_locks).read("listParallelism", parameters.list_parallelism);
  parameters.unknown = TRY(reader.finish());
  return parameters;
}

std::string encode(const MaintenanceParameters& parameters) {
  std::string text;
  FieldWriter writer(text);
  writer.write("owner", parameters.owner);
  write(writer, text, "quick", parameters.quick);
  write(writer, text, "full", parameters.full);
  writer.begin("logRetention");
  FieldWriter(text)
      .write("maxTotalSize", parameters.log_retention.max_total_size)
      .write("maxCount", parameters.log_retention.max_count)
      .write("maxAge", parameters.log_retention.max_age)
      .finish(parameters.log_retention.unknown);
  writer.write("extendObjectLocks", parameters.extend_object_locks)
      .write("listParallelism", parameters.list_parallelism)
      .finish(parameters.unknown);
  return text;
}

Result<MaintenanceParameters> maintenance_parameters_in(const ManifestSet& manifests) {
  const std::vector<const ManifestEntry*> found = manifests.find(parameter_labels());
  if (found.empty()) return default_maintenance_parameters();
  return parse_maintenance_parameters(found.back()->data).context("manifest " + found.back()->id);
}

Result<> replace_maintenance_parameters(Repository& repository, const MaintenanceParameters& parameters,
                                        const std::string& user, const std::string& host, Clock& clock, Rng& rng,
                                        std::stop_token stop) {
  const auto contents = TRY(ContentWriter::create(repository, {.user = user, .host = host}, clock, rng));
  const ManifestSet manifests = TRY(repository.manifests(stop));
  for (const ManifestEntry* old : manifests.find(parameter_labels())) {
    TRY(remove_manifest(*contents, old->id, old->modified, clock, stop));
  }
  TRY(put_manifest(*contents, parameter_labels(), encode(parameters), clock, rng, stop));
  return contents->flush(std::move(stop));
}

}  // namespace salvor::repo
