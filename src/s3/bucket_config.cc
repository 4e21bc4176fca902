#include "s3/bucket_config.h"

#include <array>
#include <charconv>
#include <functional>
#include <string_view>

#include "codec/base64.h"
#include "net/url.h"
#include "os/file.h"

namespace salvor::s3 {

namespace {

constexpr std::size_t kCustomerKeyBytes = 32;

Result<bool> parse_bool(std::string_view value) {  // what Go's strconv.ParseBool takes
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (value == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (value == no) return false;
  }
  return Error(Code::invalid, "is neither true nor false");
}

Result<std::string> parse_endpoint(const std::string& value) {
  net::Url url = TRY(net::parse_url(value));
  if (url.scheme != "http" && url.scheme != "https") return Error(Code::invalid, "begins with neither http nor https");
  if (!url.user.empty() || !url.password.empty()) {
    return Error(Code::invalid, "must not contain credentials")
        .hint("Give credentials by environment variables, a credentials file or the pod's service account.");
  }
  if (!url.query.empty() || (!url.path.empty() && url.path != "/")) {
    return Error(Code::invalid, "has a path or a query; only https://host[:port] is meant");
  }
  return url.origin();
}

Result<ChecksumKind> parse_checksum(std::string_view value) {
  if (value.empty() || value == "none") return ChecksumKind::none;
  if (value == "CRC32" || value == "crc32") return ChecksumKind::crc32;
  if (value == "CRC32C" || value == "crc32c") return ChecksumKind::crc32c;
  if (value == "SHA256" || value == "sha256") return ChecksumKind::sha256;
  if (value == "SHA1" || value == "CRC64NVME") return Error(Code::unsupported, "is a checksum salvor does not compute");
  return Error(Code::invalid, "is none of CRC32, CRC32C, SHA256, none");
}

using Setter = Result<> (*)(BucketConfig& config, const std::string& value);

struct Setting {
  std::string_view name, key;  // URL parameter and config key; either may be empty
  Setter set;
};

template <std::string BucketConfig::* member>
Result<> set_text(BucketConfig& config, const std::string& value) {
  config.*member = value;
  return {};
}

template <auto member>
Result<> set_bool(BucketConfig& config, const std::string& value) {
  config.*member = TRY(parse_bool(value));
  return {};
}

template <std::string BucketConfig::* member>
Result<> set_endpoint(BucketConfig& config, const std::string& value) {
  if (!value.empty()) config.*member = TRY(parse_endpoint(value));
  return {};
}

// Its credentials would stand in commands and lists.
Result<> set_proxy(BucketConfig& config, const std::string& value) {
  if (value.find('@') != std::string::npos) {
    return Error(Code::invalid, "holds credentials")
        .hint("Put a proxy with credentials into HTTPS_PROXY or HTTP_PROXY.");
  }
  config.proxy = value;
  return {};
}

Result<> set_checksum(BucketConfig& config, const std::string& value) {
  config.checksum = TRY(parse_checksum(value));
  return {};
}

Result<> set_encryption(BucketConfig& config, const std::string& value) {
  if (!value.empty() && value != "AES256" && value != "aws:kms" && value != "aws:kms:dsse") {
    return Error(Code::invalid, "is none of AES256, aws:kms, aws:kms:dsse");
  }
  config.encryption = value;
  return {};
}

Result<> set_lock_mode(BucketConfig& config, const std::string& value) {
  if (value == "governance" || value == "GOVERNANCE") config.lock_mode = "GOVERNANCE";
  if (value == "compliance" || value == "COMPLIANCE") config.lock_mode = "COMPLIANCE";
  if (!value.empty() && config.lock_mode.empty()) {
    return Error(Code::invalid, "is neither governance nor compliance");
  }
  return {};
}

Result<> set_lock_days(BucketConfig& config, const std::string& value) {
  constexpr std::uint32_t kMostDays = 36'500;  // S3's own bound
  const char* const end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, config.lock_days);
  if (error != std::errc() || rest != end || config.lock_days == 0 || config.lock_days > kMostDays) {
    return Error(Code::invalid, "is no number of days from 1 to " + std::to_string(kMostDays));
  }
  return {};
}

Result<> check_signature_version(BucketConfig&, const std::string& value) {
  if (value.empty() || value == "4") return {};
  return Error(Code::unsupported, "asks for a signature other than version 4");
}

Result<> refuse_cluster_secret(BucketConfig&, const std::string& value) {
  if (value.empty()) return {};
  return Error(Code::unsupported, "names a Secret in the cluster, which is not read from here")
      .hint("Save the key in a file and name it with customer-key-file or customerKeyEncryptionFile.");
}

constexpr std::array kSettings = {
    Setting{"region", "region", set_text<&BucketConfig::region>},
    Setting{"endpoint", "s3Url", set_endpoint<&BucketConfig::endpoint>},
    Setting{"public-endpoint", "publicUrl", set_endpoint<&BucketConfig::public_endpoint>},
    Setting{"path-style", "s3ForcePathStyle", set_bool<&BucketConfig::path_style>},
    Setting{"dual-stack", "dualStack", set_bool<&BucketConfig::dual_stack>},
    Setting{"fips", "fips", set_bool<&BucketConfig::fips>},
    Setting{"insecure", "insecureSkipTLSVerify", set_bool<&BucketConfig::insecure>},
    Setting{"ca-file", "caFile", set_text<&BucketConfig::authorities_file>},
    Setting{"", "caCert", set_text<&BucketConfig::authorities>},
    Setting{"client-certificate", "clientCertificate", set_text<&BucketConfig::client_certificate_file>},
    Setting{"client-key", "clientKey", set_text<&BucketConfig::client_key_file>},
    Setting{"proxy", "proxy", set_proxy},
    Setting{"profile", "profile", set_text<&BucketConfig::profile>},
    Setting{"credentials-file", "credentialsFile", set_text<&BucketConfig::credentials_file>},
    Setting{"shared-config", "enableSharedConfig", set_bool<&BucketConfig::shared_config>},
    Setting{"sse", "serverSideEncryption", set_encryption},
    Setting{"kms-key-id", "kmsKeyId", set_text<&BucketConfig::kms_key_id>},
    Setting{"customer-key-file", "customerKeyEncryptionFile", set_text<&BucketConfig::customer_key_file>},
    Setting{"storage-class", "storageClass", set_text<&BucketConfig::storage_class>},
    Setting{"tagging", "tagging", set_text<&BucketConfig::tagging>},
    Setting{"lock", "lock", set_lock_mode},
    Setting{"lock-days", "lockDays", set_lock_days},
    Setting{"checksum", "checksumAlgorithm", set_checksum},
    Setting{"payload-signing", "payloadSigning", set_bool<&BucketConfig::sign_payload>},
    Setting{"", "signatureVersion", check_signature_version},
    Setting{"", "customerKeyEncryptionSecret", refuse_cluster_secret},
};

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : kSettings) {
    if (name == setting.name || name == setting.key) return &setting;
  }
  return nullptr;
}

std::string known_names() {
  std::string names;
  for (const Setting& setting : kSettings) {
    if (!setting.name.empty()) names += (names.empty() ? "" : ", ") + std::string(setting.name);
  }
  return names;
}

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

Result<> check_region(const std::string& region) {
  if (region.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == region.npos) {
    return {};
  }
  return Error(Code::invalid, "the region holds a character that no region has");
}

Result<> check_together(const BucketConfig& config) {
  if (!config.customer_key_file.empty() && (!config.kms_key_id.empty() || !config.encryption.empty())) {
    return Error(Code::invalid, "customer-key-file excludes sse and kms-key-id: one key encrypts an object");
  }
  if (!config.kms_key_id.empty() && config.encryption == "AES256") {
    return Error(Code::invalid, "kms-key-id does not go with sse=AES256");
  }
  if (config.lock_mode.empty() != (config.lock_days == 0)) {
    return Error(Code::invalid, "lock and lock-days go together: how objects are kept, and for how long");
  }
  if (!config.lock_mode.empty() && config.checksum == ChecksumKind::none) {
    return Error(Code::invalid, "lock does not go with checksum=none: S3 takes locked objects with a checksum only");
  }
  if (config.client_certificate_file.empty() != config.client_key_file.empty()) {
    return Error(Code::invalid, "client-certificate and client-key go together");
  }
  if (!config.authorities.empty() && !config.authorities_file.empty()) {
    return Error(Code::invalid, "ca-file and caCert exclude each other");
  }
  if (!config.endpoint.empty() && (config.dual_stack || config.fips)) {
    return Error(Code::invalid, "dual-stack and fips choose among the endpoints of AWS and exclude endpoint");
  }
  return {};
}

bool is_hexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

os::Secret from_hexadecimal(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return os::Secret::take(std::move(bytes));
}

}  // namespace

Result<BucketConfig> parse_bucket_config(const std::string& bucket,
                                         const std::map<std::string, std::string>& settings) {
  BucketConfig config;
  config.bucket = bucket;
  std::map<const Setting*, std::string_view> seen;
  for (const auto& [name, value] : settings) {
    if (name.empty() || has_control(name)) return Error(Code::invalid, "an S3 setting has no proper name");
    const Setting* setting = find_setting(name);
    if (!setting) {
      return Error(Code::invalid, "the S3 setting \"" + name.substr(0, 60) + "\" is not known")
          .hint("Known are " + known_names() + ", and the config keys of Velero's AWS plugin.");
    }
    const auto [earlier, is_new] = seen.emplace(setting, name);
    if (!is_new)
      return Error(Code::invalid, std::string(earlier->second) + " and " + name + " say the same thing twice");
    if (name != "caCert" && has_control(value)) {
      return Error(Code::invalid, "the S3 setting " + name + " holds a control character");
    }
    TRY(setting->set(config, value).context("the S3 setting " + name));
  }
  if (!config.kms_key_id.empty() && config.encryption.empty()) config.encryption = "aws:kms";
  TRY(check_region(config.region));
  TRY(check_together(config));
  return config;
}

std::vector<std::string_view> bucket_config_keys() {
  std::vector<std::string_view> keys;
  for (const Setting& setting : kSettings) {
    if (!setting.key.empty()) keys.push_back(setting.key);
  }
  return keys;
}

Result<os::Secret> read_customer_key(const std::string& path) {
  std::string text = TRY(os::read_file(path, 4096).context("the SSE-C key"));
  os::Secret whole = os::Secret::take(std::move(text));
  std::string_view key = whole.reveal();
  if (key.size() == kCustomerKeyBytes) return whole;
  if (key.ends_with('\n')) key.remove_suffix(1);
  if (key.ends_with('\r')) key.remove_suffix(1);
  if (key.size() == kCustomerKeyBytes) return os::Secret(key);
  if (key.size() == 2 * kCustomerKeyBytes && is_hexadecimal(key)) return from_hexadecimal(key);
  if (key.size() == 44) {
    auto decoded = codec::decode_base64(key);
    if (decoded.ok() && decoded->size() == kCustomerKeyBytes) return os::Secret::take(std::move(*decoded));
  }
  return Error(Code::invalid, "the SSE-C key in " + path + " has not 32 bytes")
      .hint("Make one with: head -c 32 /dev/urandom > " + path);
}

}  // namespace salvor::s3
