#include "repo/encryption.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <string>

#include "base/hex.h"
#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

constexpr std::string_view kChaChaEncryption = "CHACHA20-POLY1305-HMAC-SHA256";
constexpr std::string_view kEncryptions[] = {kDefaultEncryption, kChaChaEncryption};

Encryptor encryptor(std::string_view name) {
  return Encryptor::create(name, os::Secret(as_text(counting_bytes(32)))).value();
}

Result<Bytes> decrypted(Encryptor& encryptor, ByteView sealed, ByteView iv) {
  Bytes plain;
  TRY(encryptor.decrypt(sealed, iv, plain));
  return plain;
}

struct CiphertextSample {
  std::string_view name;
  std::string sealed;
  std::string iv, plain;
};

// kopia's encryption_test.go, TestCiphertextSamples; its master key.
const std::string kSampleKey = "01234567890123456789012345678901";
const CiphertextSample kSamples[] = {
    {kDefaultEncryption, "e43ba07f85a6d70c5f1102ca06cf19c597e5f91e527b21f00fb76e8bec3fd1",
     "aabbccddeeffgghhiijjkkllmmnnoopp", "foo"},
    {kChaChaEncryption, "118359f3d4d589d939efbbc3168ae4c77c51bcebce6845fe6ef5d11342faa6",
     "aabbccddeeffgghhiijjkkllmmnnoopp", "foo"},
    {kDefaultEncryption,
     "eaad755a238f1daa4052db2e5ccddd934790b6cca415b3ccfd46ac5746af33d9d30f4400ffa9eb3a64fb1ce21b888c12c043bf6787d4a5c15"
     "ad10"
     "f21f6a6027ee3afe0",
     "00000000000000000000000000000000", "quick brown fox jumps over the lazy dog"},
    {kChaChaEncryption,
     "836d2ba87892711077adbdbe1452d3b2c590bbfdf6fd3387dc6810220a32ec19de862e1a4f865575e328424b5f178afac1b7eeff11494f719"
     "d119"
     "b7ebb924d1d0846a3",
     "00000000000000000000000000000000", "quick brown fox jumps over the lazy dog"},
};

TEST(Encryptor, OpensWhatKopiaPublishes) {
  for (const CiphertextSample& sample : kSamples) {
    Encryptor encryptor = Encryptor::create(sample.name, os::Secret(kSampleKey)).value();
    const auto plain = decrypted(encryptor, parse_hex(sample.sealed).value(), as_bytes(sample.iv));
    ASSERT_TRUE(plain.ok());
    EXPECT_EQ(as_text(*plain), sample.plain);
  }
}

// kopia's Encryptor.Encrypt, master key 00 01 .. 1f, iv 00 01 .. 0f: of no bytes, of sample_bytes(100).
TEST(Encryptor, OpensWhatKopiaSealed) {
  const std::pair<std::string_view, std::string> kNothing[] = {
      {kDefaultEncryption, "b94eae39e207cda907f33e25ab2453c024e7a2a2b4467124f21ef3f3"},
      {kChaChaEncryption, "8462ae1329076ff55beb655949a0fa969b7e87950fd0bbd7b7d3d20d"},
  };
  const std::pair<std::string_view, std::string> kHundred[] = {
      {kDefaultEncryption,
       "0ec19b67ed475563feecee5b16334acfd644c325100710f2edad0fb4b87f9ba7bf9a9deed52d2edd9157bc94818a1bf86677c7c4c69f9ce"
       "a205a97778dd62b6983e448182fc520c47880aff361c501d02f4f1b40346ad3c7b2dba0a90c921fc4dab9458d59d28a0dfe77cab79d713e"
       "1f1e014a6cf5aff47a825752761576286d"},
      {kChaChaEncryption,
       "018c9d2631076096e5e083fe7445b8799341f17762fdf0e9e148e789a828c15a98653cbe99869ba115bf70f8b6f7ccab3b55e50ebcc1848"
       "f63abfb487a2391a6fcdd9193e56766d3767f0828286548c7302becd2b9b529cc76804018986bb4fb37974e4ebeb4cb5fab8f1a345c76ab"
       "12bd65ace16e9ec34444e0a48228325805"},
  };
  for (const auto& [name, sealed] : kNothing) {
    Encryptor one = encryptor(name);
    EXPECT_TRUE(decrypted(one, parse_hex(sealed).value(), counting_bytes(16)).value().empty());
  }
  for (const auto& [name, sealed] : kHundred) {
    Encryptor one = encryptor(name);
    EXPECT_EQ(decrypted(one, parse_hex(sealed).value(), counting_bytes(16)).value(), sample_bytes(100));
  }
}

TEST(Encryptor, OpensWhatItSealedBehindWhatIsThere) {
  SeededRng rng(1);
  for (const std::string_view name : kEncryptions) {
    Encryptor one = encryptor(name), other = encryptor(name);
    for (const std::size_t size : {0, 1, 15, 16, 17, 4096, 100'000}) {
      Bytes sealed = counting_bytes(5), plain = counting_bytes(7);
      ASSERT_TRUE(one.encrypt(sample_bytes(size), counting_bytes(16), rng, sealed).ok());
      EXPECT_EQ(sealed.size(), 5 + size + Encryptor::overhead());
      ASSERT_TRUE(other.decrypt(ByteView(sealed).subspan(5), counting_bytes(16), plain).ok());
      Bytes expected = counting_bytes(7);
      append(expected, sample_bytes(size));
      EXPECT_EQ(plain, expected);
    }
  }
}

TEST(Encryptor, OpensAnItemWhereItLies) {
  SeededRng rng(1);
  for (const std::string_view name : kEncryptions) {
    Encryptor one = encryptor(name);
    for (const std::size_t size : {0, 1, 16, 4096, 100'000}) {
      Bytes item;
      ASSERT_TRUE(one.encrypt(sample_bytes(size), counting_bytes(16), rng, item).ok());
      Bytes changed = item, cut = item;
      ASSERT_TRUE(one.decrypt_in_place(item, counting_bytes(16)).ok());
      EXPECT_EQ(item, sample_bytes(size));
      changed.back() ^= std::byte{1};
      EXPECT_EQ(one.decrypt_in_place(changed, counting_bytes(16)).error().code(), Code::corrupt);
      cut.resize(Encryptor::overhead() - 1);
      EXPECT_EQ(one.decrypt_in_place(cut, counting_bytes(16)).error().code(), Code::corrupt);
    }
  }
}

TEST(Encryptor, NeverSealsTheSameWayTwice) {
  SeededRng rng(2);
  for (const std::string_view name : kEncryptions) {
    Encryptor one = encryptor(name);
    Bytes first, second;
    ASSERT_TRUE(one.encrypt(as_bytes("foo"), counting_bytes(16), rng, first).ok());
    ASSERT_TRUE(one.encrypt(as_bytes("foo"), counting_bytes(16), rng, second).ok());
    EXPECT_NE(first, second);
  }
}

TEST(Encryptor, OpensNothingThatWasChangedCutOrRenamed) {
  SeededRng rng(3);
  for (const std::string_view name : kEncryptions) {
    Encryptor one = encryptor(name);
    Bytes sealed;
    ASSERT_TRUE(one.encrypt(as_bytes("one small content"), counting_bytes(16), rng, sealed).ok());
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      Bytes changed = sealed;
      changed[bit / 8] ^= std::byte{1} << bit % 8;
      EXPECT_EQ(decrypted(one, changed, counting_bytes(16)).error().code(), Code::corrupt);
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
      EXPECT_EQ(decrypted(one, ByteView(sealed).first(size), counting_bytes(16)).error().code(), Code::corrupt);
    }
    EXPECT_EQ(decrypted(one, sealed, counting_bytes(15)).error().code(), Code::corrupt);
    Encryptor stranger = Encryptor::create(name, os::Secret(kSampleKey)).value();
    EXPECT_EQ(decrypted(stranger, sealed, counting_bytes(16)).error().code(), Code::corrupt);
  }
}

TEST(Encryptor, LeavesTheOutputAsItWasWhenItOpensNothing) {
  Encryptor one = encryptor(kDefaultEncryption);
  Bytes out = counting_bytes(7);
  EXPECT_FALSE(one.decrypt(sample_bytes(1000), counting_bytes(16), out).ok());
  EXPECT_EQ(out, counting_bytes(7));
}

// Address space that is never touched: sizes are looked at before bytes.
TEST(Encryptor, RefusesMoreThanOpenSslCountsTo) {
  const std::size_t size = (std::size_t{3} << 30) + 7;
  void* const place = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(place, MAP_FAILED);
  const ByteView huge(static_cast<const std::byte*>(place), size);
  SeededRng rng(4);
  for (const std::string_view name : kEncryptions) {
    Encryptor one = encryptor(name);
    Bytes out;
    EXPECT_EQ(one.encrypt(huge, counting_bytes(16), rng, out).error().code(), Code::invalid);
    EXPECT_EQ(one.encrypt(as_bytes("foo"), huge, rng, out).error().code(), Code::invalid);
    EXPECT_EQ(one.decrypt(huge, counting_bytes(16), out).error().code(), Code::corrupt);
    const std::size_t one_too_many = Encryptor::max_plain_bytes() + Encryptor::overhead() + 1;
    EXPECT_EQ(one.decrypt(huge.first(one_too_many), counting_bytes(16), out).error().code(), Code::corrupt);
    EXPECT_TRUE(out.empty());
  }
  ::munmap(place, size);
}

TEST(Encryptor, SaysWhatItDoesNotOffer) {
  const auto unknown = Encryptor::create("SALSA20", os::Secret(kSampleKey));
  EXPECT_EQ(unknown.error().code(), Code::unsupported);
  EXPECT_NE(unknown.error().message().find("SALSA20"), std::string::npos);
}

}  // namespace
}  // namespace salvor::repo
