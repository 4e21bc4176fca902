// What a repository is made with: the sealed part of kopia.repository, {"format":{...}}. [kopia
// repo/format/repository_config.go, content_format.go, object_format.go]
//
// The struct holds what is written there, zero where nothing is; reading it and writing it again gives the same
// document but for the order of members that are not known. Who uses the numbers asks the functions, which know the
// defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/secret.h"
#include "repo/epoch_parameters.h"
#include "repo/upgrade_lock.h"

namespace salvor::repo {

// An ability without which a client must not open the repository. [kopia internal/feature/feature.go]
struct RequiredFeature {
  struct IfNotUnderstood {
    bool warn = false;  // a warning will do
    std::string message, url, upgrade_to_version;
    std::string unknown;

    bool operator==(const IfNotUnderstood&) const = default;
  };
  std::string feature;
  IfNotUnderstood if_not_understood;
  std::string unknown;

  bool operator==(const RequiredFeature&) const = default;
};

struct RepositoryConfig {
  std::string hash;        // a name of hashing.h
  std::string encryption;  // a name of encryption.h
  std::string ecc;         // "REED-SOLOMON-CRC32" or empty
  std::int64_t ecc_overhead_percent = 0;
  os::Secret secret;      // the hash's key
  os::Secret master_key;  // what items' keys are derived from
  std::int64_t version = 0;
  std::int64_t max_pack_size = 0;  // bytes
  std::int64_t index_version = 0;
  EpochParameters epoch_parameters;
  bool enable_password_change = false;
  std::string splitter;  // a name of splitter.h
  std::optional<UpgradeLock> upgrade_lock;
  std::vector<RequiredFeature> required_features;
  std::string unknown;          // members of newer versions, see json_fields.h
  std::string unknown_outside;  // beside "format"

  // Repositories of before these members have packs of 20 MiB and indexes of version 1.
  std::int64_t pack_bytes() const { return max_pack_size == 0 ? std::int64_t{20} << 20 : max_pack_size; }
  std::int64_t index_format() const { return index_version == 0 ? 1 : index_version; }
};

// `corrupt` when it is not JSON or a member has another type. The text is a secret, and no error quotes it.
Result<RepositoryConfig> parse_repository_config(const os::Secret& json);
os::Secret encode(const RepositoryConfig& config);

// Whether salvor can use a repository that says this of itself; what it returns are warnings for people. `unsupported`
// for a version, index version, hash, encryption, splitter, error correction or required feature that is not known
// here, `corrupt` when a key is missing, `invalid` when the hash takes no secret of its length. Opens what kopia opens.
// [kopia repo/format/format_provider.go, repo/open.go]
Result<std::vector<std::string>> check_usable(const RepositoryConfig& config);
// `invalid` for parameters that kopia does not let anybody set. It opens repositories that have such ones.
// [kopia MutableParameters.Validate]
Result<> validate(const RepositoryConfig& config);

}  // namespace salvor::repo
