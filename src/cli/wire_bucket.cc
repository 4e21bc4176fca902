#include "cli/wire_bucket.h"

namespace salvor::cli {

namespace {

constexpr std::string_view kUserAgent = "salvor/" SALVOR_VERSION;

net::CurlClient::Options client_options(const net::ProxyChoice& proxy) {
  return {.tls = {}, .identity = {}, .proxy = proxy, .user_agent = std::string(kUserAgent), .http2 = false};
}

// The keys that the configuration refers to; nothing when it refers to none.
Result<std::optional<s3::Credentials>> configured_keys(const config::S3Settings& settings,
                                                       const config::SecretSources& secrets, std::stop_token stop) {
  if (!settings.access_key_id && !settings.secret_access_key) return std::optional<s3::Credentials>();
  if (!settings.access_key_id || !settings.secret_access_key) {
    return Error(Code::invalid, "the configuration has one of accessKeyId and secretAccessKey, but not both");
  }
  s3::Credentials keys;
  keys.access_key_id = TRY(resolve(*settings.access_key_id, secrets, stop)).reveal();
  keys.secret_access_key = TRY(resolve(*settings.secret_access_key, secrets, stop));
  if (settings.session_token) keys.session_token = TRY(resolve(*settings.session_token, secrets, stop));
  return std::optional(std::move(keys));
}

Result<> add_configured_options(store::S3Location& location, const config::S3Settings& settings) {
  for (const auto& [name, value] : settings.options) location.options.try_emplace(name, value);
  if (!settings.customer_key) return {};
  if (settings.customer_key->kind() != config::SecretReference::Kind::file) {
    return Error(Code::unsupported, "customerKey has to be a file: reference");
  }
  location.options.try_emplace("customer-key-file", settings.customer_key->target());
  return {};
}

}  // namespace

BucketDoor::BucketDoor(net::Environment variables, net::ProxyChoice proxy, Clock& clock, Rng& rng)
    : variables_(std::move(variables)),
      proxy_(std::move(proxy)),
      clock_(clock),
      rng_(rng),
      http_(client_options(proxy_), clock),
      direct_http_(client_options({}), clock) {}

Result<std::unique_ptr<BucketDoor>> BucketDoor::make(net::Environment variables, Clock& clock, Rng& rng) {
  net::ProxyChoice proxy = TRY(net::ProxyChoice::from_environment(variables));
  return std::unique_ptr<BucketDoor>(new BucketDoor(std::move(variables), std::move(proxy), clock, rng));
}

Result<std::shared_ptr<s3::CredentialSource>> BucketDoor::credentials(const s3::BucketConfig& config,
                                                                      std::optional<s3::Credentials> keys) {
  s3::CredentialOptions options{.keys = std::move(keys),
                                .profile = config.profile,
                                .credentials_file = config.credentials_file,
                                .region = config.region,
                                .sts_endpoint = {}};
  return std::shared_ptr<s3::CredentialSource>(s3::make_credential_chain(
      std::move(options), {variables_, s3::local_files(), http_, direct_http_, clock_, rng_}));
}

Result<std::unique_ptr<store::Storage>> BucketDoor::open(store::S3Location location,
                                                         const config::LocationSettings& settings,
                                                         const config::SecretSources& secrets, std::stop_token stop) {
  TRY(add_configured_options(location, settings.s3));
  std::optional<s3::Credentials> keys = TRY(configured_keys(settings.s3, secrets, stop));
  const store::S3Doors doors{
      .credentials = [&](const s3::BucketConfig& config) { return credentials(config, std::move(keys)); },
      .proxy = proxy_,
      .user_agent = std::string(kUserAgent),
      .clock = clock_};
  return store::open_location(location, store::Missing::refuse, rng_, &doors);
}

}  // namespace salvor::cli
