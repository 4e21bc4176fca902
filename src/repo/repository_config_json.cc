// RepositoryConfig as JSON: kopia's names in kopia's order, so that what nobody changed is written as it was read.
#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "repo/json_fields.h"
#include "repo/repository_config.h"

namespace salvor::repo {
namespace {

constexpr std::string_view kConfigName = "the repository's configuration";

Result<EpochParameters> read_epoch_parameters(Json& json) {
  EpochParameters parameters;
  FieldReader reader(json, kConfigName);
  reader.read("Enabled", parameters.enabled)
      .read("EpochRefreshFrequency", parameters.epoch_refresh_frequency)
      .read("FullCheckpointFrequency", parameters.full_checkpoint_frequency)
      .read("CleanupSafetyMargin", parameters.cleanup_safety_margin)
      .read("MinEpochDuration", parameters.min_epoch_duration)
      .read("EpochAdvanceOnCountThreshold", parameters.epoch_advance_on_count_threshold)
      .read("EpochAdvanceOnTotalSizeBytesThreshold", parameters.epoch_advance_on_total_size_bytes_threshold)
      .read("DeleteParallelism", parameters.delete_parallelism);
  parameters.unknown = TRY(reader.finish());
  return parameters;
}

void write(std::string& text, const EpochParameters& parameters) {
  FieldWriter(text)
      .write("Enabled", parameters.enabled)
      .write("EpochRefreshFrequency", parameters.epoch_refresh_frequency)
      .write("FullCheckpointFrequency", parameters.full_checkpoint_frequency)
      .write("CleanupSafetyMargin", parameters.cleanup_safety_margin)
      .write("MinEpochDuration", parameters.min_epoch_duration)
      .write("EpochAdvanceOnCountThreshold", parameters.epoch_advance_on_count_threshold)
      .write("EpochAdvanceOnTotalSizeBytesThreshold", parameters.epoch_advance_on_total_size_bytes_threshold)
      .write("DeleteParallelism", parameters.delete_parallelism)
      .finish(parameters.unknown);
}

Result<UpgradeLock> read_upgrade_lock(Json& json) {
  UpgradeLock lock;
  FieldReader reader(json, kConfigName);
  reader.read("ownerID", lock.owner_id)
      .read("creationTime", lock.creation_time)
      .read("advanceNoticeDuration", lock.advance_notice_duration)
      .read("ioDrainTimeout", lock.io_drain_timeout)
      .read("statusPollInterval", lock.status_poll_interval)
      .read("message", lock.message)
      .read("maxPermittedClockDrift", lock.max_permitted_clock_drift);
  lock.unknown = TRY(reader.finish());
  return lock;
}

void write(std::string& text, const UpgradeLock& lock) {
  FieldWriter(text)
      .write_unless_empty("ownerID", lock.owner_id)
      .write("creationTime", lock.creation_time)
      .write_unless_zero("advanceNoticeDuration", lock.advance_notice_duration)
      .write_unless_zero("ioDrainTimeout", lock.io_drain_timeout)
      .write_unless_zero("statusPollInterval", lock.status_poll_interval)
      .write_unless_empty("message", lock.message)
      .write_unless_zero("maxPermittedClockDrift", lock.max_permitted_clock_drift)
      .finish(lock.unknown);
}

Result<RequiredFeature> read_required_feature(Json& json) {
  RequiredFeature required;
  FieldReader reader(json, kConfigName);
  reader.read("feature", required.feature);
  if (Json* const object = reader.object("ifNotUnderstood")) {
    RequiredFeature::IfNotUnderstood& otherwise = required.if_not_understood;
    FieldReader inner(*object, kConfigName);
    inner.read("warn", otherwise.warn)
        .read("message", otherwise.message)
        .read("url", otherwise.url)
        .read("upgradeToVersion", otherwise.upgrade_to_version);
    otherwise.unknown = TRY(inner.finish());
  }
  required.unknown = TRY(reader.finish());
  return required;
}

void write(std::string& text, const RequiredFeature& required) {
  const RequiredFeature::IfNotUnderstood& otherwise = required.if_not_understood;
  FieldWriter writer(text);
  writer.write("feature", required.feature).begin("ifNotUnderstood");
  FieldWriter(text)
      .write("warn", otherwise.warn)
      .write_unless_empty("message", otherwise.message)
      .write_unless_empty("url", otherwise.url)
      .write_unless_empty("upgradeToVersion", otherwise.upgrade_to_version)
      .finish(otherwise.unknown);
  writer.finish(required.unknown);
}

Result<RepositoryConfig> read_format(Json& json) {
  RepositoryConfig config;
  FieldReader reader(json, kConfigName);
  reader.read("hash", config.hash)
      .read("encryption", config.encryption)
      .read("ecc", config.ecc)
      .read("eccOverheadPercent", config.ecc_overhead_percent)
      .read("secret", config.secret)
      .read("masterKey", config.master_key)
      .read("version", config.version)
      .read("maxPackSize", config.max_pack_size)
      .read("indexVersion", config.index_version)
      .read("enablePasswordChange", config.enable_password_change)
      .read("splitter", config.splitter);
  if (Json* const epochs = reader.object("epochParameters"))
    config.epoch_parameters = TRY(read_epoch_parameters(*epochs));
  if (Json* const lock = reader.object("upgradeLock")) config.upgrade_lock = TRY(read_upgrade_lock(*lock));
  if (Json* const features = reader.array("requiredFeatures")) {
    for (Json& feature : *features) config.required_features.push_back(TRY(read_required_feature(feature)));
  }
  config.unknown = TRY(reader.finish());
  return config;
}

void write(std::string& text, const std::vector<RequiredFeature>& features) {
  text += '[';
  for (const RequiredFeature& required : features) {
    if (&required != &features.front()) text += ',';
    write(text, required);
  }
  text += ']';
}

void write(std::string& text, const RepositoryConfig& config) {
  FieldWriter writer(text);
  writer.write_unless_empty("hash", config.hash)
      .write_unless_empty("encryption", config.encryption)
      .write_unless_empty("ecc", config.ecc)
      .write_unless_zero("eccOverheadPercent", config.ecc_overhead_percent);
  if (!config.secret.empty()) writer.write_base64("secret", config.secret.reveal());
  if (!config.master_key.empty()) writer.write_base64("masterKey", config.master_key.reveal());
  writer.write_unless_zero("version", config.version)
      .write_unless_zero("maxPackSize", config.max_pack_size)
      .write_unless_zero("indexVersion", config.index_version)
      .begin("epochParameters");
  write(text, config.epoch_parameters);
  writer.write("enablePasswordChange", config.enable_password_change).write_unless_empty("splitter", config.splitter);
  if (config.upgrade_lock) {
    writer.begin("upgradeLock");
    write(text, *config.upgrade_lock);
  }
  if (!config.required_features.empty()) {
    writer.begin("requiredFeatures");
    write(text, config.required_features);
  }
  writer.finish(config.unknown);
}

}  // namespace

Result<RepositoryConfig> parse_repository_config(const os::Secret& json) {
  Result<Json> document = codec::parse_json(json.reveal());
  if (!document.ok()) return Error(Code::corrupt, std::string(kConfigName) + " is not JSON");
  FieldReader reader(*document, kConfigName);
  Json nothing = Json::object();
  Json* const format = reader.object("format");
  RepositoryConfig config = TRY(read_format(format ? *format : nothing));
  config.unknown_outside = TRY(reader.finish());
  return config;
}

os::Secret encode(const RepositoryConfig& config) {
  std::string text;
  text.reserve(64 << 10);  // a text that grows leaves its beginning behind
  FieldWriter writer(text);
  writer.begin("format");
  write(text, config);
  writer.finish(config.unknown_outside);
  return os::Secret::take(std::move(text));
}

}  // namespace salvor::repo
