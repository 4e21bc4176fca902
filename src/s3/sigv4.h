// AWS Signature Version 4: what proves to S3 and STS who sends a request.
//
// Source of the rules: AWS, "Create a signed AWS API request" and "Authenticating Requests (AWS Signature Version 4)"
// for S3. S3 differs from the other services in two ways: its path is signed as it stands in the URL, where others sign
// the encoded path encoded once more, and the hash of the payload is a header, which may say that it is not signed.
//
// The URL must be the finished one that goes on the wire: percent-encoded, with every query parameter. All headers of
// the request are signed except those that proxies change and that libcurl makes itself.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "net/http_client.h"
#include "s3/credentials.h"

namespace salvor::s3 {

// In place of a payload's hash: the body is protected by TLS and checksums alone.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
// The hash of an empty body.
inline constexpr std::string_view kEmptyPayloadHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Percent-encodes everything but A-Z a-z 0-9 - . _ ~ as the signature wants it; in a path '/' stays as well.
std::string encode_query(std::string_view text);
std::string encode_path(std::string_view text);

// "20130524T000000Z"
std::string amz_date(Time time);

// Thread-safe. Keeps the signing key, which is the same for a day, region, service and secret.
class Signer {
 public:
  // `service` is "s3" or the name of another service, such as "sts".
  Signer(std::string region, std::string service) : region_(std::move(region)), service_(std::move(service)) {}

  const std::string& region() const { return region_; }

  // Adds x-amz-date, x-amz-security-token when there is a session token, for S3 x-amz-content-sha256, and
  // authorization. `payload_hash` is the body's SHA-256 in lower-case hexadecimal or kUnsignedPayload.
  // `invalid` when request.url is no URL.
  Result<> sign(net::HttpRequest& request, const Credentials& credentials, Time now,
                std::string_view payload_hash) const;

  // The URL that lets anybody send `method` to it for `lifetime` (at most seven days: invalid) without other headers
  // than Host. It is as good as a password for that time, as long as the credentials last.
  Result<std::string> presign(std::string_view method, std::string_view url, const Credentials& credentials, Time now,
                              std::chrono::seconds lifetime) const;

 private:
  struct DayKey {
    std::string date;
    os::Secret secret;
    os::Secret key;
  };
  std::string scope(std::string_view date) const;
  os::Secret signing_key(const os::Secret& secret, std::string_view date) const;
  std::string signature(const Credentials& credentials, std::string_view timestamp,
                        std::string_view canonical_request) const;

  const std::string region_, service_;
  mutable Guarded<DayKey> day_key_;
};

}  // namespace salvor::s3
