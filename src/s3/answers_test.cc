#include "s3/answers.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace salvor::s3 {
namespace {

// The examples of the API reference, shortened.
const std::string kList =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix/><KeyCount>3</KeyCount>
<MaxKeys>3</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
<Contents><Key>my+image%2B%C3%A4.jpg</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
<ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>STANDARD</StorageClass></Contents>
<CommonPrefixes><Prefix>photos/2026%20/</Prefix></CommonPrefixes></ListBucketResult>)";

TEST(S3Answers, ReadsAList) {
  const auto page = parse_list(kList);
  ASSERT_TRUE(page.ok()) << page.error().message();
  const ListedObject wanted{"my image+ä.jpg", 434234, parse_rfc3339("2009-10-12T17:50:30Z").value(),
                            "fba9dede5f27731c9771645a39863328", "STANDARD"};
  ASSERT_EQ(page->objects.size(), 1U);
  EXPECT_EQ(page->objects[0], wanted);
  EXPECT_EQ(page->prefixes, std::vector<std::string>{"photos/2026 /"});
  EXPECT_EQ(page->next, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
}

TEST(S3Answers, TakesKeysAsTheyAreWhenTheServerDidNotEncodeThem) {
  const auto page =
      parse_list("<ListBucketResult><Contents><Key>a+b%2B&amp;</Key><Size>1</Size></Contents></ListBucketResult>");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->objects[0].key, "a+b%2B&");
  EXPECT_EQ(page->next, "");
}

TEST(S3Answers, RefusesAListThatIsNone) {
  for (const char* text :
       {"<Error><Code>x</Code></Error>", "<html/>",
        "<ListBucketResult><Contents><Key>k</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key><Size>99999999999999999999</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>",
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%z</Key><Size>1</Size></Contents></"
        "ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"}) {
    const auto page = parse_list(text);
    ASSERT_FALSE(page.ok()) << text;
    EXPECT_EQ(page.error().code(), Code::corrupt) << text;
  }
}

TEST(S3Answers, SurvivesCutsAndFlippedBits) {
  for (std::size_t cut = 0; cut < kList.size(); ++cut) EXPECT_FALSE(parse_list(kList.substr(0, cut)).ok()) << cut;
  SeededRng rng(3);
  for (std::size_t at = 0; at < kList.size(); ++at) {
    std::string text = kList;
    text[at] = static_cast<char>(text[at] ^ (1 << rng.below(8)));
    const auto page = parse_list(text);  // refused or read; the sanitizers watch
    EXPECT_TRUE(!page.ok() || page->objects.size() <= 1U);
  }
}

TEST(S3Answers, ReadsVersionsAndDeleteMarkersInTheirOrder) {
  const auto page = parse_versions(
      "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
      "<NextVersionIdMarker>v1</NextVersionIdMarker>"
      "<DeleteMarker><Key>k</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>"
      "<Version><Key>k</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><Size>3</Size></Version>"
      "</ListVersionsResult>");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->versions.size(), 2U);
  EXPECT_TRUE(page->versions[0].delete_marker && page->versions[0].latest);
  EXPECT_EQ(page->versions[1].version_id, "v1");
  EXPECT_EQ(page->versions[1].size, 3U);
  EXPECT_EQ(page->next_key + page->next_version, "kv1");
}

TEST(S3Answers, ReadsUploadsAndParts) {
  EXPECT_EQ(
      parse_created_upload("<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>")
          .value(),
      "id");
  EXPECT_FALSE(parse_created_upload("<InitiateMultipartUploadResult/>").ok());
  const auto uploads = parse_uploads(
      "<ListMultipartUploadsResult><EncodingType>url</EncodingType><Upload><Key>a%20b</Key><UploadId>u</UploadId>"
      "<Initiated>2026-01-01T00:00:00Z</Initiated></Upload></ListMultipartUploadsResult>");
  ASSERT_TRUE(uploads.ok());
  EXPECT_EQ(uploads->uploads.at(0).key, "a b");
  const auto parts = parse_parts(
      "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>7</NextPartNumberMarker><Part>"
      "<PartNumber>7</PartNumber><ETag>\"e\"</ETag><Size>5</Size><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>"
      "</ListPartsResult>");
  ASSERT_TRUE(parts.ok());
  EXPECT_EQ(parts->parts.at(0).number, 7U);
  EXPECT_EQ(parts->parts.at(0).etag, "\"e\"");
  EXPECT_EQ(parts->parts.at(0).checksum, "AAAAAA==");
  EXPECT_EQ(parts->next_number, 7U);
}

TEST(S3Answers, ReadsWhatABucketIsSetTo) {
  EXPECT_EQ(parse_versioning("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>").value(),
            "Enabled");
  EXPECT_EQ(parse_versioning("<VersioningConfiguration/>").value(), "");
  const auto lock = parse_object_lock(
      "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
      "<Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>");
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE(lock->enabled);
  EXPECT_EQ(lock->default_mode, "GOVERNANCE");
  EXPECT_EQ(lock->default_days, 30U);
}

TEST(S3Answers, ReadsLifecycleRulesInEveryForm) {
  const auto rules = parse_lifecycle(
      "<LifecycleConfiguration>"
      "<Rule><ID>old "
      "form</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>7</Days></Expiration></Rule>"
      "<Rule><Filter><And><Prefix>b/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Disabled</"
      "Status>"
      "<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition>"
      "<NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays></NoncurrentVersionExpiration>"
      "<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload></"
      "Rule>"
      "</LifecycleConfiguration>");
  ASSERT_TRUE(rules.ok());
  ASSERT_EQ(rules->size(), 2U);
  const LifecycleRule &first = rules->at(0), &second = rules->at(1);
  EXPECT_EQ(first.prefix, "logs/");
  EXPECT_TRUE(first.enabled && !first.filtered);
  EXPECT_EQ(first.expiration_days, 7U);
  EXPECT_EQ(second.prefix, "b/");
  EXPECT_TRUE(second.filtered && !second.enabled);
  EXPECT_EQ(second.transitions.at(0).storage_class, "GLACIER");
  EXPECT_EQ(second.noncurrent_days, 9U);
  EXPECT_EQ(second.abort_upload_days, 2U);
}

TEST(S3Answers, KnowsAnErrorDocumentFromEverythingElse) {
  const auto error = parse_error(
      "<Error><Code>PermanentRedirect</Code><Message>m</Message><Region>eu-west-1</Region><BucketName>b</BucketName></"
      "Error>");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, "PermanentRedirect");
  EXPECT_EQ(error->region, "eu-west-1");
  for (const char* text : {"", "<html/>", "<Error>", "upstream failed"}) EXPECT_FALSE(parse_error(text).has_value());
}

TEST(S3Answers, ReadsWhatCouldNotBeDeleted) {
  const auto failures = parse_deleted(
      "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></"
      "Error></DeleteResult>");
  ASSERT_TRUE(failures.ok());
  ASSERT_EQ(failures->size(), 1U);
  EXPECT_EQ(failures->at(0).code, "AccessDenied");
}

TEST(S3Answers, WritesKeysOfAnyCharacter) {
  const std::vector<KeyVersion> objects = {{"a<b>&\"'\r\n\x01", "v&1"}, {"plain", ""}};
  EXPECT_EQ(
      delete_document(objects),
      "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet><Object><Key>"
      "a&lt;b&gt;&amp;&quot;&apos;&#13;&#10;&#1;</Key><VersionId>v&amp;1</VersionId></Object><Object><Key>plain</Key>"
      "</Object></Delete>");
  const std::vector<Part> parts = {{1, "\"e1\"", "AAAA", 5}, {2, "\"e2\"", "", 5}};
  EXPECT_EQ(
      complete_document(parts, "ChecksumCRC32"),
      "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><PartNumber>1</PartNumber>"
      "<ETag>&quot;e1&quot;</ETag><ChecksumCRC32>AAAA</ChecksumCRC32></Part><Part><PartNumber>2</PartNumber>"
      "<ETag>&quot;e2&quot;</ETag></Part></CompleteMultipartUpload>");
}

}  // namespace
}  // namespace salvor::s3
