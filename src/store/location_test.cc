#include "store/location.h"

#include <gtest/gtest.h>

#include "os/temporary_directory.h"

namespace salvor::store {
namespace {

LocationContext context() {
  return {[](const std::string& name) -> std::optional<std::string> {
            if (name == "nas") return "/mnt/nas";
            if (name == "cloud") return "s3://bucket/p";
            if (name == "loop") return "nas";
            return std::nullopt;
          },
          [](const std::string& path) { return path == "here" || path == "nas" || path == "loop"; }};
}

Result<Location> parsed(std::string_view text) { return parse_location(text, context()); }

std::string directory(std::string_view text) {
  const auto location = parsed(text);
  if (!location.ok()) return std::string(to_string(location.error().code()));
  return std::holds_alternative<DirectoryLocation>(*location) ? std::get<DirectoryLocation>(*location).path : "s3";
}

TEST(Location, PathsAreDirectories) {
  for (const char* path : {"/", "/mnt/nas", "./here", "../x", "a/b", ".", "..", "~/x", ".hidden", "with space", "-x"}) {
    EXPECT_EQ(directory(path), path);
  }
}

TEST(Location, FileUrlsAreDirectories) {
  EXPECT_EQ(directory("file:///mnt/nas%20box/%C3%A4?"), "/mnt/nas box/ä?");
  EXPECT_EQ(directory("file://localhost/x"), "/x");
  for (const char* wrong :
       {"file://", "file://host/x", "file://relative", "file:///%", "file:///%4", "file:///%zz", "file:///%00"}) {
    EXPECT_EQ(directory(wrong), "invalid") << wrong;
  }
}

TEST(Location, ConfiguredNamesWinOverDirectories) {
  EXPECT_EQ(directory("nas"), "/mnt/nas");
  EXPECT_EQ(directory("./nas"), "./nas");
  EXPECT_EQ(directory("cloud"), "s3");
}

TEST(Location, WordsAreDirectoriesOnlyWhenTheyExist) {
  EXPECT_EQ(directory("here"), "here");
  const auto missing = parsed("tyop");
  EXPECT_EQ(missing.error().code(), Code::not_found);
  EXPECT_NE(missing.error().hint().find("./tyop"), std::string::npos);
}

TEST(Location, ANameDoesNotStandForAnotherName) { EXPECT_EQ(directory("loop"), "not_found"); }

TEST(Location, S3UrlsAreTakenApart) {
  const S3Location whole{"my-bucket", "a/b c", "https://minio:9000", "eu-central-1", {{"pathStyle", "true"}}};
  EXPECT_EQ(std::get<S3Location>(parsed("s3://my-bucket/a/b%20c/?endpoint=https://minio:9000&region=eu-central-1"
                                        "&pathStyle=true")
                                     .value()),
            whole);
  const S3Location bare{"my.bucket", "", "", "", {}};
  EXPECT_EQ(std::get<S3Location>(parsed("s3://my.bucket").value()), bare);
  EXPECT_EQ(std::get<S3Location>(parsed("s3://my.bucket/").value()), bare);
}

TEST(Location, S3UrlsThatMeanNothingAreRefused) {
  for (const char* wrong : {"s3://", "s3:///x", "s3://ab", "s3://bucket?x", "s3://bucket?=x", "s3://bucket/../x",
                            "s3://bucket?region=a&region=b", "s3://buc ket", "s3://bucket/a//b"}) {
    EXPECT_EQ(directory(wrong), "invalid") << wrong;
  }
}

TEST(Location, CredentialsAreRefusedAndNotRepeated) {
  const auto refused = parsed("s3://AKIDEXAMPLE:sesame@bucket/x");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(to_string(refused.error()).find("sesame"), std::string::npos);
  EXPECT_EQ(to_string(refused.error()).find("AKID"), std::string::npos);
}

TEST(Location, UnknownKindsAndNothingAreRefused) {
  for (const std::string& wrong : {std::string(), std::string("gs://bucket"), std::string("a\0b", 3)}) {
    EXPECT_EQ(directory(wrong), "invalid") << wrong;
  }
}

TEST(OpenLocation, OpensDirectoriesAndExplainsWhatItCannotOpen) {
  const auto ground = os::TemporaryDirectory::make().value();
  SeededRng rng(1);
  const auto storage = open_location(DirectoryLocation{ground.path()}, Missing::refuse, rng);
  ASSERT_TRUE(storage.ok());
  EXPECT_EQ((*storage)->describe(), ground.path());
  const auto bucket = open_location(S3Location{}, Missing::create, rng);
  EXPECT_EQ(bucket.error().code(), Code::unsupported);
  EXPECT_FALSE(bucket.error().hint().empty());
}

}  // namespace
}  // namespace salvor::store
