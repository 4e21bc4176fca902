#include "repo/repository_format.h"

#include <algorithm>
#include <span>

#include "crypto/hkdf.h"
#include "repo/blob_id.h"
#include "repo/ecc.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kUniqueIdBytes = 32, kSecretBytes = 32, kMasterKeyBytes = 32;

os::Secret random_secret(std::size_t bytes, Rng& rng) {
  std::string text(bytes, '\0');
  rng.fill(std::as_writable_bytes(std::span(text)));
  return os::Secret::take(std::move(text));
}

Result<FormatBlob> parse_openable(ByteView repository) {
  FormatBlob blob = TRY(parse_format_blob(repository));
  if (blob.encryption == kFormatEncryption) return blob;
  return Error(Code::unsupported,
               "kopia.repository is encrypted with \"" + blob.encryption + "\", which is not known here");
}

Result<BlobConfig> open_blob_config(std::optional<ByteView> blobcfg, const FormatKey& key) {
  if (!blobcfg) return BlobConfig();
  const Result<os::Secret> json = key.open(*blobcfg);
  if (json.ok()) return parse_blob_config(json->reveal());
  return Error(Code::corrupt, "kopia.blobcfg is damaged, or sealed with another password than kopia.repository is")
      .hint(
          "A change of the password that was interrupted leaves this. Without kopia.blobcfg, which holds nothing but "
          "the "
          "retention, the repository opens: move that blob away, and set retention again if there was any.");
}

Result<RepositoryFormat> open_with(FormatBlob blob, std::optional<ByteView> blobcfg, FormatKey key) {
  Result<os::Secret> json = key.open(blob.encrypted_config);
  if (!json.ok() && json.error().code() == Code::denied) {
    return Error(Code::denied, "the repository's password is wrong, or its kopia.repository was changed");
  }
  RepositoryConfig config = TRY(parse_repository_config(TRY(std::move(json).context(kRepositoryBlob))));
  BlobConfig blob_config = TRY(open_blob_config(blobcfg, key));
  return RepositoryFormat{std::move(blob), std::move(key), std::move(config), std::move(blob_config)};
}

// Without a percentage stock writes no name either. [kopia repo/initialize.go]
Result<> set_error_correction(const NewRepository& wanted, RepositoryConfig& config) {
  if (wanted.ecc_overhead_percent == 0) return {};
  if (wanted.ecc != kEccAlgorithm) {
    return Error(Code::unsupported,
                 "error correction \"" + wanted.ecc + "\" is not known; there is " + std::string(kEccAlgorithm));
  }
  if (wanted.version == 1) return Error(Code::unsupported, "a repository of format 1 has no error correction");
  TRY(ReedSolomonCrc32::create(
      static_cast<int>(std::clamp<std::int64_t>(wanted.ecc_overhead_percent, 0, 1000))));  // checks the percentage
  config.ecc = wanted.ecc;
  config.ecc_overhead_percent = wanted.ecc_overhead_percent;
  return {};
}

// Without its keys.
Result<RepositoryConfig> config_of(const NewRepository& wanted) {
  RepositoryConfig config;
  TRY(set_error_correction(wanted, config));
  config.hash = wanted.hash;
  config.encryption = wanted.encryption;
  config.splitter = wanted.splitter;
  config.version = wanted.version;
  config.max_pack_size = wanted.max_pack_size;
  config.index_version = wanted.version == 1 ? 1 : 2;
  config.enable_password_change = wanted.version != 1;
  if (wanted.version != 1) config.epoch_parameters = default_epoch_parameters();
  return config;
}

Result<RepositoryConfig> new_config(const NewRepository& wanted, Rng& rng) {
  RepositoryConfig config = TRY(config_of(wanted));
  config.secret = random_secret(kSecretBytes, rng);
  config.master_key = random_secret(kMasterKeyBytes, rng);
  TRY(validate(config));
  TRY(check_usable(config));
  return config;
}

}  // namespace

// Before 0.9 kopia took the key of the password here by mistake, which is why such a password cannot be changed.
os::Secret RepositoryFormat::derive_key(std::string_view purpose) const {
  const os::Secret& from = config.enable_password_change ? config.master_key : key.key();
  return crypto::hkdf_sha256(as_bytes(from.reveal()), blob.unique_id, purpose);
}

Result<RepositoryFormat> open_format(ByteView repository, std::optional<ByteView> blobcfg, const os::Secret& password) {
  FormatBlob blob = TRY(parse_openable(repository));
  FormatKey key = TRY(FormatKey::derive(password, blob.unique_id, blob.key_algorithm));
  return open_with(std::move(blob), blobcfg, std::move(key));
}

Result<RepositoryFormat> open_format(ByteView repository, std::optional<ByteView> blobcfg, const FormatKey& key) {
  FormatBlob blob = TRY(parse_openable(repository));
  if (!std::ranges::equal(blob.unique_id, key.unique_id())) {
    return Error(Code::conflict, "another repository lies where this one was");
  }
  return open_with(std::move(blob), blobcfg, key.copy());
}

Result<FormatBytes> encode(const RepositoryFormat& format, Rng& rng) {
  FormatBlob blob = format.blob;
  blob.encrypted_config = TRY(format.key.seal(as_bytes(encode(format.config).reveal()), rng));
  Bytes blobcfg = TRY(format.key.seal(as_bytes(encode(format.blob_config)), rng));
  return FormatBytes{.blobcfg = std::move(blobcfg), .repository = TRY(encode(blob))};
}

Result<> check_new(const NewRepository& wanted) {
  RepositoryConfig config = TRY(config_of(wanted));
  // Of the right length; whatever they are they do not decide.
  config.secret = os::Secret(std::string(kSecretBytes, '\0'));
  config.master_key = os::Secret(std::string(kMasterKeyBytes, '\0'));
  TRY(validate(wanted.blob_config));
  TRY(validate(config));
  TRY(check_usable(config));
  return {};
}

Result<RepositoryFormat> create_format(const NewRepository& wanted, const os::Secret& password, Rng& rng) {
  TRY(validate(wanted.blob_config));
  RepositoryConfig config = TRY(new_config(wanted, rng));
  FormatBlob blob{.tool = "salvor",
                  .build_version = SALVOR_VERSION,
                  .build_info = {},
                  .unique_id = Bytes(kUniqueIdBytes),
                  .key_algorithm = wanted.key_algorithm,
                  .encryption = std::string(kFormatEncryption),
                  .encrypted_config = {},
                  .unknown = {}};
  rng.fill(blob.unique_id);
  FormatKey key = TRY(FormatKey::derive(password, blob.unique_id, blob.key_algorithm));
  return RepositoryFormat{std::move(blob), std::move(key), std::move(config), wanted.blob_config};
}

Result<RepositoryFormat> change_password(RepositoryFormat format, const os::Secret& password) {
  if (!format.config.enable_password_change) {
    return Error(Code::unsupported, "the password of a repository that was made by kopia 0.8 or older cannot change");
  }
  format.key = TRY(FormatKey::derive(password, format.blob.unique_id, format.blob.key_algorithm));
  return format;
}

}  // namespace salvor::repo
