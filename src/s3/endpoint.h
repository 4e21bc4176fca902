// Endpoint: the URLs under which a bucket and its objects are asked for.
//
// Path style puts the bucket into the path (https://host/bucket/key), virtual-hosted style into the host name
// (https://bucket.host/key). AWS wants the latter, other stores rarely have the names in DNS; so path style is the rule
// for an endpoint that somebody names and the exception for AWS: a bucket whose name has a dot does not fit the
// certificate. Source: AWS, "Virtual hosting of buckets", "Amazon S3 endpoints and quotas".
#pragma once

#include <string>
#include <string_view>

#include "s3/bucket_config.h"

namespace salvor::s3 {

class Endpoint {
 public:
  // `invalid` when virtual-hosted style was asked for and the bucket's name or the host cannot have it.
  static Result<Endpoint> of(const BucketConfig& config);
  // The endpoint that outsiders use (publicUrl); the same when none is set.
  static Result<Endpoint> public_of(const BucketConfig& config);

  bool is_aws() const { return origin_.empty(); }
  bool is_tls() const { return is_aws() || origin_.starts_with("https://"); }
  // What a person calls it: "http://minio:9000", "AWS".
  std::string describe() const { return is_aws() ? "AWS" : origin_; }

  // The encoded URL of an object, or of the bucket when the key is empty; without a query. With AWS the host depends on
  // the region.
  std::string url(std::string_view region, std::string_view key) const;

 private:
  static Result<Endpoint> at(const BucketConfig& config, const std::string& origin);
  std::string aws_host(std::string_view region) const;

  std::string bucket_;
  std::string origin_;  // empty: AWS
  bool path_style_ = false;
  bool dual_stack_ = false;
  bool fips_ = false;
};

}  // namespace salvor::s3
