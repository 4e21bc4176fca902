// kopia.blobcfg: for how long the storage keeps what the repository writes, whatever anybody asks of it.
// [kopia repo/format/blobcfg_blob.go]
//
//   {"retentionMode":"GOVERNANCE","retentionPeriod":86400000000000}, or {}; sealed by the FormatKey
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/storage.h"

namespace salvor::repo {

struct BlobConfig {
  std::string retention_mode;  // "GOVERNANCE" or "COMPLIANCE"; providers may have others
  Duration retention_period{};
  std::string unknown;  // members of newer versions, see json_fields.h

  store::Retention retention() const { return {retention_mode, retention_period}; }
  bool is_retention_enabled() const { return !retention_mode.empty() && retention_period != Duration::zero(); }

  bool operator==(const BlobConfig&) const = default;
};

// `corrupt` when it is not JSON or a member has another type.
Result<BlobConfig> parse_blob_config(std::string_view json);
std::string encode(const BlobConfig& config);
// `invalid` unless both or none are set, and the period is a day at least.
Result<> validate(const BlobConfig& config);

}  // namespace salvor::repo
