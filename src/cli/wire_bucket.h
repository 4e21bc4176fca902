// What a bucket needs from outside: credentials by the configuration or the AWS tools' chain, proxies, and clients for
// the services that give credentials. One per opened bucket; it must outlive the Storage.
#pragma once

#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "base/rng.h"
#include "config/config.h"
#include "net/curl_client.h"
#include "net/proxy.h"
#include "s3/credential_chain.h"
#include "store/location.h"

namespace salvor::cli {

class BucketDoor {
 public:
  // `variables` is read while credentials are looked for. Errors: invalid (a proxy variable).
  static Result<std::unique_ptr<BucketDoor>> make(net::Environment variables, Clock& clock, Rng& rng);

  // Opens what `location` names, with the options and secrets that `settings` adds; sends nothing yet. What the URL
  // says goes before the configuration's options.
  Result<std::unique_ptr<store::Storage>> open(store::S3Location location, const config::LocationSettings& settings,
                                               const config::SecretSources& secrets, std::stop_token stop);

 private:
  BucketDoor(net::Environment variables, net::ProxyChoice proxy, Clock& clock, Rng& rng);
  Result<std::shared_ptr<s3::CredentialSource>> credentials(const s3::BucketConfig& config,
                                                            std::optional<s3::Credentials> keys);

  const net::Environment variables_;
  const net::ProxyChoice proxy_;
  Clock& clock_;
  Rng& rng_;
  net::CurlClient http_;
  net::CurlClient direct_http_;  // for the endpoints of containers and instances, which no proxy reaches
};

}  // namespace salvor::cli
