#include "repo/repository_config.h"

#include <algorithm>
#include <array>

#include "base/units.h"
#include "repo/ecc.h"
#include "repo/encryption.h"
#include "repo/hashing.h"
#include "repo/splitter.h"

namespace salvor::repo {
namespace {

constexpr std::array<std::string_view, 2> kKnownFeatures = {"index-v1", "index-v2"};
constexpr std::int64_t kMaxVersion = 3, kMaxIndexVersion = 2;
constexpr std::int64_t kMinPackBytes = 10 * kMiB, kMaxPackBytes = 120 * kMiB;

Error not_offered(const std::string& what) { return Error(Code::unsupported, "the repository " + what); }

std::string sentence_about(const RequiredFeature& required) {
  const RequiredFeature::IfNotUnderstood& otherwise = required.if_not_understood;
  std::string text = "needs the feature \"" + required.feature + "\", which is not known here";
  if (!otherwise.message.empty()) text += ": " + otherwise.message;
  if (!otherwise.url.empty()) text += " (see " + otherwise.url + ")";
  if (!otherwise.upgrade_to_version.empty())
    text += "; kopia has it from version " + otherwise.upgrade_to_version + " on";
  return text;
}

}  // namespace

Result<std::vector<std::string>> check_usable(const RepositoryConfig& config) {
  if (config.version < 1 || config.version > kMaxVersion) {
    return not_offered("has format version " + std::to_string(config.version) + "; 1 to " +
                       std::to_string(kMaxVersion) + " are known here");
  }
  if (config.index_format() < 1 || config.index_format() > kMaxIndexVersion) {
    return not_offered("has indexes of version " + std::to_string(config.index_version));
  }
  std::vector<std::string> warnings;
  for (const RequiredFeature& required : config.required_features) {
    if (std::ranges::find(kKnownFeatures, required.feature) != kKnownFeatures.end()) continue;
    if (!required.if_not_understood.warn) return not_offered(sentence_about(required));
    warnings.push_back("the repository " + sentence_about(required));
  }
  if (!config.ecc.empty() && config.ecc_overhead_percent > 0 && config.ecc != kEccAlgorithm) {
    return not_offered("has error correction (" + config.ecc + "), which is not known here");
  }
  if (config.pack_bytes() < 0) return Error(Code::corrupt, "the repository has packs of a negative size");
  // Without them kopia cannot derive its other keys, and does not open the repository.
  if (config.enable_password_change && (config.secret.empty() || config.master_key.empty())) {
    return Error(Code::corrupt, "the repository has no secret or no master key");
  }
  TRY(Hasher::create(config.hash, config.secret));
  TRY(Encryptor::create(config.encryption, config.master_key));
  TRY(make_splitter(config.splitter));
  return warnings;
}

Result<> validate(const RepositoryConfig& config) {
  if (config.max_pack_size < kMinPackBytes || config.max_pack_size > kMaxPackBytes) {
    return Error(Code::invalid, "packs of " + std::to_string(config.max_pack_size) + " bytes: the least are " +
                                    format_bytes(kMinPackBytes) + ", the most " + format_bytes(kMaxPackBytes));
  }
  if (config.index_version < 0 || config.index_version > kMaxIndexVersion) {
    return Error(Code::invalid, "there are indexes of version 1 and 2, not of " + std::to_string(config.index_version));
  }
  return validate(config.epoch_parameters);
}

}  // namespace salvor::repo
