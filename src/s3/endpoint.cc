#include "s3/endpoint.h"

#include <algorithm>

#include "net/url.h"
#include "s3/sigv4.h"

namespace salvor::s3 {

namespace {

bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

// May stand in front of a host name. A dot makes it two labels, which a wildcard certificate does not cover.
bool is_dns_label(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && std::all_of(bucket.begin(), bucket.end(), is_label_character) &&
         bucket.front() != '-' && bucket.back() != '-';
}

bool is_dns_name(std::string_view bucket) {
  const auto fits = [](char c) { return is_label_character(c) || c == '.'; };
  return bucket.size() >= 3 && bucket.size() <= 63 && std::all_of(bucket.begin(), bucket.end(), fits) &&
         bucket.find("..") == bucket.npos && bucket.front() != '.' && bucket.back() != '.';
}

bool is_address(std::string_view host) {
  return host.find(':') != host.npos || host.find_first_not_of("0123456789.") == host.npos;
}

std::string_view aws_domain(std::string_view region) {
  return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

}  // namespace

Result<Endpoint> Endpoint::of(const BucketConfig& config) { return at(config, config.endpoint); }

Result<Endpoint> Endpoint::public_of(const BucketConfig& config) {
  return at(config, config.public_endpoint.empty() ? config.endpoint : config.public_endpoint);
}

Result<Endpoint> Endpoint::at(const BucketConfig& config, const std::string& origin) {
  Endpoint endpoint;
  endpoint.bucket_ = config.bucket;
  endpoint.origin_ = origin;
  endpoint.dual_stack_ = config.dual_stack;
  endpoint.fips_ = config.fips;
  if (origin.empty()) {
    endpoint.path_style_ = config.path_style.value_or(!is_dns_label(config.bucket));
    if (!endpoint.path_style_ && !is_dns_label(config.bucket)) {
      return Error(Code::invalid, "the bucket's name " + config.bucket + " cannot be part of a host name of AWS")
          .hint("Set path-style=true.");
    }
    return endpoint;
  }
  const net::Url url = TRY(net::parse_url(origin));
  endpoint.path_style_ = config.path_style.value_or(true) || is_address(url.host) || url.host == "localhost";
  if (!endpoint.path_style_ && !is_dns_name(config.bucket)) {
    return Error(Code::invalid, "the bucket's name " + config.bucket + " cannot be part of a host name")
        .hint("Set path-style=true.");
  }
  return endpoint;
}

std::string Endpoint::aws_host(std::string_view region) const {
  std::string host = fips_ ? "s3-fips." : "s3.";
  if (dual_stack_) host += "dualstack.";
  host += region;
  host += '.';
  host += aws_domain(region);
  return host;
}

std::string Endpoint::url(std::string_view region, std::string_view key) const {
  const std::string origin = is_aws() ? "https://" + aws_host(region) : origin_;
  if (path_style_) return origin + "/" + bucket_ + (key.empty() ? "" : "/" + encode_path(key));
  const std::size_t host = origin.find("://") + 3;
  return origin.substr(0, host) + bucket_ + "." + origin.substr(host) + "/" + encode_path(key);
}

}  // namespace salvor::s3
