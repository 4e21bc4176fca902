#include "s3/endpoint.h"

#include <gtest/gtest.h>

namespace salvor::s3 {
namespace {

std::string url(const BucketConfig& config, std::string_view region, std::string_view key) {
  const auto endpoint = Endpoint::of(config);
  return endpoint.ok() ? endpoint->url(region, key) : std::string(to_string(endpoint.error().code()));
}

TEST(Endpoint, AsksAwsByTheBucketsHostName) {
  EXPECT_EQ(url({.bucket = "backups"}, "eu-central-1", "a/b c"),
            "https://backups.s3.eu-central-1.amazonaws.com/a/b%20c");
  EXPECT_EQ(url({.bucket = "backups"}, "us-east-1", ""), "https://backups.s3.us-east-1.amazonaws.com/");
  EXPECT_EQ(url({.bucket = "backups"}, "cn-north-1", "k"), "https://backups.s3.cn-north-1.amazonaws.com.cn/k");
}

TEST(Endpoint, KnowsDualStackAndFips) {
  EXPECT_EQ(url({.bucket = "bkt", .dual_stack = true}, "eu-west-1", "k"),
            "https://bkt.s3.dualstack.eu-west-1.amazonaws.com/k");
  EXPECT_EQ(url({.bucket = "bkt", .fips = true}, "us-gov-west-1", "k"),
            "https://bkt.s3-fips.us-gov-west-1.amazonaws.com/k");
  EXPECT_EQ(url({.bucket = "bkt", .dual_stack = true, .fips = true}, "us-east-2", "k"),
            "https://bkt.s3-fips.dualstack.us-east-2.amazonaws.com/k");
}

TEST(Endpoint, PutsNamesThatFitNoHostIntoThePath) {
  EXPECT_EQ(url({.bucket = "with.dots"}, "us-east-1", "k"), "https://s3.us-east-1.amazonaws.com/with.dots/k");
  EXPECT_EQ(url({.bucket = "Upper_Case"}, "us-east-1", "k"), "https://s3.us-east-1.amazonaws.com/Upper_Case/k");
  EXPECT_EQ(url({.bucket = "with.dots", .path_style = false}, "us-east-1", "k"), "invalid");
}

TEST(Endpoint, UsesThePathWithANamedEndpointUnlessToldOtherwise) {
  BucketConfig config{.bucket = "bkt", .endpoint = "https://s3.example:9000"};
  EXPECT_EQ(url(config, "us-east-1", "k"), "https://s3.example:9000/bkt/k");
  EXPECT_EQ(url(config, "us-east-1", ""), "https://s3.example:9000/bkt");
  config.path_style = false;
  EXPECT_EQ(url(config, "us-east-1", "k"), "https://bkt.s3.example:9000/k");
  config.bucket = "Not_DNS";
  EXPECT_EQ(url(config, "us-east-1", "k"), "invalid");
}

TEST(Endpoint, NeverPutsABucketInFrontOfAnAddress) {
  for (const std::string origin : {"http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"}) {
    EXPECT_EQ(url({.bucket = "bkt", .endpoint = origin, .path_style = false}, "x", "k"), origin + "/bkt/k");
  }
}

TEST(Endpoint, EncodesEveryAwkwardCharacterOfAKey) {
  EXPECT_EQ(url({.bucket = "bkt"}, "us-east-1", "a+b=c:d@e*(f)!'~/ä%"),
            "https://bkt.s3.us-east-1.amazonaws.com/a%2Bb%3Dc%3Ad%40e%2A%28f%29%21%27~/%C3%A4%25");
}

TEST(Endpoint, ShowsOutsidersThePublicOne) {
  const BucketConfig config{.bucket = "bkt", .endpoint = "http://minio:9000", .public_endpoint = "https://s3.example"};
  EXPECT_EQ(Endpoint::public_of(config)->url("x", "k"), "https://s3.example/bkt/k");
  EXPECT_EQ(Endpoint::of(config)->describe(), "http://minio:9000");
}

}  // namespace
}  // namespace salvor::s3
