// Whole files: encryptor, decryptor, chunks in any order, armor.
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/age_armor.h"
#include "crypto/age_decryptor.h"
#include "crypto/age_encryptor.h"

namespace salvor::crypto::age {
namespace {

class AgeStream : public testing::Test {
 protected:
  AgeStream() { keyring_.identities.push_back(Identity::generate(rng_)); }

  Bytes random_bytes(std::size_t size) {
    Bytes bytes(size);
    rng_.fill(bytes);
    return bytes;
  }
  // In pieces of at most `piece` bytes.
  Bytes encrypted(ByteView plain, std::size_t piece) {
    Bytes file;
    const Lock lock{.recipients = {keyring_.identities[0].recipient()}};
    const auto encryptor = Encryptor::start(lock, rng_, [&](ByteView out) { return (append(file, out), Result<>{}); });
    EXPECT_TRUE(encryptor.ok());
    for (ByteView rest = plain; !rest.empty();) {
      const std::size_t count = std::min<std::size_t>(rest.size(), 1 + rng_.below(piece));
      EXPECT_TRUE((*encryptor)->write(rest.first(count)).ok());
      rest = rest.subspan(count);
    }
    EXPECT_TRUE((*encryptor)->finish().ok());
    return file;
  }
  Result<Bytes> decrypted(ByteView file, std::size_t piece) {
    Bytes plain;
    Decryptor decryptor(keyring_, [&](ByteView out) { return (append(plain, out), Result<>{}); });
    for (ByteView rest = file; !rest.empty();) {
      const std::size_t count = std::min<std::size_t>(rest.size(), 1 + rng_.below(piece));
      TRY(decryptor.write(rest.first(count)));
      rest = rest.subspan(count);
    }
    TRY(decryptor.finish());
    return plain;
  }

  SeededRng rng_{4};
  Keyring keyring_;
};

constexpr std::size_t kSizes[] = {0,       1,       15,      65'535,  65'536,  65'537,
                                  131'071, 131'072, 131'073, 200'000, 655'360, 655'361};

TEST_F(AgeStream, ReturnsWhatWasWrittenHoweverBothAreCut) {
  for (const std::size_t size : kSizes) {
    const Bytes plain = random_bytes(size);
    for (const std::size_t piece : {3'000, 65'536, 65'552, 1'000'000}) {
      const Bytes file = encrypted(plain, piece);
      const auto again = decrypted(file, piece);
      ASSERT_TRUE(again.ok()) << size << ": " << to_string(again.error());
      EXPECT_TRUE(*again == plain) << size;
    }
  }
}

TEST_F(AgeStream, KnowsHowLongAFileIs) {
  const std::size_t header = header_size({.recipients = {keyring_.identities[0].recipient()}});
  for (const std::size_t size : kSizes) {
    const Bytes file = encrypted(random_bytes(size), 100'000);
    EXPECT_EQ(file.size(), header + PayloadLayout::of_plain(size).size());
    const auto layout = PayloadLayout::of_payload(file.size() - header);
    ASSERT_TRUE(layout.ok());
    EXPECT_EQ(layout->plain_size(), size);
  }
  for (const std::uint64_t size : {0u, 15u, 31u, 16u + 65'552u + 1u, 16u + 65'552u + 16u}) {
    EXPECT_EQ(PayloadLayout::of_payload(size).error().code(), Code::corrupt) << size;
  }
}

TEST_F(AgeStream, NoticesAFileCutAnywhere) {
  const Bytes file = encrypted(random_bytes(300), 300);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto cut = decrypted(ByteView(file).first(size), 1000);
    ASSERT_FALSE(cut.ok()) << size;
    EXPECT_EQ(cut.error().code(), size == 0 ? Code::invalid : Code::corrupt) << size;
  }
}

TEST_F(AgeStream, NoticesWholeChunksThatAreMissingOrExchangedOrAdded) {
  const Bytes plain = random_bytes(4 * kChunkBytes);
  const Bytes file = encrypted(plain, 100'000);
  const std::size_t start = file.size() - 4 * kSealedChunkBytes;
  const auto chunks = [&](std::initializer_list<std::size_t> order) {
    Bytes made(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(start));
    for (const std::size_t chunk : order)
      append(made, ByteView(file).subspan(start + chunk * kSealedChunkBytes, kSealedChunkBytes));
    return made;
  };
  EXPECT_TRUE(decrypted(chunks({0, 1, 2, 3}), 100'000).ok());
  for (const auto& order : {chunks({}), chunks({0}), chunks({0, 1, 2}), chunks({0, 1, 3}), chunks({1, 2, 3}),
                            chunks({0, 2, 1, 3}), chunks({0, 1, 2, 3, 3}), chunks({3})}) {
    const auto outcome = decrypted(order, 100'000);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code(), Code::corrupt);
  }
  EXPECT_NE(decrypted(chunks({0, 1, 2}), 100'000).error().message().find("cut off at the end of a chunk"),
            std::string::npos);
  Bytes longer = file;
  longer.push_back(std::byte{0});
  EXPECT_NE(decrypted(longer, 100'000).error().message().find("added behind the end"), std::string::npos);
}

TEST_F(AgeStream, NoticesEveryChangedBit) {
  const Bytes plain = random_bytes(100);
  Bytes file = encrypted(plain, 300);
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    file[bit / 8] ^= std::byte{1} << bit % 8;
    const auto outcome = decrypted(file, 10'000);
    EXPECT_FALSE(outcome.ok()) << bit;
    file[bit / 8] ^= std::byte{1} << bit % 8;
  }
  EXPECT_TRUE(decrypted(file, 10'000).ok());
}

TEST_F(AgeStream, ReadsChunksInAnyOrder) {
  const Bytes plain = random_bytes(5 * kChunkBytes + 77);
  const Bytes file = encrypted(plain, 100'000);
  const auto end = find_header_end(file);
  const auto header = parse_header(ByteView(file).first(**end));
  const auto file_key = open_header(*header, keyring_);
  const ByteView payload = ByteView(file).subspan(**end);
  const auto layout = PayloadLayout::of_payload(payload.size());
  ASSERT_EQ(layout->chunks(), 6u);
  PayloadCipher cipher(*file_key, payload.first(kPayloadNonceBytes));
  for (const std::uint64_t chunk : {5, 0, 3, 3, 1}) {
    const std::uint64_t from = layout->chunk_offset(chunk), to = layout->chunk_offset(chunk + 1);
    Bytes out(to - from - 16);
    ASSERT_TRUE(cipher.open(chunk, chunk == 5, payload.subspan(from, to - from), out).ok());
    EXPECT_TRUE(std::ranges::equal(out, ByteView(plain).subspan(chunk * kChunkBytes, out.size())));
    EXPECT_FALSE(cipher.open(chunk, chunk != 5, payload.subspan(from, to - from), out).ok());
  }
}

TEST_F(AgeStream, PassesOnTheSinksError) {
  const auto full = [](ByteView) -> Result<> { return Error(Code::out_of_space, "full"); };
  const Lock lock{.recipients = {keyring_.identities[0].recipient()}};
  EXPECT_EQ((*Encryptor::start(lock, rng_, full))->write(as_bytes("x")).error().code(), Code::out_of_space);
  Decryptor decryptor(keyring_, full);
  ASSERT_TRUE(decryptor.write(encrypted(as_bytes("x"), 1)).ok());
  EXPECT_EQ(decryptor.finish().error().code(), Code::out_of_space);
}

std::string armored(ByteView file, const std::string& newline) {
  const std::string text = codec::encode_base64(as_text(file));
  std::string armor = std::string(kArmorBegin) + newline;
  for (std::size_t at = 0; at < text.size(); at += 64) armor += text.substr(at, 64) + newline;
  return armor + "-----END AGE ENCRYPTED FILE-----" + newline;
}

TEST_F(AgeStream, ReadsSmallFilesWithAndWithoutArmor) {
  for (std::size_t size = 0; size < 130; ++size) {
    const Bytes plain = random_bytes(size);
    const Bytes file = encrypted(plain, 300);
    for (const std::string& text : {std::string(as_text(file)), armored(file, "\n"), armored(file, "\r\n"),
                                    "\n  \r\n" + armored(file, "\n") + "\n\n \t"}) {
      const auto secret = decrypt_small(as_bytes(text), keyring_);
      ASSERT_TRUE(secret.ok()) << to_string(secret.error());
      EXPECT_EQ(secret->reveal(), as_text(plain));
    }
    EXPECT_EQ(decrypted(as_bytes(armored(file, "\n")), 1000).error().code(), Code::unsupported);
  }
}

TEST_F(AgeStream, RefusesArmorThatIsCutOrChangedInAnyBit) {
  const std::string whole = armored(encrypted(as_bytes("text"), 10), "\n");
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_FALSE(decrypt_small(as_bytes(whole.substr(0, size)), keyring_).ok()) << size;
  }
  for (std::size_t bit = 0; bit < (whole.size() - 1) * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(decrypt_small(as_bytes(changed), keyring_).ok()) << bit << changed;
  }
}

}  // namespace
}  // namespace salvor::crypto::age
