#include "crypto/age_wrap.h"

#include <gtest/gtest.h>

namespace salvor::crypto::age {
namespace {

class AgeWrap : public testing::Test {
 protected:
  Header sealed(const Lock& lock) {
    const auto text = seal_header(file_key_, lock, rng_);
    EXPECT_TRUE(text.ok());
    auto header = parse_header(as_bytes(*text));
    EXPECT_TRUE(header.ok());
    return *std::move(header);
  }
  // Of these stanzas, with a MAC that fits.
  Header header_of(std::vector<Stanza> stanzas) { return *parse_header(as_bytes(encode_header(stanzas, file_key_))); }
  static Keyring ring(const Identity& identity) {
    Keyring keyring;
    keyring.identities.push_back(identity.copy());
    return keyring;
  }
  static Keyring ring(std::string_view passphrase) {
    Keyring keyring;
    keyring.passphrases.emplace_back(passphrase);
    return keyring;
  }
  static Lock locked_by(std::string_view passphrase) {
    Lock lock;
    lock.passphrase = os::Secret(passphrase);
    lock.work_factor = 4;
    return lock;
  }
  void expect_code(const Header& header, const Keyring& keyring, Code code, const std::string& why = "") {
    const auto opened = open_header(header, keyring);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), code) << to_string(opened.error());
    EXPECT_NE(to_string(opened.error()).find(why), std::string::npos) << to_string(opened.error());
  }

  SeededRng rng_{20261123};
  const os::Secret file_key_ = random_secret(rng_, kFileKeyBytes);
  const Identity alice_ = Identity::generate(rng_), bob_ = Identity::generate(rng_), eve_ = Identity::generate(rng_);
};

TEST_F(AgeWrap, OpensForEachRecipientAndForNobodyElse) {
  const Header header = sealed({.recipients = {alice_.recipient(), bob_.recipient()}});
  for (const Identity* identity : {&alice_, &bob_}) {
    const auto opened = open_header(header, ring(*identity));
    ASSERT_TRUE(opened.ok());
    EXPECT_TRUE(*opened == file_key_);
  }
  expect_code(header, ring(eve_), Code::denied, "2 X25519 recipients; tried: " + eve_.recipient().text());
  expect_code(header, {}, Code::denied, "no key was given");
  expect_code(header, ring("passphrase"), Code::denied, "tried: a passphrase");
}

TEST_F(AgeWrap, NamesThoseWhoCouldOpenItWhenAsked) {
  const Header header = sealed({.recipients = {alice_.recipient(), bob_.recipient()}, .header_multiple = 512});
  EXPECT_EQ(named_recipients(header), (std::vector{alice_.recipient(), bob_.recipient()}));
  expect_code(header, ring(eve_), Code::denied, alice_.recipient().text() + ", " + bob_.recipient().text());
  EXPECT_TRUE(open_header(header, ring(bob_)).ok());
}

TEST_F(AgeWrap, FillsHeadersToTheirMultiple) {
  for (std::size_t count = 1; count < 40; ++count) {
    for (const std::size_t multiple : {0, 1, 100, 2048}) {
      const Lock lock{.recipients = std::vector(count, alice_.recipient()), .header_multiple = multiple};
      const Header header = sealed(lock);
      EXPECT_EQ(header.size, header_size(lock));
      EXPECT_EQ(multiple == 0 ? 0 : header.size % multiple, 0u);
    }
  }
  EXPECT_EQ(header_size({.recipients = std::vector(12, alice_.recipient()), .header_multiple = 2048}), 2048u);
  EXPECT_EQ(header_size({.recipients = std::vector(13, alice_.recipient()), .header_multiple = 2048}), 4096u);
  Lock lock = locked_by("x");
  lock.header_multiple = 2048;
  for (lock.work_factor = 9; lock.work_factor < 11; ++lock.work_factor) EXPECT_EQ(sealed(lock).size, header_size(lock));
}

TEST_F(AgeWrap, OpensWithThePassphraseAndNoOther) {
  const Header header = sealed(locked_by("correct horse"));
  Keyring keyring = ring("battery staple");
  expect_code(header, keyring, Code::denied, "whoever has its passphrase");
  keyring.passphrases.emplace_back("correct horse");
  const auto opened = open_header(header, keyring);
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(*opened == file_key_);
  expect_code(header, ring(alice_), Code::denied, "whoever has its passphrase");
}

TEST_F(AgeWrap, DoesNoMoreWorkForAPassphraseThanAllowed) {
  Header header = sealed(locked_by("x"));
  header.stanzas[0].arguments[2] = "23";
  expect_code(header, ring("x"), Code::invalid, "at most 2^22");
  header.stanzas[0].arguments[2] = "99999999999999999999999999";
  expect_code(header, ring("x"), Code::invalid, "at most 2^22");
  for (const char* factor : {"0", "04", "-1", "+4", "0x4", "", "4 ", "4.0"}) {
    header.stanzas[0].arguments[2] = factor;
    expect_code(header, ring("x"), Code::invalid);
  }
}

TEST_F(AgeWrap, SkipsStanzasItDoesNotKnow) {
  const Header header = sealed({.recipients = {alice_.recipient()}});
  std::vector<Stanza> stanzas = {{{"ssh-ed25519", "tag", "share"}, "body"}, {{"x25519", "other"}, ""}};
  stanzas.push_back(header.stanzas[0]);
  stanzas.push_back({{"fX2-grease", "!"}, std::string(100, 'g')});
  EXPECT_TRUE(open_header(header_of(stanzas), ring(alice_)).ok());
  expect_code(header_of(stanzas), ring(eve_), Code::denied,
              "1 X25519 recipient, 1 of kind fX2-grease, 1 of kind ssh-ed25519, 1 of kind x25519");
}

TEST_F(AgeWrap, RefusesStanzasThatBreakTheirRules) {
  const Stanza good = sealed({.recipients = {alice_.recipient()}}).stanzas[0];
  const Stanza scrypt = sealed(locked_by("x")).stanzas[0];
  expect_code(header_of({scrypt, good}), ring(alice_), Code::invalid, "alone");
  expect_code(header_of({scrypt, scrypt}), ring("x"), Code::invalid, "alone");
  std::vector<Stanza> bad(8, good);
  bad[0].arguments.emplace_back("more");
  bad[1].arguments.pop_back();
  bad[2].arguments[1].pop_back();
  bad[3].arguments[1] += "A";
  bad[4].body.pop_back();
  bad[5].body += "x";
  bad[6].arguments[1] = std::string(43, 'A');  // a point of low order
  bad[7].arguments[1] = std::string(42, 'A') + "B";
  for (const Stanza& stanza : bad) expect_code(header_of({stanza}), ring(alice_), Code::invalid);
  for (std::size_t i = 0; i < 4; ++i) {
    Stanza stanza = scrypt;
    if (i == 0) stanza.arguments.emplace_back("more");
    if (i == 1) stanza.arguments[1] += "AA";
    if (i == 2) stanza.body.pop_back();
    if (i == 3) stanza.arguments.pop_back();
    expect_code(header_of({stanza}), ring("x"), Code::invalid);
  }
}

TEST_F(AgeWrap, NoticesAHeaderWhoseStanzasWereExchanged) {
  Header header = sealed({.recipients = {alice_.recipient(), bob_.recipient()}});
  header.stanzas.pop_back();
  expect_code(header, ring(alice_), Code::corrupt, "MAC");
}

TEST_F(AgeWrap, GivesTheSameFileKeyToNewRecipients) {
  const Header old = sealed({.recipients = {alice_.recipient()}});
  const auto file_key = open_header(old, ring(alice_));
  ASSERT_TRUE(file_key.ok());
  const auto text = seal_header(*file_key, {.recipients = {bob_.recipient()}}, rng_);
  const Header renewed = *parse_header(as_bytes(*text));
  EXPECT_TRUE(*open_header(renewed, ring(bob_)) == file_key_);
  expect_code(renewed, ring(alice_), Code::denied);
}

TEST_F(AgeWrap, WantsRecipientsOrAPassphraseButNotBoth) {
  EXPECT_EQ(seal_header(file_key_, {}, rng_).error().code(), Code::invalid);
  Lock both = locked_by("x");
  both.recipients.push_back(alice_.recipient());
  EXPECT_EQ(seal_header(file_key_, both, rng_).error().code(), Code::invalid);
  Lock wild = locked_by("x");
  wild.work_factor = 31;
  EXPECT_EQ(seal_header(file_key_, wild, rng_).error().code(), Code::invalid);
}

}  // namespace
}  // namespace salvor::crypto::age
