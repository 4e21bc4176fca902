#include "s3/sigv4.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "crypto/sha256.h"

namespace salvor::s3 {
namespace {

Time at(std::string_view text) { return parse_rfc3339(text).value(); }

// The credentials of every example in AWS's documentation.
Credentials example() {
  return {"AKIAIOSFODNN7EXAMPLE", os::Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {}, {}};
}

std::string header(const net::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

std::string signed_request(net::HttpRequest request, std::string_view payload_hash = kEmptyPayloadHash,
                           const Signer& signer = Signer("us-east-1", "s3")) {
  EXPECT_TRUE(signer.sign(request, example(), at("2013-05-24T00:00:00Z"), payload_hash).ok());
  return header(request, "authorization");
}

constexpr std::string_view kBegin =
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ";

// "Examples: Signature Calculations" in "Authenticating Requests: Using the Authorization Header".
TEST(SigV4, MatchesTheDocumentationOfAGet) {
  EXPECT_EQ(
      signed_request({.url = "https://examplebucket.s3.amazonaws.com/test.txt", .headers = {{"Range", "bytes=0-9"}}}),
      std::string(kBegin) +
          "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
          "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, MatchesTheDocumentationOfAPut) {
  const std::string hash = to_hex(crypto::sha256(as_bytes("Welcome to Amazon S3.")));
  EXPECT_EQ(signed_request(
                {.method = "PUT",
                 .url = "https://examplebucket.s3.amazonaws.com/test%24file.text",
                 .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
                hash),
            std::string(kBegin) +
                "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
                "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, MatchesTheDocumentationOfASubresource) {
  const std::string wanted = std::string(kBegin) +
                             "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
                             "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
  EXPECT_EQ(signed_request({.url = "https://examplebucket.s3.amazonaws.com/?lifecycle"}), wanted);
  EXPECT_EQ(signed_request({.url = "https://examplebucket.s3.amazonaws.com?lifecycle="}), wanted);
}

TEST(SigV4, MatchesTheDocumentationOfAList) {
  EXPECT_EQ(signed_request({.url = "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2"}),
            std::string(kBegin) +
                "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
                "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// "Authenticating Requests: Using Query Parameters".
TEST(SigV4, MatchesTheDocumentationOfAPresignedUrl) {
  const auto url = Signer("us-east-1", "s3")
                       .presign("GET", "https://examplebucket.s3.amazonaws.com/test.txt", example(),
                                at("2013-05-24T00:00:00Z"), std::chrono::hours(24));
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(*url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires="
            "86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

// "Create a signed AWS API request": ListUsers of IAM.
TEST(SigV4, MatchesTheDocumentationOfAnotherService) {
  Credentials credentials{"AKIDEXAMPLE", os::Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), {}, {}};
  net::HttpRequest request;
  request.url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  ASSERT_TRUE(
      Signer("us-east-1", "iam").sign(request, credentials, at("2015-08-30T12:36:00Z"), kEmptyPayloadHash).ok());
  EXPECT_EQ(header(request, "authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(SigV4, KeepsTheKeyOfADayAndMakesAnotherForAnotherDayOrSecret) {
  const Signer signer("us-east-1", "s3");
  const net::HttpRequest request{.url = "https://examplebucket.s3.amazonaws.com/?lifecycle"};
  const std::string first = signed_request(request, kEmptyPayloadHash, signer);
  net::HttpRequest other_secret = request, other_day = request;
  Credentials changed = example();
  changed.secret_access_key = os::Secret("another");
  ASSERT_TRUE(signer.sign(other_secret, changed, at("2013-05-24T00:00:00Z"), kEmptyPayloadHash).ok());
  ASSERT_TRUE(signer.sign(other_day, example(), at("2013-05-25T00:00:00Z"), kEmptyPayloadHash).ok());
  EXPECT_NE(header(other_secret, "authorization"), first);
  EXPECT_NE(header(other_day, "authorization"), first);
  EXPECT_EQ(signed_request(request, kEmptyPayloadHash, signer), first);
}

TEST(SigV4, SendsAndSignsTheSessionToken) {
  Credentials credentials = example();
  credentials.session_token = os::Secret("token/+=");
  net::HttpRequest request{.url = "https://b.example/k"};
  const Signer signer("us-east-1", "s3");
  ASSERT_TRUE(signer.sign(request, credentials, at("2013-05-24T00:00:00Z"), kUnsignedPayload).ok());
  EXPECT_EQ(header(request, "x-amz-security-token"), "token/+=");
  EXPECT_NE(header(request, "authorization").find("x-amz-date;x-amz-security-token,"), std::string::npos);
  const auto url =
      signer.presign("GET", "https://b.example/k", credentials, at("2013-05-24T00:00:00Z"), std::chrono::seconds(1));
  EXPECT_NE(url->find("&X-Amz-Security-Token=token%2F%2B%3D&"), std::string::npos);
}

TEST(SigV4, DoesNotSignWhatProxiesChange) {
  const std::string text = signed_request(
      {.url = "https://b.example/k", .headers = {{"User-Agent", "x"}, {"Accept-Encoding", "y"}, {"Expect", ""}}});
  EXPECT_NE(text.find("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"), std::string::npos);
}

TEST(SigV4, RefusesWhatCannotBeSigned) {
  const Signer signer("us-east-1", "s3");
  net::HttpRequest request{.url = "https://b.example/k?a=%zz"};
  EXPECT_EQ(signer.sign(request, example(), Time{}, kUnsignedPayload).error().code(), Code::invalid);
  for (const int seconds : {0, -1, 7 * 24 * 3600 + 1}) {
    const auto url = signer.presign("GET", "https://b.example/k", example(), Time{}, std::chrono::seconds(seconds));
    EXPECT_EQ(url.error().code(), Code::invalid);
  }
}

}  // namespace
}  // namespace salvor::s3
