#include "repo/blob_id.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/hex.h"
#include "base/rng.h"

namespace salvor::repo {
namespace {

const std::string kHash = "00112233445566778899aabbccddeeff";
const std::string kSession = "s0123456789abcdef147", kSet = "s0123456789abcdef";

// As stock's content manager, session and epoch code print them (fmt verbs of the files that blob_id.h names).
const std::vector<std::pair<std::string, BlobName> > kNames = {
    {"p" + kHash + "-" + kSession, {.kind = BlobKind::data_pack, .hash = kHash, .set = kSession}},
    {"p" + kHash, {.kind = BlobKind::data_pack, .hash = kHash}},
    {"q" + kHash + "-" + kSession, {.kind = BlobKind::metadata_pack, .hash = kHash, .set = kSession}},
    {"s" + kHash + "-" + kSession, {.kind = BlobKind::session, .hash = kHash, .set = kSession}},
    {"n" + kHash + kHash, {.kind = BlobKind::legacy_index, .hash = kHash + kHash}},
    {"n" + kHash + "-" + kSession, {.kind = BlobKind::legacy_index, .hash = kHash, .set = kSession}},
    {"m" + kHash, {.kind = BlobKind::legacy_compaction, .hash = kHash}},
    {"l" + kHash, {.kind = BlobKind::legacy_cleanup, .hash = kHash}},
    {"xn0_" + kHash + "-" + kSession + "-c1",
     {.kind = BlobKind::index, .epoch = 0, .count = 1, .hash = kHash, .set = kSession}},
    {"xs17_" + kHash + "-" + kSet + "-c12",
     {.kind = BlobKind::compaction, .epoch = 17, .count = 12, .hash = kHash, .set = kSet}},
    {"xr0_7_" + kHash + "-" + kSet + "-c3",
     {.kind = BlobKind::range, .epoch = 0, .last_epoch = 7, .count = 3, .hash = kHash, .set = kSet}},
    {"xe9223372036854775807", {.kind = BlobKind::epoch_marker, .epoch = INT64_MAX}},
    {"xw1790000000", {.kind = BlobKind::watermark, .seconds = 1790000000}},
    {"_log_20261130195306_0a1b_1790000000_1790000060_1_" + kHash,
     {.kind = BlobKind::log, .hash = kHash, .text = "_log_20261130195306_0a1b_1790000000_1790000060_1_"}},
    {"kopia.repository", {.kind = BlobKind::fixed, .text = "kopia.repository"}},
    {"kopia.blobcfg", {.kind = BlobKind::fixed, .text = "kopia.blobcfg"}},
    {"kopia.maintenance", {.kind = BlobKind::fixed, .text = "kopia.maintenance"}},
    {"kopia.repository.backup.me", {.kind = BlobKind::fixed, .text = "kopia.repository.backup.me"}},
    {"udmrepo.Repository", {.kind = BlobKind::fixed, .text = "udmrepo.Repository"}},
    {std::string(kLegacyPoisonBlob), {.kind = BlobKind::fixed, .text = std::string(kLegacyPoisonBlob)}},
};

TEST(BlobName, IsReadAndPrintedAsTheSameText) {
  for (const auto& [id, name] : kNames) {
    const auto parsed = parse_blob_id(id);
    ASSERT_TRUE(parsed.has_value()) << id;
    EXPECT_EQ(*parsed, name) << id;
    EXPECT_EQ(encode(name), id);
  }
}

TEST(BlobName, ThatOnlyLooksAlikeIsNone) {
  const std::vector<std::string> ids = {std::string(),
                                        std::string("x"),
                                        std::string("p"),
                                        std::string("a" + kHash),
                                        std::string("P" + kHash),
                                        "p" + kHash + kHash,
                                        "p" + kHash.substr(1),
                                        "p" + kHash + "-",
                                        "p" + kHash + "-x",
                                        "p" + kHash + "-" + kSession + "-c1",
                                        "p0123456789ABCDEF0123456789abcdef",
                                        "s" + kHash,
                                        "m" + kHash + "-" + kSession,
                                        "n" + kHash + "0",
                                        "n" + kHash + kHash + "00",
                                        std::string("xn"),
                                        std::string("xn_"),
                                        "xn" + kHash,
                                        "xn0_" + kHash,
                                        "xn0_" + kHash + "-" + kSet,
                                        "xn0_" + kHash + "-" + kSet + "-c",
                                        "xn0_" + kHash + "-" + kSet + "-c0",
                                        "xn0_" + kHash + "-" + kSet + "-c01",
                                        "xn0_" + kHash + "-" + kSet + "-c-1",
                                        "xn0_" + kHash + "-" + kSet + "-c1-",
                                        "xn00_" + kHash + "-" + kSet + "-c1",
                                        "xn-1_" + kHash + "-" + kSet + "-c1",
                                        "xn+1_" + kHash + "-" + kSet + "-c1",
                                        "xn9223372036854775808_" + kHash + "-" + kSet + "-c1",
                                        "xr7_" + kHash + "-" + kSet + "-c1",
                                        "xr7_6_" + kHash + "-" + kSet + "-c1",
                                        "xt0_" + kHash + "-" + kSet + "-c1",
                                        std::string("xe"),
                                        std::string("xe1x"),
                                        std::string("xe01"),
                                        std::string("xw-5"),
                                        std::string("xw"),
                                        std::string("_log_"),
                                        "_log_2026113019530_0a1b_1_2_1_" + kHash,
                                        "_log_20261130195306_0a1_1_2_1_" + kHash,
                                        "_log_20261130195306_0a1b_1_2__" + kHash,
                                        std::string("kopia.repository.backup."),
                                        std::string("kopia.repo"),
                                        std::string("kopia.repository.f"),
                                        std::string(".shards"),
                                        std::string(".storageconfig")};
  for (const std::string& id : ids) {
    EXPECT_FALSE(parse_blob_id(id).has_value()) << id;
  }
}

TEST(BlobName, ThatIsCutOrChangedIsNeverReadAsWhatItWas) {
  for (const auto& [id, name] : kNames) {
    for (std::size_t size = 0; size < id.size(); ++size) {
      const auto cut = parse_blob_id(std::string_view(id).substr(0, size));
      if (cut) {
        EXPECT_EQ(encode(*cut), id.substr(0, size));
      }
    }
    for (std::size_t bit = 0; bit < id.size() * 8; ++bit) {
      std::string changed = id;
      changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const auto read = parse_blob_id(changed);
      if (read) {
        EXPECT_EQ(encode(*read), changed);
      }
    }
  }
}

// The answers of stock's content.SessionIDFromBlobID.
TEST(SessionOf, IsTheFirstPartThatBeginsLikeOne) {
  EXPECT_EQ(session_of("p0123456789abcdef0123456789abcdef-s0011223344556677147"), "s0011223344556677147");
  EXPECT_EQ(session_of("p0123-x-s1-s2"), "s1");
  EXPECT_EQ(session_of("s0123-s1"), "s1");
  EXPECT_EQ(session_of("p0123"), "");
  EXPECT_EQ(session_of("p0123-x"), "");
  EXPECT_EQ(session_of("s0123"), "");
  EXPECT_EQ(session_of("s0123-"), "");
  EXPECT_EQ(session_of(""), "");
}

TEST(BlobIv, IsTheLastHalfOfTheHash) {
  const auto text = [](std::string_view id) {
    const auto iv = blob_iv(id);
    return iv.ok() ? to_hex(*iv) : std::string(to_string(iv.error().code()));
  };
  const std::string left(32, '1');
  EXPECT_EQ(text("n" + left + kHash), kHash);
  EXPECT_EQ(text("xn12_" + kHash + "-" + kSession + "-c1"), kHash);
  EXPECT_EQ(text("s" + left + kHash + "-" + kSession), kHash);
  EXPECT_EQ(text(kHash), kHash);
  EXPECT_EQ(text("_log_20261130195306_0a1b_1_2_1_" + kHash), kHash);
  EXPECT_EQ(text(kHash.substr(1)), "invalid");
  EXPECT_EQ(text("x_" + kHash.substr(1)), "invalid");
  EXPECT_EQ(text("xw1790000000"), "invalid");
  EXPECT_EQ(text("-" + kHash), "invalid");
  EXPECT_EQ(text(""), "invalid");
}

}  // namespace
}  // namespace salvor::repo
