#include "crypto/age_header.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace salvor::crypto::age {
namespace {

// c2sp.org/age's example.
const std::string kExample =
    "age-encryption.org/v1\n"
    "-> X25519 XEl0dJ6y3C7KZkgmgWUicg63EyXJiwBJW8PdYJ/cYBE\n"
    "qRS0AMjdjPvZ/WT08U2KL4G+PIooA3hy38SvLpvaC1E\n"
    "--- HK2NmOBN9Dpq0Gw6xMCuhFcQlQLvZ/wQUi/2scLG75s\n";
const os::Secret kFileKey("YELLOW SUBMARINE");

std::string with(const std::string& stanzas) {
  return "age-encryption.org/v1\n" + stanzas + "--- HK2NmOBN9Dpq0Gw6xMCuhFcQlQLvZ/wQUi/2scLG75s\n";
}

TEST(AgeHeader, IsReadAsPublished) {
  const auto header = parse_header(as_bytes(kExample));
  ASSERT_TRUE(header.ok()) << to_string(header.error());
  ASSERT_EQ(header->stanzas.size(), 1u);
  EXPECT_EQ(header->stanzas[0].arguments,
            (std::vector<std::string>{"X25519", "XEl0dJ6y3C7KZkgmgWUicg63EyXJiwBJW8PdYJ/cYBE"}));
  EXPECT_EQ(header->stanzas[0].body.size(), 32u);
  EXPECT_EQ(header->size, kExample.size());
}

TEST(AgeHeader, EndsWhereItEndsHoweverMuchFollows) {
  for (std::size_t size = 0; size < kExample.size(); ++size) {
    const auto end = find_header_end(as_bytes(kExample).first(size));
    ASSERT_TRUE(end.ok()) << size;
    EXPECT_FALSE(end->has_value()) << size;
    EXPECT_FALSE(parse_header(as_bytes(kExample).first(size)).ok()) << size;
  }
  for (const std::string more : {"", "x", "\n--- more\n"}) {
    const auto end = find_header_end(as_bytes(kExample + more));
    ASSERT_TRUE(end.ok() && end->has_value());
    EXPECT_EQ(**end, kExample.size());
  }
}

TEST(AgeHeader, OfAnythingElseIsRefusedAtOnce) {
  const auto code = [](std::string_view text) {
    const auto end = find_header_end(as_bytes(text));
    return end.ok() ? Code::internal : end.error().code();
  };
  EXPECT_EQ(code("\x1f\x8b"), Code::invalid);
  EXPECT_EQ(code("age-encryption.com"), Code::invalid);
  EXPECT_EQ(code("age-encryption.org/v2\n"), Code::unsupported);
  EXPECT_EQ(code("age-encryption.org/v1\r\n"), Code::unsupported);
  EXPECT_EQ(code("-----BEGIN AGE ENCRYPTED FILE-----\n"), Code::unsupported);
  const std::string endless = "age-encryption.org/v1\n" + std::string(kMaxHeaderBytes, 'x');
  EXPECT_EQ(code(endless), Code::invalid);
}

TEST(AgeHeader, WithBodiesOfEverySizeIsReadAsItWasWritten) {
  SeededRng rng(3);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string body(size, '\0');
    rng.fill(std::as_writable_bytes(std::span(body)));
    const std::vector<Stanza> stanzas = {{{"a"}, body}, {{"!", "~", "b/c"}, body + "x"}};
    const std::string text = encode_header(stanzas, kFileKey);
    const auto header = parse_header(as_bytes(text));
    ASSERT_TRUE(header.ok()) << to_string(header.error());
    EXPECT_EQ(header->stanzas, stanzas);
    EXPECT_EQ(encode_header(header->stanzas, kFileKey), text);
    EXPECT_TRUE(check_mac(*header, kFileKey).ok());
    EXPECT_EQ(check_mac(*header, os::Secret("yellow submarine")).error().code(), Code::corrupt);
  }
}

TEST(AgeHeader, HasOneFormOnly) {
  EXPECT_TRUE(parse_header(as_bytes(with("-> a\n\n"))).ok());
  const std::string full(64, 'A');
  EXPECT_TRUE(parse_header(as_bytes(with("-> a\n" + full + "\n\n"))).ok());
  for (const std::string& stanzas :
       {std::string(), std::string("-> \n\n"), std::string("->\n\n"), std::string("-> a  b\n\n"),
        std::string("-> a \n\n"), std::string("-> a\xc3\xa9\n\n"), std::string("-> a\n"), "-> a\n" + full + "\n",
        "-> a\n" + full + "A\n", std::string("-> a\nAA==\n"), std::string("-> a\nAB\n"), std::string("-> a\nA\n"),
        std::string("-> a\nAA\nAA\n"), std::string("-> a\r\n\r\n"), std::string("-> a\n\n\n"), std::string("a\n\n"),
        std::string("-> a\nA A\n")}) {
    EXPECT_FALSE(parse_header(as_bytes(with(stanzas))).ok()) << stanzas;
  }
  std::string wrong_end = with("-> a\n\n");
  EXPECT_FALSE(parse_header(as_bytes(wrong_end + "x")).ok());
  wrong_end.insert(wrong_end.find("--- ") + 4, " ");
  EXPECT_FALSE(parse_header(as_bytes(wrong_end)).ok());
}

TEST(AgeHeader, NoticesEveryChangedBitByGrammarOrMac) {
  const std::string text = encode_header({{{"X25519", "abc"}, "body"}, {{"more"}, std::string(60, 'b')}}, kFileKey);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string changed = text;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const auto header = parse_header(as_bytes(changed));
    EXPECT_FALSE(header.ok() && check_mac(*header, kFileKey).ok()) << bit;
  }
}

}  // namespace
}  // namespace salvor::crypto::age
