#include "repo/blobcfg.h"

#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "repo/blob_id.h"
#include "repo/json_fields.h"

namespace salvor::repo {

Result<BlobConfig> parse_blob_config(std::string_view json) {
  Result<Json> document = codec::parse_json(json);
  if (!document.ok()) return Error(Code::corrupt, "kopia.blobcfg is not JSON");
  BlobConfig config;
  FieldReader reader(*document, kBlobConfigBlob);
  reader.read("retentionMode", config.retention_mode).read("retentionPeriod", config.retention_period);
  config.unknown = TRY(reader.finish());
  return config;
}

std::string encode(const BlobConfig& config) {
  std::string text;
  FieldWriter(text)
      .write_unless_empty("retentionMode", config.retention_mode)
      .write_unless_zero("retentionPeriod", config.retention_period)
      .finish(config.unknown);
  return text;
}

Result<> validate(const BlobConfig& config) {
  if (config.retention_mode.empty() != (config.retention_period == Duration::zero())) {
    return Error(Code::invalid, "retention has a mode and a period, or neither");
  }
  if (config.retention_period != Duration::zero() && config.retention_period < std::chrono::hours(24)) {
    return Error(Code::invalid, "a retention period is a day at least");
  }
  return {};
}

}  // namespace salvor::repo
