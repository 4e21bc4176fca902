#include "repo/blobcfg.h"

#include <gtest/gtest.h>

namespace salvor::repo {
namespace {

using namespace std::chrono_literals;

// Stock blobs are read in repository_format_test.cc.

TEST(BlobConfig, IsEmptyWithoutRetention) {
  EXPECT_EQ(encode(BlobConfig()), "{}");
  const BlobConfig config = parse_blob_config("{}").value();
  EXPECT_FALSE(config.is_retention_enabled());
  EXPECT_TRUE(validate(config).ok());
}

TEST(BlobConfig, IsWrittenAsItWasRead) {
  for (const char* text : {R"({"retentionMode":"GOVERNANCE","retentionPeriod":86400000000000})",
                           R"({"retentionMode":"Locked","retentionPeriod":1,"later":[]})"}) {
    EXPECT_EQ(encode(parse_blob_config(text).value()), text);
  }
}

TEST(BlobConfig, RefusesWhatIsNone) {
  for (const char* text : {"", "7", R"({"retentionPeriod":"1d"})", R"({"retentionMode":true})"}) {
    EXPECT_EQ(parse_blob_config(text).error().code(), Code::corrupt) << text;
  }
}

TEST(BlobConfig, IsValidWithBothOrNeither) {
  const auto is_valid = [](std::string_view mode, Duration period) {
    return validate(BlobConfig{std::string(mode), period, {}}).ok();
  };
  EXPECT_TRUE(is_valid("GOVERNANCE", 24h));
  EXPECT_FALSE(is_valid("GOVERNANCE", 24h - 1ns));
  EXPECT_FALSE(is_valid("GOVERNANCE", 0ns));
  EXPECT_FALSE(is_valid("", 24h));
  EXPECT_FALSE(is_valid("GOVERNANCE", -24h));
}

}  // namespace
}  // namespace salvor::repo
