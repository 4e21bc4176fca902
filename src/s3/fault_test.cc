#include "s3/fault.h"

#include <gmock/gmock.h>

#include <set>

#include "s3/scripted_server_testing.h"

namespace salvor::s3 {
namespace {

using testing::error_document;
using ::testing::HasSubstr;

Error error_of(int status, const std::string& code, FaultPlace place = {}) {
  if (place.doing.empty()) place.doing = "write";
  if (place.key.empty()) place.key = "k";
  place.location = "s3://bucket";
  place.bucket = "bucket";
  place.endpoint = "AWS";
  place.region = "us-east-1";
  return fault_error(read_fault({status, {}, false}, code.empty() ? "" : error_document(code), true), place);
}

TEST(S3Fault, TellsApartWhatPeopleMustDoDifferently) {
  std::set<std::string> sentences, hints;
  const auto tell = [&](const Error& error) {
    sentences.insert(error.message());
    hints.insert(error.hint());
  };
  tell(error_of(404, "NoSuchBucket"));
  tell(error_of(301, "PermanentRedirect"));
  tell(error_of(403, "AccessDenied"));
  tell(error_of(403, "RequestTimeTooSkewed"));
  tell(error_of(403, "InvalidAccessKeyId"));
  tell(error_of(403, "SignatureDoesNotMatch"));
  tell(error_of(507, "XMinioStorageFull"));
  tell(error_of(403, "KMS.DisabledException"));
  EXPECT_EQ(sentences.size(), 8U);
  EXPECT_EQ(hints.count(""), 0U);
  EXPECT_GE(hints.size(), 7U);  // a wrong access key and a wrong secret need the same
}

TEST(S3Fault, HasACodeForEachMeaning) {
  for (const auto& [status, code, wanted] :
       std::vector<std::tuple<int, std::string, Code>>{{404, "NoSuchKey", Code::not_found},
                                                       {404, "NoSuchBucket", Code::invalid},
                                                       {404, "", Code::not_found},
                                                       {403, "AccessDenied", Code::denied},
                                                       {403, "", Code::denied},
                                                       {403, "SignatureDoesNotMatch", Code::unauthenticated},
                                                       {400, "ExpiredToken", Code::unauthenticated},
                                                       {503, "SlowDown", Code::throttled},
                                                       {503, "", Code::unavailable},
                                                       {500, "InternalError", Code::unavailable},
                                                       {429, "", Code::throttled},
                                                       {400, "RequestTimeout", Code::deadline},
                                                       {412, "", Code::conflict},
                                                       {409, "ConditionalRequestConflict", Code::conflict},
                                                       {501, "NotImplemented", Code::unsupported},
                                                       {400, "BadDigest", Code::corrupt},
                                                       {416, "InvalidRange", Code::invalid},
                                                       {507, "", Code::out_of_space},
                                                       {403, "QuotaExceeded", Code::out_of_space},
                                                       {403, "InvalidObjectState", Code::unsupported},
                                                       {418, "", Code::invalid},
                                                       {599, "", Code::unavailable},
                                                       {400, "XMinioParentIsObject", Code::conflict},
                                                       {404, "NoSuchSomethingElse", Code::invalid}}) {
    EXPECT_EQ(error_of(status, code).code(), wanted) << status << " " << code;
  }
}

TEST(S3Fault, NamesTheObjectThePlaceAndTheServersWords) {
  const Error error = error_of(400, "InvalidArgument");
  EXPECT_EQ(error.message(), "cannot write k in s3://bucket: the server answers 400 InvalidArgument: m");
  EXPECT_EQ(error_of(404, "NoSuchKey").message(), "there is no k in s3://bucket");
}

TEST(S3Fault, SuspectsTheClockWhenAnAnswerToHeadCannotSayWhy) {
  EXPECT_THAT(error_of(403, "", {.skew = -std::chrono::hours(2)}).message(),
              HasSubstr("this machine's clock is 2h00m ahead of the server's"));
  EXPECT_EQ(error_of(403, "", {.skew = std::chrono::minutes(1)}).code(), Code::denied);
}

TEST(S3Fault, KnowsThatAStoreMayHideWhatIsNotThere) {
  EXPECT_THAT(error_of(403, "AccessDenied", {.doing = "read"}).hint(), HasSubstr("does not exist"));
  EXPECT_THAT(error_of(403, "AccessDenied").hint(), HasSubstr("policies"));
}

TEST(S3Fault, PrintsOneHarmlessLineOfWhatAServerSays) {
  const auto fault = read_fault({400, {{"x-amz-request-id", "a\x1b[2J"}}, false},
                                error_document("Odd&#10;Code", std::string(5000, 'x') + "\n\x1b"), true);
  EXPECT_LE(fault.message.size(), 300U);
  const Error error = fault_error(fault, {.doing = "read", .key = "k", .location = "l"});
  EXPECT_EQ(error.message().find_first_of("\n\x1b"), std::string::npos);
}

TEST(S3Fault, KnowsWhatIsWorthRepeating) {
  const auto repeated = [](int status, const std::string& code) {
    return is_worth_repeating(read_fault({status, {}, false}, code.empty() ? "" : error_document(code), true));
  };
  EXPECT_TRUE(repeated(500, "") && repeated(502, "") && repeated(503, "SlowDown") && repeated(400, "RequestTimeout"));
  EXPECT_TRUE(repeated(409, "OperationAborted") && repeated(409, "ConditionalRequestConflict"));
  EXPECT_TRUE(repeated(400, "BadDigest"));
  EXPECT_FALSE(repeated(501, "") || repeated(403, "") || repeated(404, "") || repeated(412, "") || repeated(507, ""));
}

}  // namespace
}  // namespace salvor::s3
