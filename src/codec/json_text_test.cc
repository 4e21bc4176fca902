// The expected texts are what Go 1.26's json.Marshal and json.Compact print; tests/peer/protobuf_test.py compares more.
#include "codec/json_text.h"

#include <gtest/gtest.h>

namespace salvor::codec {
namespace {

using namespace std::literals;

std::string quoted(std::string_view text) {
  std::string json;
  append_json_text(json, text);
  return json;
}

std::string compact(std::string_view document) {
  std::string json;
  const auto done = append_compact_json(json, document);
  return done.ok() ? json : done.error().message();
}

TEST(JsonText, IsEscapedAsGoDoes) {
  EXPECT_EQ(quoted(""), R"("")");
  EXPECT_EQ(quoted("plain text"), R"("plain text")");
  EXPECT_EQ(quoted("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(quoted("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(quoted("\0"sv), R"("\u0000")");
  EXPECT_EQ(quoted("<a>&b"), R"("\u003ca\u003e\u0026b")");
  EXPECT_EQ(quoted("ü漢😀"), "\"ü漢😀\"");
  EXPECT_EQ(quoted("\u2028-\u2029-\u2030"), "\"\\u2028-\\u2029-\u2030\"");
}

TEST(JsonText, EachByteThatIsNoUtf8BecomesAReplacement) {
  EXPECT_EQ(quoted("a\xff\xfe"
                   "b"),
            R"("a\ufffd\ufffdb")");
  EXPECT_EQ(quoted("\xe2\x80"), R"("\ufffd\ufffd")");            // cut off
  EXPECT_EQ(quoted("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // a surrogate
  EXPECT_EQ(quoted("\xc0\x80z"), R"("\ufffd\ufffdz")");          // too long a form
}

TEST(CompactJson, LosesItsSpacesButNotThoseOfTexts) {
  EXPECT_EQ(compact("  {\"a\" : [ 1 ,\n 2.50 , null ] ,\t\"b\\\" c\" : \"x  y\"} \r\n"),
            R"({"a":[1,2.50,null],"b\" c":"x  y"})");
  EXPECT_EQ(compact("[\"<&>\u2029\"]"), R"(["\u003c\u0026\u003e\u2029"])");
  EXPECT_EQ(compact(R"({"a":"\\"})"), R"({"a":"\\"})");
  EXPECT_EQ(compact("[]"), "[]");
}

TEST(CompactJson, IsOneObjectOrArray) {
  for (const char* text : {"", "  ", "null", "1", "\"x\"", "{", "{}}", "{} {}", "[\"]", "x{}"}) {
    EXPECT_EQ(compact(text), "not one JSON object or array") << text;
  }
}

}  // namespace
}  // namespace salvor::codec
