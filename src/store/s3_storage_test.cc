#include "store/s3_storage.h"

#include <gmock/gmock.h>

#include "s3/scripted_server_testing.h"
#include "store/s3_location.h"

namespace salvor::store {
namespace {

using s3::testing::error_document;
using s3::testing::ScriptedAnswer;
using s3::testing::ScriptedClient;
using ::testing::HasSubstr;

// Small parts, one at a time, so that a script can foresee the requests.
constexpr S3StorageOptions kSmall{.part_bytes = 10, .piece_bytes = 10, .parallel = 1};

struct ScriptedStorage : ScriptedClient {
  explicit ScriptedStorage(std::deque<ScriptedAnswer> answers) {
    server->answers = std::move(answers);
    storage = std::make_unique<S3Storage>(std::move(client), "prefix", kSmall);
  }
  std::vector<std::string> asked() const {
    std::vector<std::string> lines;
    for (const auto& request : server->requests()) {
      lines.push_back(request.method + " " + request.url.substr(std::string("https://s3.test/bucket").size()));
    }
    return lines;
  }
  std::unique_ptr<S3Storage> storage;
};

const ScriptedAnswer kCreated{200,
                              "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"};
const ScriptedAnswer kPart{200, "", {{"etag", "\"p\""}}};
const ScriptedAnswer kCompleted{200, "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"};
const ScriptedAnswer kAbsent{404, ""};
const ScriptedAnswer kDone{204, ""};
const ScriptedAnswer kNoUpload{404, error_document("NoSuchUpload")};

using Lines = std::vector<std::string>;

TEST(S3Storage, PartsGrowSoThatTenThousandHoldATebibyte) {
  const S3StorageOptions options;
  std::uint64_t total = 0, largest_below_47_gib = 0;
  for (std::uint32_t number = 1; number <= 10'000; ++number) {
    const std::uint64_t size = part_size(number, options);
    ASSERT_GE(size, part_size(std::max(1U, number - 1), options));
    ASSERT_LE(size, std::uint64_t{5} << 30);
    if (total < std::uint64_t{46} << 30) largest_below_47_gib = size;
    total += size;
  }
  EXPECT_GT(total, std::uint64_t{1} << 40);
  EXPECT_EQ(largest_below_47_gib, 16U << 20);
  EXPECT_EQ(part_size(10'000, {.uniform_parts = true}), 8U << 20);
}

TEST(S3Storage, DoesNotBelieveAtOnceThatWhoJustWroteMayNotWrite) {
  const ScriptedAnswer denied{403, error_document("AccessDenied")};
  ScriptedStorage racing({kDone, denied, denied, kDone});
  EXPECT_TRUE(put(*racing.storage, "a", as_bytes("1"), Exists::replace, {}).ok());
  EXPECT_TRUE(put(*racing.storage, "b", as_bytes("2"), Exists::replace, {}).ok());

  ScriptedStorage forbidden({denied});
  EXPECT_EQ(put(*forbidden.storage, "a", as_bytes("1"), Exists::replace, {}).error().code(), Code::denied);
  EXPECT_EQ(forbidden.asked().size(), 1U);
}

TEST(S3Storage, TellsWhatTheBucketOffersAndNotWhatItMayNotAsk) {
  ScriptedStorage s({{200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"},
                     {403, error_document("AccessDenied", "no")}});
  const auto offers = s.storage->capabilities({});
  ASSERT_TRUE(offers.ok()) << offers.error().message();
  EXPECT_EQ(offers->versioning, Offered::yes);
  EXPECT_EQ(offers->object_lock, Offered::unknown);
  EXPECT_EQ(offers->conditional_put, Offered::unknown);
}

TEST(S3Storage, SendsASmallObjectAtOnceAndALargeOneInParts) {
  ScriptedStorage s({kDone, kCreated, kPart, kPart, kPart, kCompleted});
  EXPECT_TRUE(put(*s.storage, "small", as_bytes("0123456789"), Exists::replace, {}).ok());
  EXPECT_TRUE(put(*s.storage, "large", as_bytes("0123456789abcdefghijklmno"), Exists::replace, {}).ok());
  EXPECT_EQ(s.asked(), (Lines{"PUT /prefix/small", "POST /prefix/large?uploads=",
                              "PUT /prefix/large?partNumber=1&uploadId=u", "PUT /prefix/large?partNumber=2&uploadId=u",
                              "PUT /prefix/large?partNumber=3&uploadId=u", "POST /prefix/large?uploadId=u"}));
  EXPECT_EQ(s.server->requests().at(4).body, "klmno");
}

TEST(S3Storage, AbortsAnUploadThatIsDroppedOrFails) {
  ScriptedStorage s({kCreated, {403, error_document("AccessDenied")}, kDone, kNoUpload});
  EXPECT_EQ(put(*s.storage, "k", as_bytes("0123456789abc"), Exists::replace, {}).error().code(), Code::denied);
  EXPECT_EQ(s.asked().at(2), "DELETE /prefix/k?uploadId=u");
  s.server->forget_requests();
  s.server->answers = {kCreated, kPart, kNoUpload, kNoUpload};  // whether the part was on its way already or not
  {
    const auto stream = s.storage->create("k", Exists::replace, {});
    EXPECT_TRUE((*stream)->write(as_bytes("0123456789abc")).ok());
  }
  const Lines asked = s.asked();
  EXPECT_EQ(asked.front(), "POST /prefix/k?uploads=");
  EXPECT_EQ(Lines(asked.end() - 2, asked.end()), (Lines{"DELETE /prefix/k?uploadId=u", "GET /prefix/k?uploadId=u"}));
}

TEST(S3Storage, LooksAtTheObjectWhenTheLastAnswerOfAnUploadWasLost) {
  const ScriptedAnswer lost{.lost_after_work = true};
  ScriptedStorage s({kCreated, kPart, kPart, lost, kNoUpload, kAbsent, kDone, kNoUpload});
  const auto gone = put(*s.storage, "k", as_bytes("0123456789abc"), Exists::replace, {});
  EXPECT_EQ(gone.error().code(), Code::unavailable);
  EXPECT_THAT(gone.error().message(), HasSubstr("vanished before it was complete"));

  ScriptedStorage ours({kCreated, kPart, kPart, lost, kNoUpload});
  const auto stream = ours.storage->create("k", Exists::replace, {});
  EXPECT_TRUE((*stream)->write(as_bytes("0123456789abc")).ok());
  const std::string id = ours.server->requests().at(0).header("x-amz-meta-salvor-write");
  EXPECT_EQ(id.size(), 32U);
  ours.server->add_answer({200, "", {{"content-length", "13"}, {"x-amz-meta-salvor-write", id}}});
  EXPECT_TRUE((*stream)->commit().ok());
}

TEST(S3Storage, LooksBeforeItWritesWhereTheStoreKnowsNoConditions) {
  const ScriptedAnswer no_conditions{501, error_document("NotImplemented")};
  const ScriptedAnswer there{200, "", {{"content-length", "1"}}};
  ScriptedStorage s({no_conditions, kAbsent, kDone, there});
  EXPECT_EQ(s.storage->can_refuse(), std::nullopt);
  EXPECT_TRUE(put(*s.storage, "k", as_bytes("x"), Exists::refuse, {}).ok());
  EXPECT_EQ(s.storage->can_refuse(), false);
  EXPECT_EQ(put(*s.storage, "k", as_bytes("y"), Exists::refuse, {}).error().code(), Code::already_exists);
  EXPECT_EQ(s.asked(), (Lines{"PUT /prefix/k", "HEAD /prefix/k", "PUT /prefix/k", "HEAD /prefix/k"}));
  EXPECT_EQ(s.server->requests().at(2).header("if-none-match"), "");
}

TEST(S3Storage, ReadsAllPiecesOfOneVersion) {
  const ScriptedAnswer first{200, "0123456789abcdefghijklmno", {{"content-length", "25"}, {"etag", "\"e1\""}}};
  const ScriptedAnswer second{206, "abcdefghij", {{"content-range", "bytes 10-19/25"}}};
  ScriptedStorage s({first, second, {206, "klmno", {{"content-range", "bytes 20-24/25"}}}});
  const auto whole = get(*s.storage, "k", 100, {});
  ASSERT_TRUE(whole.ok()) << whole.error().message();
  EXPECT_EQ(as_text(*whole), "0123456789abcdefghijklmno");
  EXPECT_EQ(s.server->requests().at(1).header("if-match"), "\"e1\"");
  EXPECT_EQ(s.server->requests().at(2).header("range"), "bytes=20-24");

  ScriptedStorage replaced({first, second, {412, error_document("PreconditionFailed")}});
  EXPECT_EQ(get(*replaced.storage, "k", 100, {}).error().code(), Code::conflict);
}

// CRC-32 of "0123456789", "abcdefghij" and "klmno", and the one over these three (Python's zlib).
TEST(S3Storage, FindsDamageInAnObjectOfSeveralPieces) {
  const auto read = [](std::string_view checksum, std::string second, std::deque<ScriptedAnswer> more = {}) {
    std::deque<ScriptedAnswer> script{
        {200,
         "0123456789abcdefghijklmno",
         {{"content-length", "25"}, {"etag", "\"e1\""}, {"x-amz-checksum-crc32", std::string(checksum)}}},
        {206, std::move(second), {{"content-range", "bytes 10-19/25"}}},
        {206, "klmno", {{"content-range", "bytes 20-24/25"}}}};
    script.insert(script.end(), more.begin(), more.end());
    ScriptedStorage s(std::move(script));
    const auto whole = get(*s.storage, "k", 100, {});
    EXPECT_TRUE(s.server->answers.empty());
    return whole.ok() ? std::nullopt : std::optional(whole.error().code());
  };
  constexpr std::string_view kWhole = "pwjUQQ==", kOfParts = "WdvsGA==-3";
  EXPECT_EQ(read(kWhole, "abcdefghij"), std::nullopt);
  EXPECT_EQ(read(kWhole, "abcdEfghij"), Code::corrupt);
  EXPECT_EQ(read(kOfParts, "abcdefghij"), std::nullopt);
  EXPECT_EQ(read(kOfParts, "abcdEfghij", {{206, "", {{"content-length", "10"}}}}), Code::corrupt);
  // Parts of another size: the checksum says nothing that could be checked.
  EXPECT_EQ(read(kOfParts, "abcdEfghij", {{206, "", {{"content-length", "9"}}}}), std::nullopt);
  EXPECT_EQ(read("WdvsGA==-4", "abcdEfghij"), std::nullopt);
  EXPECT_EQ(read(kOfParts, "abcdEfghij", {{403, error_document("AccessDenied")}}), Code::denied);
}

TEST(S3Storage, AsksForTheBucketBeforeItSaysThatAnObjectIsAbsent) {
  ScriptedStorage s({kAbsent, {404, ""}});
  const auto gone = exists(*s.storage, "k", {});
  ASSERT_FALSE(gone.ok());
  EXPECT_THAT(gone.error().message(), HasSubstr("the bucket bucket does not exist"));
  ScriptedStorage there({kAbsent, {200, ""}, kAbsent});
  EXPECT_EQ(exists(*there.storage, "k", {}).value_or(true), false);
  EXPECT_EQ(exists(*there.storage, "k", {}).value_or(true), false);  // asked for within the last minute
  EXPECT_EQ(there.asked(), (Lines{"HEAD /prefix/k", "HEAD ", "HEAD /prefix/k"}));
}

TEST(S3Storage, PassesOverKeysThatAreNotOurs) {
  ScriptedStorage s(
      {{200,
        "<ListBucketResult><Contents><Key>prefix/</Key><Size>0</Size></Contents><Contents><Key>prefix/a</Key>"
        "<Size>1</Size></Contents><Contents><Key>prefix/folder/</Key><Size>0</Size></Contents>"
        "</ListBucketResult>"}});
  Lines keys;
  EXPECT_TRUE(s.storage->list("", [&](const Entry& e) { return (keys.push_back(e.key), Result<>{}); }, {}).ok());
  EXPECT_EQ(keys, Lines{"a"});
}

TEST(S3Storage, LooksIntoDirectoriesThatMayHoldNothingButDeletedObjects) {
  const auto list = [](const std::string& inside) {
    return ScriptedAnswer{200, "<ListBucketResult>" + inside + "</ListBucketResult>"};
  };
  ScriptedStorage s({{200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"},
                     list("<CommonPrefixes><Prefix>prefix/a/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>prefix/b/"
                          "</Prefix></CommonPrefixes>"),
                     list(""),
                     list("<Contents><Key>prefix/b/x</Key><Size>1</Size></Contents>")});
  Lines names;
  const auto visit = [&](std::string_view name) { return (names.emplace_back(name), Result<>{}); };
  EXPECT_TRUE(s.storage->list_directories("", visit, {}).ok());
  EXPECT_EQ(names, Lines{"b"});
}

TEST(S3Location, OpensWhatItsParametersSay) {
  FakeClock clock;
  SeededRng rng(1);
  s3::BucketConfig seen;
  const S3Doors doors{
      .credentials = [&](const s3::BucketConfig& config) -> Result<std::shared_ptr<s3::CredentialSource>> {
        seen = config;
        return std::shared_ptr<s3::CredentialSource>(std::make_shared<s3::testing::CountingCredentials>());
      },
      .proxy = {},
      .user_agent = "test",
      .clock = clock};
  const auto open = [&](const std::string& url) {
    return open_location(parse_location(url, {}).value(), Missing::refuse, rng, &doors);
  };
  const auto storage = open("s3://bucket/a/b?endpoint=https%3A//s3.test&region=r&profile=nightly&path-style=true");
  ASSERT_TRUE(storage.ok()) << storage.error().message();
  EXPECT_EQ((*storage)->describe(), "s3://bucket/a/b at https://s3.test");
  EXPECT_EQ(seen.profile, "nightly");
  EXPECT_EQ(seen.region, "r");
  EXPECT_EQ(open("s3://bucket?colour=red").error().code(), Code::invalid);
  EXPECT_EQ(open("s3://bucket?ca-file=/no/such/file").error().code(), Code::not_found);
  EXPECT_EQ(open_location(parse_location("s3://bucket", {}).value(), Missing::refuse, rng).error().code(),
            Code::unsupported);
}

}  // namespace
}  // namespace salvor::store
