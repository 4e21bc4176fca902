#include "store/s3_location.h"

#include "net/curl_client.h"
#include "os/file.h"
#include "s3/client.h"

namespace salvor::store {

namespace {

constexpr std::uint64_t kMaxAuthorities = 4 << 20;

Result<s3::BucketConfig> config_of(const S3Location& location) {
  std::map<std::string, std::string> settings = location.options;
  if (!location.endpoint.empty()) settings["endpoint"] = location.endpoint;
  if (!location.region.empty()) settings["region"] = location.region;
  return s3::parse_bucket_config(location.bucket, settings);
}

Result<std::shared_ptr<net::HttpClient>> http_for(const s3::BucketConfig& config, const S3Doors& doors) {
  net::CurlClient::Options options;
  options.tls.insecure = config.insecure;
  options.tls.authorities = config.authorities;
  if (!config.authorities_file.empty()) {
    options.tls.authorities = TRY(os::read_file(config.authorities_file, kMaxAuthorities).context("ca-file"));
  }
  if (!config.client_certificate_file.empty()) {
    options.identity.certificate =
        TRY(os::read_file(config.client_certificate_file, kMaxAuthorities).context("client-certificate"));
    options.identity.private_key = TRY(os::read_file(config.client_key_file, kMaxAuthorities).context("client-key"));
  }
  options.proxy = config.proxy.empty() ? doors.proxy : TRY(net::ProxyChoice::fixed(config.proxy).context("proxy"));
  options.user_agent = doors.user_agent;
  // A stream of HTTP/2 gains nothing for large bodies, and several of them on one connection wait for each other.
  options.http2 = false;
  return std::shared_ptr<net::HttpClient>(std::make_shared<net::CurlClient>(std::move(options), doors.clock));
}

bool wants_uniform_parts(const s3::BucketConfig& config) {
  return config.endpoint.find(".r2.cloudflarestorage.com") != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<S3Storage>> open_s3_location(const S3Location& location, Rng& rng, const S3Doors& doors) {
  s3::BucketConfig config = TRY(config_of(location).context("location s3://" + location.bucket));
  S3StorageOptions options;
  options.uniform_parts = wants_uniform_parts(config);
  auto http = TRY(http_for(config, doors).context("location s3://" + location.bucket));
  auto credentials = TRY(doors.credentials(config));
  std::shared_ptr<s3::Client> client = TRY(s3::Client::open(std::move(config), location.prefix, std::move(http),
                                                            std::move(credentials), doors.clock, rng, {}));
  return std::make_unique<S3Storage>(std::move(client), location.prefix, options);
}

}  // namespace salvor::store
