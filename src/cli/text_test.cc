// What a hostile name may do to a terminal, and how wide text is.
#include "cli/text.h"

#include <gmock/gmock.h>

namespace salvor::cli {
namespace {

using testing::ElementsAre;

TEST(EscapeControls, MakesEverythingThatMovesACursorVisible) {
  EXPECT_EQ(escape_controls("a\033[2Jb\r\nc\td\a\x7f"), "a\\x1b[2Jb\\r\\nc\\td\\x07\\x7f");
  EXPECT_EQ(escape_controls("\xc2\x9b"
                            "31m"),
            "\\x9b31m");  // CSI as one C1 character
  EXPECT_EQ(escape_controls("abc\xe2\x80\xae"
                            "txt"),
            "abc\\u202etxt");  // right-to-left override
  EXPECT_EQ(escape_controls("\xe2\x80\xa8\xe2\x81\xa6"), "\\u2028\\u2066");
}

TEST(EscapeControls, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(escape_controls("a\xff"
                            "b"),
            "a\\xffb");
  EXPECT_EQ(escape_controls("\xc0\xaf"), "\\xc0\\xaf");           // overlong slash
  EXPECT_EQ(escape_controls("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(escape_controls("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(escape_controls("\xe2\x82"), "\\xe2\\x82");  // cut short
}

TEST(EscapeControls, LeavesHonestTextAlone) {
  EXPECT_EQ(escape_controls("Küche 日本 🚢 team/db"), "Küche 日本 🚢 team/db");
}

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("Küche"), 5u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("🚢"), 2u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);  // e and a combining accent
}

TEST(Fit, CutsAtCharactersAndSaysSo) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdefg", 6), "abcde…");
  EXPECT_EQ(fit("日本語", 5), "日本…");
  EXPECT_EQ(fit("日本語", 4), "日…");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Wrap, BreaksAtSpacesOnly) {
  EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("a verylongword b", 4), ElementsAre("a", "verylongword", "b"));
  EXPECT_THAT(wrap("", 10), ElementsAre());
}

}  // namespace
}  // namespace salvor::cli
