#include "crypto/bech32.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace salvor::crypto {
namespace {

// BIP 173's valid examples whose data are whole bytes.
TEST(Bech32, ReadsAndWritesThePublishedExamples) {
  for (const std::string text :
       {"A12UEL5L", "a12uel5l", "?1ezyfcl", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs"}) {
    const auto decoded = decode_bech32(text);
    ASSERT_TRUE(decoded.ok()) << text << ": " << to_string(decoded.error());
    EXPECT_EQ(encode_bech32(decoded->prefix, as_bytes(decoded->data.reveal())), text);
  }
}

// BIP 173's invalid examples.
TEST(Bech32, RefusesThePublishedCounterexamples) {
  for (const std::string text : {"\x20"
                                 "1nwldj5",
                                 "\x7f"
                                 "1axkwrx",
                                 "\x80"
                                 "1eym55h",
                                 "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "de1lg7wt\xff", "A1G7SGD8",
                                 "10a06t8", "1qzzfhee", "", "A12uel5l", "a12UEL5L"}) {
    const auto decoded = decode_bech32(text);
    ASSERT_FALSE(decoded.ok()) << text;
    EXPECT_EQ(decoded.error().code(), Code::invalid);
  }
}

TEST(Bech32, ReturnsAnyBytesAndNoticesEveryChangedCharacter) {
  SeededRng rng(31);
  for (std::size_t size = 0; size < 70; ++size) {
    Bytes data(size);
    rng.fill(data);
    std::string text = encode_bech32("test", data);
    const auto decoded = decode_bech32(text);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->data.reveal(), as_text(data));
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::string changed = text;
      changed[at] = changed[at] == 'q' ? 'p' : 'q';
      EXPECT_FALSE(decode_bech32(changed).ok()) << changed;
    }
  }
}

}  // namespace
}  // namespace salvor::crypto
