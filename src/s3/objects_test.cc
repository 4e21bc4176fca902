#include "s3/objects.h"

#include <gmock/gmock.h>

#include "s3/listing.h"
#include "s3/multipart.h"
#include "s3/protection.h"
#include "s3/scripted_server_testing.h"

namespace salvor::s3 {
namespace {

using ::testing::ElementsAre;
using testing::error_document;
using ::testing::HasSubstr;
using testing::ScriptedAnswer;
using testing::ScriptedClient;

Code code_of(const auto& result) { return result.ok() ? Code::internal : result.error().code(); }

TEST(S3Objects, SendsWhatTheConfigurationSays) {
  ScriptedClient s({.bucket = "bucket",
                    .region = "r",
                    .endpoint = "https://s3.test",
                    .encryption = "aws:kms",
                    .kms_key_id = "alias/k",
                    .storage_class = "STANDARD_IA",
                    .tagging = "a=b"});
  s.server->answers = {{200, "", {{"etag", "\"e\""}, {"x-amz-version-id", "v"}}}};
  const PutOptions options{.refuse_existing = true,
                           .metadata = {{"m", "1"}},
                           .retention = Retention{"GOVERNANCE", parse_rfc3339("2027-01-01T00:00:00Z").value()},
                           .legal_hold = true};
  const auto written = put_object(*s.client, "k", as_bytes("hello"), options, {});
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->etag + written->version_id, "\"e\"v");
  const auto request = s.server->requests().at(0);
  EXPECT_EQ(request.method + " " + request.url, "PUT https://s3.test/bucket/k");
  for (const auto& [name, value] :
       std::vector<net::Header>{{"x-amz-server-side-encryption", "aws:kms"},
                                {"x-amz-server-side-encryption-aws-kms-key-id", "alias/k"},
                                {"x-amz-storage-class", "STANDARD_IA"},
                                {"x-amz-tagging", "a=b"},
                                {"x-amz-object-lock-mode", "GOVERNANCE"},
                                {"x-amz-object-lock-retain-until-date", "2027-01-01T00:00:00Z"},
                                {"x-amz-object-lock-legal-hold", "ON"},
                                {"x-amz-meta-m", "1"},
                                {"x-amz-checksum-crc32", "NhCmhg=="},
                                {"if-none-match", "*"}}) {
    EXPECT_EQ(request.header(name), value) << name;
  }
}

TEST(S3Objects, KnowsItsOwnWriteAgainWhenTheAnswerWasLost) {
  const PutOptions options{.refuse_existing = true, .write_id = "id7"};
  ScriptedClient s;
  s.server->answers = {{.lost_after_work = true},
                       {412, error_document("PreconditionFailed")},
                       {200, "", {{"content-length", "1"}, {"x-amz-meta-salvor-write", "id7"}}}};
  EXPECT_TRUE(put_object(*s.client, "k", as_bytes("x"), options, {}).ok());
  ScriptedClient other;
  other.server->answers = {{.lost_after_work = true},
                           {412, error_document("PreconditionFailed")},
                           {200, "", {{"content-length", "1"}, {"x-amz-meta-salvor-write", "id8"}}}};
  EXPECT_EQ(code_of(put_object(*other.client, "k", as_bytes("x"), options, {})), Code::already_exists);
  ScriptedClient first;
  first.server->answers = {{412, error_document("PreconditionFailed")},
                           {200, "", {{"content-length", "1"}, {"x-amz-meta-salvor-write", "id9"}}}};
  EXPECT_EQ(code_of(put_object(*first.client, "k", as_bytes("x"), options, {})), Code::already_exists);
}

TEST(S3Objects, ChecksWhatComesBack) {
  const auto get = [](ScriptedAnswer answer, GetOptions options) {
    ScriptedClient s;
    s.server->answers = {std::move(answer)};
    return get_object(*s.client, "k", options, {});
  };
  const auto whole = get({200, "hello", {{"content-length", "5"}, {"x-amz-checksum-crc32", "NhCmhg=="}}}, {});
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->bytes, "hello");
  EXPECT_EQ(code_of(get({200, "hellO", {{"content-length", "5"}, {"x-amz-checksum-crc32", "NhCmhg=="}}}, {})),
            Code::corrupt);
  EXPECT_TRUE(get({200, "hellO", {{"content-length", "5"}, {"x-amz-checksum-crc32", "NhCmhg==-2"}}}, {}).ok());
  EXPECT_EQ(code_of(get({200, "hell", {{"content-length", "5"}}}, {})), Code::corrupt);
  const auto part = get({206, "ell", {{"content-range", "bytes 1-3/5"}}}, {.offset = 1, .length = 3});
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->total_size, 5U);
  for (const char* range :
       {"", "bytes 0-2/5", "bytes 1-4/5", "bytes 1-3/3", "bytes 3-1/5", "bytes 1-3/*", "1-3/5", "bytes -3/5"}) {
    EXPECT_EQ(code_of(get({206, "ell", {{"content-range", range}}}, {.offset = 1, .length = 3})), Code::corrupt)
        << range;
  }
  EXPECT_EQ(code_of(get({200, "hello", {{"content-length", "5"}}}, {.offset = 1, .length = 3})), Code::unsupported);
  EXPECT_EQ(code_of(get({412, error_document("PreconditionFailed")}, {.if_match = "\"e\""})), Code::conflict);
}

TEST(S3Objects, CutsALargeObjectAtItsLimitAndKnowsItsSize) {
  ScriptedClient s;
  s.server->answers = {{200, std::string(1000, 'x'), {{"content-length", "1000"}, {"etag", "\"e\""}}}};
  const auto got = get_object(*s.client, "k", {.limit = 100}, {});
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->bytes.size(), 100U);
  EXPECT_EQ(got->total_size, 1000U);
  EXPECT_EQ(got->etag, "\"e\"");
}

TEST(S3Objects, DeletesOneByOneWhereThereIsNoOtherWay) {
  ScriptedClient s;
  s.server->answers = {{501, error_document("NotImplemented")},
                       {204, ""},
                       {403, error_document("AccessDenied")},
                       {404, error_document("NoSuchKey")}};
  const std::vector<KeyVersion> objects = {{"a", ""}, {"b", ""}, {"c", ""}};
  const auto failures = delete_objects(*s.client, objects, false, {});
  ASSERT_TRUE(failures.ok());
  ASSERT_EQ(failures->size(), 1U);
  EXPECT_EQ(failures->at(0).key, "b");
  EXPECT_EQ(s.server->requests().at(0).url, "https://s3.test/bucket?delete=");
  EXPECT_FALSE(s.server->requests().at(0).header("content-md5").empty());
  EXPECT_EQ(s.server->requests().at(3).method + " " + s.server->requests().at(3).url,
            "DELETE https://s3.test/bucket/c");
}

TEST(S3Multipart, SaysThatItDoesNotKnowWhenTheLastAnswerWasLost) {
  const std::vector<Part> parts = {{1, "\"e\"", "AAAA", 5}};
  ScriptedClient s;
  s.server->answers = {{.lost_after_work = true}, {404, error_document("NoSuchUpload")}};
  const auto lost = complete_upload(*s.client, "k", "u", parts, {}, {});
  ASSERT_TRUE(lost.ok());
  EXPECT_TRUE(lost->unknown);
  ScriptedClient gone;
  gone.server->answers = {{404, error_document("NoSuchUpload")}};
  const auto gone_already = complete_upload(*gone.client, "k", "u", parts, {}, {});
  EXPECT_TRUE(gone_already.ok() && gone_already->unknown);
  ScriptedClient hidden;
  hidden.server->answers = {{200, error_document("InvalidPart")}};
  EXPECT_EQ(code_of(complete_upload(*hidden.client, "k", "u", parts, {}, {})), Code::conflict);
}

TEST(S3Multipart, AbortingWhatIsGoneSucceeds) {
  ScriptedClient s;
  s.server->answers = {{404, error_document("NoSuchUpload")}, {404, error_document("NoSuchUpload")}};
  EXPECT_TRUE(abort_upload(*s.client, "k", "u", {}).ok());
}

TEST(S3Multipart, AbortsAgainWhatALatePartRevived) {
  const std::string parts = "<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>";
  ScriptedClient s;
  s.server->answers = {{204, ""}, {200, parts}, {204, ""}, {404, error_document("NoSuchUpload")}};
  EXPECT_TRUE(abort_upload(*s.client, "k", "u", {}).ok());
  EXPECT_TRUE(s.server->answers.empty());
  ScriptedClient forever;
  for (int round = 0; round < 6; ++round) {
    forever.server->answers.push_back({204, ""});
    forever.server->answers.push_back({200, parts});
  }
  EXPECT_EQ(code_of(abort_upload(*forever.client, "k", "u", {})), Code::conflict);
}

std::string page(const std::string& keys, const std::string& token) {
  return "<ListBucketResult><IsTruncated>" + std::string(token.empty() ? "false" : "true") + "</IsTruncated>" +
         (token.empty() ? "" : "<NextContinuationToken>" + token + "</NextContinuationToken>") + keys +
         "</ListBucketResult>";
}

TEST(S3Listing, GoesOverPagesAndNeverInACircle) {
  const auto contents = [](const std::string& key) {
    return "<Contents><Key>" + key + "</Key><Size>1</Size></Contents>";
  };
  std::string seen;
  const ListVisitors visitors{.object = [&](const ListedObject& o) { return (seen += o.key + " ", Result<>{}); },
                              .prefix = {}};
  ScriptedClient s;
  s.server->answers = {{200, page(contents("p/a"), "t+1")}, {200, page(contents("p/b"), "")}};
  EXPECT_TRUE(list_objects(*s.client, "p/", "", visitors, {}).ok());
  EXPECT_EQ(seen, "p/a p/b ");
  EXPECT_THAT(s.server->requests().at(1).url, HasSubstr("continuation-token=t%2B1"));
  s.server->answers = {{200, page("", "t")}, {200, page("", "t")}};
  EXPECT_EQ(code_of(list_objects(*s.client, "p/", "", visitors, {})), Code::corrupt);
  s.server->answers = {{200, page(contents("q/a"), "")}};
  EXPECT_EQ(code_of(list_objects(*s.client, "p/", "", visitors, {})), Code::corrupt);
}

TEST(S3Protection, ABucketWithoutAConfigurationIsNoError) {
  ScriptedClient s;
  s.server->answers = {{404, error_document("NoSuchLifecycleConfiguration")},
                       {404, error_document("ObjectLockConfigurationNotFoundError")},
                       {501, error_document("NotImplemented")},
                       {404, error_document("NoSuchBucket")}};
  EXPECT_TRUE(bucket_lifecycle(*s.client, {})->empty());
  EXPECT_FALSE(bucket_object_lock(*s.client, {})->enabled);
  EXPECT_EQ(*bucket_versioning(*s.client, {}), "");
  EXPECT_EQ(code_of(bucket_lifecycle(*s.client, {})), Code::invalid);
}

TEST(S3Protection, UndeletesOnlyWhatIsHiddenNowAndWanted) {
  const auto entry = [](const std::string& kind, const std::string& key, const std::string& id) {
    return "<" + kind + "><Key>" + key + "</Key><VersionId>" + id + "</VersionId><Size>1</Size></" + kind + ">";
  };
  ScriptedClient s;
  s.server->answers = {
      {200, "<ListVersionsResult>" + entry("DeleteMarker", "a", "3") + entry("DeleteMarker", "a", "2") +
                entry("Version", "a", "1") + entry("DeleteMarker", "a", "0") + entry("Version", "a", "-1") +
                entry("Version", "b", "5") + entry("DeleteMarker", "b", "4") + entry("Version", "b", "3") +
                entry("DeleteMarker", "c", "9") + entry("DeleteMarker", "d", "8") + entry("Version", "d", "7") +
                "</ListVersionsResult>"},
      {200, "<DeleteResult/>"}};
  std::vector<std::string> asked;
  const auto take = [&](const ListedVersion& last, Time) {
    return asked.push_back(last.key + " " + last.version_id), last.key != "d";
  };
  const auto count = undelete(*s.client, "", take, {});
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 1U);
  const std::string document = s.server->requests().at(1).body;
  EXPECT_THAT(document, HasSubstr("<Key>a</Key><VersionId>3<"));
  EXPECT_THAT(document, HasSubstr("<Key>a</Key><VersionId>2<"));
  EXPECT_EQ(document.find("<VersionId>0<"), std::string::npos);
  EXPECT_EQ(document.find("<Key>b<"), std::string::npos);
  EXPECT_EQ(document.find("<Key>c<"), std::string::npos);
  EXPECT_EQ(document.find("<Key>d<"), std::string::npos);
  EXPECT_THAT(asked, ElementsAre("a 1", "d 7"));
}

}  // namespace
}  // namespace salvor::s3
