#include "s3/words.h"

#include <gmock/gmock.h>

namespace salvor::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words(std::string_view text) { return split_words(text).value(); }

TEST(Words, AreSeparatedByWhiteSpace) { EXPECT_THAT(words("  a  b\tc\n"), ElementsAre("a", "b", "c")); }

TEST(Words, KeepWhatIsQuoted) {
  EXPECT_THAT(words(R"("/opt/my tools/get" --for='a "b"' "")"), ElementsAre("/opt/my tools/get", "--for=a \"b\"", ""));
}

TEST(Words, AreEscapedAsByAPosixShell) {
  EXPECT_THAT(words(R"(a\ b "c\"d\\e\n" 'f\g')"), ElementsAre("a b", "c\"d\\e\\n", "f\\g"));
}

TEST(Words, ExpandNothing) { EXPECT_THAT(words("$HOME ~ *; #a"), ElementsAre("$HOME", "~", "*;", "#a")); }

TEST(Words, MayBeNone) { EXPECT_THAT(words(" \t"), IsEmpty()); }

TEST(Words, MustEnd) {
  for (const std::string_view text : {"\"secret", "'secret", "secret\\"}) {
    const auto result = split_words(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code(), Code::invalid);
    EXPECT_EQ(result.error().message().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace salvor::s3
