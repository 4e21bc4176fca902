#include "s3/client.h"

#include <gmock/gmock.h>

#include "s3/scripted_server_testing.h"

namespace salvor::s3 {
namespace {

using testing::error_document;
using ::testing::HasSubstr;
using testing::ScriptedClient;

const testing::ScriptedAnswer kBusy{503, error_document("SlowDown")};

TEST(S3Client, TriesAgainWhatCanPass) {
  ScriptedClient s;
  s.server->answers = {kBusy, {500, error_document("InternalError")}, {.no_connection = true}, {200, "fine"}};
  const auto answer = s.client->call({.key = "k"}, {});
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->body, "fine");
  EXPECT_EQ(s.server->requests().size(), 4U);
}

TEST(S3Client, DoesNotRepeatWhatCannotPass) {
  for (const auto& [status, code] : std::vector<std::pair<int, std::string>>{
           {403, "AccessDenied"}, {404, "NoSuchKey"}, {501, "NotImplemented"}, {400, "InvalidArgument"}}) {
    ScriptedClient s;
    s.server->answers = {{status, error_document(code)}};
    EXPECT_FALSE(s.client->call({.key = "k"}, {}).ok());
    EXPECT_EQ(s.server->requests().size(), 1U) << code;
  }
}

TEST(S3Client, WaitsAsLongAsTheServerAsks) {
  ScriptedClient s;
  const Duration begin = s.clock.monotonic();
  s.server->answers = {{503, error_document("SlowDown"), {{"retry-after", "40"}}}, {200, ""}};
  EXPECT_TRUE(s.client->call({.key = "k"}, {}).ok());
  EXPECT_EQ(s.clock.monotonic() - begin, std::chrono::seconds(40));
}

TEST(S3Client, EndsWithinItsDeadline) {
  ScriptedClient s;
  for (int i = 0; i < 20; ++i) s.server->answers.push_back({503, error_document("SlowDown"), {{"retry-after", "40"}}});
  const Duration begin = s.clock.monotonic();
  const auto answer = s.client->call({.key = "k", .deadline = std::chrono::seconds(100)}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::throttled);
  EXPECT_LE(s.clock.monotonic() - begin, std::chrono::seconds(100));
  EXPECT_EQ(s.server->requests().size(), 3U);
  EXPECT_EQ(s.server->last_total_timeout, std::chrono::seconds(20));
}

TEST(S3Client, GivesUpAfterEightAttempts) {
  ScriptedClient s;
  for (int i = 0; i < 20; ++i) s.server->answers.push_back({.no_connection = true});
  const auto answer = s.client->call({.key = "k"}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::unavailable);
  EXPECT_THAT(answer.error().message(), HasSubstr("cannot read k in s3://bucket/prefix at https://s3.test: "));
  EXPECT_EQ(s.server->requests().size(), 8U);
}

TEST(S3Client, AllCallsShareOneBudgetOfRetries) {
  ScriptedClient s;
  for (int i = 0; i < 1000; ++i) s.server->answers.push_back(kBusy);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(s.client->call({.key = "k"}, {}).ok());
  // 500 tokens buy 100 repetitions.
  EXPECT_EQ(s.server->requests().size(), 200U);
  // Success earns them back.
  s.server->answers.assign(10, {200, ""});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(s.client->call({.key = "k"}, {}).ok());
  s.server->answers = {kBusy, {200, ""}};
  EXPECT_TRUE(s.client->call({.key = "k"}, {}).ok());
}

TEST(S3Client, StopsBetweenAttempts) {
  ScriptedClient s;
  std::stop_source source;
  source.request_stop();
  s.server->answers = {{200, ""}};
  EXPECT_EQ(s.client->call({.key = "k"}, source.get_token()).error().code(), Code::cancelled);
  EXPECT_TRUE(s.server->requests().empty());
}

TEST(S3Client, FetchesCredentialsAnewWhenTheServerFindsThemEnded) {
  ScriptedClient s;
  s.server->answers = {{400, error_document("ExpiredToken")}, {200, "fine"}};
  EXPECT_TRUE(s.client->call({.key = "k"}, {}).ok());
  EXPECT_EQ(s.credentials->forgotten, 1);
  EXPECT_THAT(s.server->requests().at(0).header("authorization"), HasSubstr("Credential=key1/"));
  EXPECT_THAT(s.server->requests().at(1).header("authorization"), HasSubstr("Credential=key2/"));
  s.server->answers = {{400, error_document("ExpiredToken")}, {400, error_document("ExpiredToken")}};
  EXPECT_EQ(s.client->call({.key = "k"}, {}).error().code(), Code::unauthenticated);
}

TEST(S3Client, FindsTheRegionWhenNobodySaidWhichItIs) {
  ScriptedClient s({.bucket = "bucket"});
  s.server->answers = {{400, "", {{"x-amz-bucket-region", "eu-west-1"}}}, {200, ""}, {200, ""}};
  EXPECT_TRUE(s.client->call({.method = "HEAD", .key = "k"}, {}).ok());
  EXPECT_TRUE(s.client->call({.method = "HEAD", .key = "k"}, {}).ok());
  EXPECT_EQ(s.client->region(), "eu-west-1");
  EXPECT_EQ(s.server->requests().at(0).url, "https://bucket.s3.us-east-1.amazonaws.com/k");
  EXPECT_EQ(s.server->requests().at(1).url, "https://bucket.s3.eu-west-1.amazonaws.com/k");
  EXPECT_THAT(s.server->requests().at(2).header("authorization"), HasSubstr("/eu-west-1/s3/"));
}

TEST(S3Client, FindsTheRegionInTheBodyToo) {
  ScriptedClient s({.bucket = "bucket", .endpoint = "https://s3.test"});
  s.server->answers = {{400, error_document("AuthorizationHeaderMalformed", "m", "garage")}, {200, ""}};
  EXPECT_TRUE(s.client->call({.key = "k"}, {}).ok());
  EXPECT_EQ(s.client->region(), "garage");
}

TEST(S3Client, SaysThatTheGivenRegionIsWrongInsteadOfFollowing) {
  ScriptedClient s;
  s.server->answers = {{301, "", {{"x-amz-bucket-region", "eu-west-1"}}}};
  const auto answer = s.client->call({.method = "HEAD", .key = "k"}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().message(), HasSubstr("the bucket is in region eu-west-1, not in r1"));
  EXPECT_THAT(answer.error().hint(), HasSubstr("region=eu-west-1"));
}

TEST(S3Client, DoesNotChaseAServerThatKeepsSendingItElsewhere) {
  ScriptedClient s({.bucket = "bucket"});
  for (int i = 0; i < 10; ++i)
    s.server->answers.push_back({301, "", {{"x-amz-bucket-region", "r-" + std::to_string(i)}}});
  EXPECT_FALSE(s.client->call({.key = "k"}, {}).ok());
  EXPECT_LE(s.server->requests().size(), 3U);
  ScriptedClient evil({.bucket = "bucket"});
  evil.server->answers = {{301, "", {{"x-amz-bucket-region", "evil.example/"}}}};
  EXPECT_FALSE(evil.client->call({.key = "k"}, {}).ok());
  EXPECT_EQ(evil.server->requests().size(), 1U);
}

TEST(S3Client, MeasuresTheClocksDifference) {
  ScriptedClient s;
  s.server->answers = {{403, error_document("RequestTimeTooSkewed"), {{"date", "Fri, 02 Jan 2026 03:21:05 GMT"}}}};
  const auto answer = s.client->call({.key = "k"}, {});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(s.client->clock_skew(), std::chrono::minutes(17));
  EXPECT_THAT(answer.error().message(), HasSubstr("this machine's clock is 17m00s behind the server's"));
}

TEST(S3Client, FindsTheErrorInsideASuccess) {
  ScriptedClient s;
  s.server->answers = {{200, error_document("InternalError")}, {200, "<CopyObjectResult/>"}};
  const auto answer = s.client->call({.method = "PUT", .key = "k", .hides_errors = true}, {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(s.server->requests().size(), 2U);
}

TEST(S3Client, KeepsNoMoreOfAnAnswerThanItsLimit) {
  ScriptedClient s;
  const std::string body(1000, 'x');
  s.server->answers = {{200, body}, {200, body}, {200, body}};
  EXPECT_EQ(s.client->call({.key = "k", .answer_limit = 999}, {}).error().code(), Code::corrupt);
  const auto whole = s.client->call({.key = "k", .answer_limit = 1000}, {});
  ASSERT_TRUE(whole.ok());
  EXPECT_FALSE(whole->cut);
  const auto cut = s.client->call({.key = "k", .answer_limit = 10, .may_cut = true}, {});
  ASSERT_TRUE(cut.ok());
  EXPECT_TRUE(cut->cut);
  EXPECT_EQ(cut->body, std::string(10, 'x'));
}

TEST(S3Client, SignsTheBodyWhereNothingElseProtectsIt) {
  const auto hash_of = [](const std::string& endpoint, std::vector<net::Header> headers,
                          std::optional<bool> sign_payload = {}) {
    BucketConfig config{.bucket = "bucket", .region = "r", .endpoint = endpoint};
    config.sign_payload = sign_payload;
    ScriptedClient s(std::move(config));
    s.server->answers = {{200, ""}};
    EXPECT_TRUE(s.client->call({.method = "PUT", .key = "k", .headers = std::move(headers), .body = "x"}, {}).ok());
    return s.server->requests().at(0).header("x-amz-content-sha256");
  };
  EXPECT_EQ(hash_of("https://s3.test", {{"x-amz-checksum-crc32", "AAAAAA=="}}), "UNSIGNED-PAYLOAD");
  const std::string signed_hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
  EXPECT_EQ(hash_of("https://s3.test", {}), signed_hash);
  EXPECT_EQ(hash_of("http://s3.test", {{"x-amz-checksum-crc32", "AAAAAA=="}}), signed_hash);
  EXPECT_EQ(hash_of("http://s3.test", {{"x-amz-checksum-crc32", "AAAAAA=="}}, false), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(hash_of("http://s3.test", {}, false), signed_hash);
  EXPECT_EQ(hash_of("https://s3.test", {{"x-amz-checksum-crc32", "AAAAAA=="}}, true), signed_hash);
}

}  // namespace
}  // namespace salvor::s3
