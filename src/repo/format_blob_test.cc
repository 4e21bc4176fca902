#include "repo/format_blob.h"

#include <gtest/gtest.h>

#include <string>

#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

// Stock blobs are read in repository_format_test.cc.

TEST(FormatBlob, KeepsMembersThatItDoesNotKnow) {
  const std::string text =
      "{\n  \"tool\": \"a <b> & c\",\n  \"later\": {\"x\": [1, 2]},\n  \"uniqueID\": \"AAEC\",\n  \"encryption\": "
      "\"E\"\n}";
  const FormatBlob blob = parse_format_blob(as_bytes(text)).value();
  EXPECT_EQ(blob.tool, "a <b> & c");
  EXPECT_EQ(blob.unique_id, counting_bytes(3));
  EXPECT_EQ(blob.unknown, R"("later":{"x":[1,2]})");
  const Bytes written = encode(blob).value();
  EXPECT_EQ(
      as_text(written),
      "{\n  \"tool\": \"a \\u003cb\\u003e \\u0026 c\",\n  \"buildVersion\": \"\",\n  \"buildInfo\": \"\",\n"
      "  \"uniqueID\": \"AAEC\",\n  \"keyAlgo\": \"\",\n  \"encryption\": \"E\",\n  \"later\":{\"x\":[1,2]}\n}\n");
  EXPECT_EQ(parse_format_blob(written).value(), blob);
}

TEST(FormatBlob, RefusesWhatIsNone) {
  for (const char* text : {"", "null", "[]", "{", R"({"tool":7})", R"({"uniqueID":"%"})", R"({"uniqueID":[1]})",
                           R"({"encryptedBlockFormat":7})", "{} {}"}) {
    const auto blob = parse_format_blob(as_bytes(text));
    ASSERT_FALSE(blob.ok()) << text;
    EXPECT_EQ(blob.error().code(), Code::corrupt) << text;
  }
}

TEST(FormatBlob, IsNeverLargerThanKopiaTakes) {
  std::string text = R"({"tool":")";
  text += std::string(kMaxFormatBlobBytes - text.size() - 2, 'x') + "\"}";
  EXPECT_TRUE(parse_format_blob(as_bytes(text)).ok());
  EXPECT_EQ(parse_format_blob(as_bytes(text + " ")).error().code(), Code::corrupt);
  FormatBlob blob;
  blob.encrypted_config = Bytes(49'000);
  EXPECT_EQ(encode(blob).error().code(), Code::invalid);
}

}  // namespace
}  // namespace salvor::repo
