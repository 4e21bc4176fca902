#include "crypto/age_keys.h"

#include <gtest/gtest.h>

#include "crypto/age_key_files.h"
#include "crypto/bech32.h"

namespace salvor::crypto::age {
namespace {

// The pair that c2sp.org/age shows.
constexpr std::string_view kIdentity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
constexpr std::string_view kRecipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

TEST(AgeKeys, MatchThePublishedPair) {
  const auto identity = Identity::parse(kIdentity);
  ASSERT_TRUE(identity.ok()) << to_string(identity.error());
  EXPECT_EQ(identity->text().reveal(), kIdentity);
  EXPECT_EQ(identity->recipient().text(), kRecipient);
  const auto recipient = Recipient::parse(kRecipient);
  ASSERT_TRUE(recipient.ok());
  EXPECT_EQ(*recipient, identity->recipient());
}

TEST(AgeKeys, AreGeneratedDifferentAndReadBack) {
  SeededRng rng(1);
  const Identity one = Identity::generate(rng), other = Identity::generate(rng);
  EXPECT_NE(one.recipient(), other.recipient());
  const auto again = Identity::parse(one.text().reveal());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->recipient(), one.recipient());
}

TEST(AgeKeys, OfOtherKindsAreRefusedByName) {
  const std::string bytes(32, 'x');
  const std::string wide(1200, 'x');
  const auto code = [](const auto& result) { return result.ok() ? Code::internal : result.error().code(); };
  EXPECT_EQ(code(Recipient::parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW")), Code::unsupported);
  EXPECT_EQ(code(Recipient::parse(encode_bech32("age1pq", as_bytes(wide)))), Code::unsupported);
  EXPECT_EQ(code(Recipient::parse(encode_bech32("age1yubikey", as_bytes(bytes)))), Code::unsupported);
  EXPECT_EQ(code(Recipient::parse(encode_bech32("bage", as_bytes(bytes)))), Code::invalid);
  EXPECT_EQ(code(Recipient::parse(encode_bech32("AGE", as_bytes(bytes)))), Code::invalid);
  EXPECT_EQ(code(Recipient::parse(encode_bech32("age", as_bytes(bytes + "x")))), Code::invalid);
  EXPECT_EQ(code(Recipient::parse(kIdentity)), Code::invalid);
  EXPECT_EQ(code(Identity::parse(kRecipient)), Code::invalid);
  EXPECT_EQ(code(Identity::parse(encode_bech32("age-secret-key-", as_bytes(bytes)))), Code::invalid);
  EXPECT_EQ(code(Identity::parse(encode_bech32("AGE-SECRET-KEY-PQ-", as_bytes(bytes)))), Code::unsupported);
  EXPECT_EQ(code(Identity::parse("AGE-PLUGIN-YUBIKEY-1QQQ")), Code::unsupported);
}

TEST(AgeKeys, NeverStandInAnError) {
  std::string damaged(kIdentity);
  for (std::size_t at = 16; at < damaged.size(); ++at) {
    std::string changed = damaged;
    changed[at] = changed[at] == 'Q' ? 'P' : 'Q';
    const auto identity = Identity::parse(changed);
    ASSERT_FALSE(identity.ok());
    const std::string said = to_string(identity.error());
    EXPECT_EQ(said.find(changed.substr(16, 8)), std::string::npos) << said;
    EXPECT_EQ(said.find(changed.substr(50, 8)), std::string::npos) << said;
  }
}

TEST(AgeKeyFiles, HoldKeysAndCommentsInAnyNumber) {
  SeededRng rng(2);
  const Identity one = Identity::generate(rng), two = Identity::generate(rng);
  const std::string text = "# a comment\r\n\r\n  " + std::string(one.text().reveal()) +
                           " \t\r\n#AGE-SECRET-KEY-1NO\n\n" + std::string(two.text().reveal());
  const auto identities = parse_identities(text);
  ASSERT_TRUE(identities.ok()) << to_string(identities.error());
  ASSERT_EQ(identities->size(), 2u);
  EXPECT_EQ((*identities)[0].recipient(), one.recipient());
  EXPECT_EQ((*identities)[1].recipient(), two.recipient());
  const auto recipients = parse_recipients("# team\n" + one.recipient().text() + "\n" + two.recipient().text() + "\n");
  ASSERT_TRUE(recipients.ok());
  EXPECT_EQ(*recipients, (std::vector{one.recipient(), two.recipient()}));
}

TEST(AgeKeyFiles, AreWrittenAsAgeKeygenWritesThem) {
  const auto identity = Identity::parse(kIdentity);
  ASSERT_TRUE(identity.ok());
  const os::Secret file = identity_file(*identity, Time(std::chrono::seconds(1'795'415'688)));
  EXPECT_EQ(file.reveal(), "# created: 2026-11-23T06:34:48Z\n# public key: " + std::string(kRecipient) + "\n" +
                               std::string(kIdentity) + "\n");
  EXPECT_TRUE(parse_identities(file.reveal()).ok());
}

TEST(AgeKeyFiles, SayWhichLineIsWrongAndWhatTheFileIsInstead) {
  const auto said = [](std::string_view text) { return to_string(parse_identities(text).error()); };
  EXPECT_TRUE(said("# x\n\nrubbish\n").starts_with("line 3: ")) << said("# x\n\nrubbish\n");
  EXPECT_EQ(said("# nothing\n"), "no identities in it");
  EXPECT_NE(said("age-encryption.org/v1\n-> scrypt").find("itself encrypted"), std::string::npos);
  EXPECT_NE(said("-----BEGIN AGE ENCRYPTED FILE-----\n").find("itself encrypted"), std::string::npos);
  EXPECT_NE(said("-----BEGIN OPENSSH PRIVATE KEY-----\n").find("SSH"), std::string::npos);
  std::string many;
  for (int i = 0; i < 1001; ++i) many.append(kIdentity).push_back('\n');
  EXPECT_FALSE(parse_identities(many).ok());
}

}  // namespace
}  // namespace salvor::crypto::age
