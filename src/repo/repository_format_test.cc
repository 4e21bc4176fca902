#include "repo/repository_format.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hex.h"
#include "repo/format_samples_testing.h"
#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

using namespace std::chrono_literals;

Result<RepositoryFormat> opened_sample(const FormatSample& sample, std::string_view password) {
  return open_format(as_bytes(sample.repository), ByteView(sample.blobcfg), os::Secret(password));
}

RepositoryFormat opened_sample(const FormatSample& sample) { return opened_sample(sample, sample.password).value(); }

std::string hex_of(const os::Secret& secret) { return to_hex(as_bytes(secret.reveal())); }

// What was opened is written as kopia wrote it: the outer JSON, the sealed JSON and the sealed kopia.blobcfg.
void expect_same_bytes(const FormatSample& sample, const RepositoryFormat& format) {
  EXPECT_EQ(as_text(encode(format.blob).value()), sample.repository);
  EXPECT_EQ(encode(format.config).reveal(), format.key.open(format.blob.encrypted_config).value().reveal());
  EXPECT_EQ(encode(format.blob_config), format.key.open(sample.blobcfg).value().reveal());
  EXPECT_EQ(format.config.unknown + format.config.unknown_outside + format.blob.unknown, "");
  EXPECT_EQ(to_hex(format.blob.unique_id), to_hex(counting_bytes(32)));
  EXPECT_EQ(hex_of(format.config.secret), to_hex(ByteView(counting_bytes(96)).subspan(32, 32)));
  EXPECT_EQ(hex_of(format.config.master_key), to_hex(ByteView(counting_bytes(96)).subspan(64, 32)));
}

TEST(OpenFormat, ReadsWhatKopiaWritesByDefault) {
  const RepositoryFormat format = opened_sample(usual_sample());
  expect_same_bytes(usual_sample(), format);
  EXPECT_EQ(format.blob.key_algorithm, kScryptKeyAlgorithm);
  EXPECT_EQ(format.config.hash, "BLAKE2B-256-128");
  EXPECT_EQ(format.config.encryption, "AES256-GCM-HMAC-SHA256");
  EXPECT_EQ(format.config.splitter, "DYNAMIC-4M-BUZHASH");
  EXPECT_EQ(format.config.version, 3);
  EXPECT_EQ(format.config.max_pack_size, 20 << 20);
  EXPECT_EQ(format.config.index_version, 2);
  EXPECT_TRUE(format.config.enable_password_change);
  EXPECT_EQ(format.config.epoch_parameters, default_epoch_parameters());
  EXPECT_EQ(format.blob_config, BlobConfig());
  EXPECT_TRUE(check_usable(format.config).value().empty());
  // kopia's DirectRepository.DeriveKey.
  EXPECT_EQ(hex_of(format.derive_key("maintenance schedule")),
            "df3abcb527a008fb8f3b8fe556f35133a44bdfe1f801920f6875b2ad1686b17d");
}

TEST(OpenFormat, ReadsRetentionAndOtherAlgorithms) {
  const RepositoryFormat format = opened_sample(retention_sample());
  expect_same_bytes(retention_sample(), format);
  EXPECT_EQ(format.blob.key_algorithm, kPbkdf2KeyAlgorithm);
  EXPECT_EQ(format.config.version, 2);
  EXPECT_EQ(format.config.hash, "BLAKE3-256-128");
  EXPECT_EQ(format.config.encryption, "CHACHA20-POLY1305-HMAC-SHA256");
  EXPECT_EQ(format.config.splitter, "FIXED-4M");
  EXPECT_TRUE(format.blob_config.is_retention_enabled());
  EXPECT_EQ(format.blob_config.retention_mode, "GOVERNANCE");
  EXPECT_EQ(format.blob_config.retention_period, 72h);
  EXPECT_TRUE(check_usable(format.config).ok());
}

TEST(OpenFormat, ReadsTheOldestVersion) {
  const RepositoryFormat format = opened_sample(oldest_sample());
  expect_same_bytes(oldest_sample(), format);
  EXPECT_EQ(format.config.version, 1);
  EXPECT_EQ(format.config.index_version, 1);
  EXPECT_FALSE(format.config.enable_password_change);
  EXPECT_EQ(format.config.epoch_parameters, EpochParameters());
  EXPECT_TRUE(check_usable(format.config).ok());
  EXPECT_EQ(hex_of(format.derive_key("maintenance schedule")),
            "8f51f20fbc0f21ae59f44e0df465eb70c0bbc09fed7d09d322cdb386cb148d66");
}

TEST(OpenFormat, ReadsThatSomebodyUpgrades) {
  const RepositoryFormat format = opened_sample(upgrade_sample());
  expect_same_bytes(upgrade_sample(), format);
  EXPECT_EQ(format.config.version, 3);
  EXPECT_EQ(format.config.index_version, 1);
  ASSERT_TRUE(format.config.upgrade_lock);
  const UpgradeLock& lock = *format.config.upgrade_lock;
  EXPECT_EQ(lock.owner_id, "owner@<host>");
  EXPECT_EQ(format_rfc3339_nano(lock.creation_time), "2026-11-23T06:34:48.1203Z");
  EXPECT_EQ(lock.advance_notice_duration, 2h);
  EXPECT_EQ(lock.io_drain_timeout, 15min);
  EXPECT_EQ(lock.status_poll_interval, 1min);
  EXPECT_EQ(lock.message, "Upgrading <&> from 1");
  EXPECT_EQ(lock.max_permitted_clock_drift, 5s);
}

TEST(OpenFormat, ReadsChangedParametersAndWhatClientsMustUnderstand) {
  const RepositoryFormat before = opened_sample(before_change_sample()), after = opened_sample(after_change_sample());
  expect_same_bytes(before_change_sample(), before);
  expect_same_bytes(after_change_sample(), after);
  EXPECT_EQ(after.config.ecc, "REED-SOLOMON-CRC32");
  EXPECT_EQ(after.config.ecc_overhead_percent, 5);
  const auto warnings = check_usable(after.config);
  ASSERT_TRUE(warnings.ok());
  EXPECT_EQ(warnings->size(), 1u);  // of the feature that is not known
  EXPECT_EQ(after.config.max_pack_size, 64 << 20);
  const EpochParameters& epochs = after.config.epoch_parameters;
  EXPECT_EQ(epochs.epoch_refresh_frequency, 3min);
  EXPECT_EQ(epochs.min_epoch_duration, 10min);
  EXPECT_EQ(epochs.cleanup_safety_margin, 9min);
  EXPECT_EQ(epochs.epoch_advance_on_count_threshold, 10);
  EXPECT_EQ(epochs.epoch_advance_on_total_size_bytes_threshold, 1 << 20);
  EXPECT_EQ(epochs.full_checkpoint_frequency, 1);
  EXPECT_EQ(epochs.delete_parallelism, 9);
  EXPECT_TRUE(validate(after.config).ok());
  ASSERT_EQ(after.config.required_features.size(), 2u);
  EXPECT_EQ(after.config.required_features[0].feature, "index-v2");
  const RequiredFeature& required = after.config.required_features[1];
  EXPECT_EQ(required.feature, "time-travel");
  EXPECT_TRUE(required.if_not_understood.warn);
  EXPECT_EQ(required.if_not_understood.message, "Faster.");
  EXPECT_EQ(required.if_not_understood.url, "http://x/?a=1&b");
  EXPECT_EQ(required.if_not_understood.upgrade_to_version, "9.9");
}

TEST(OpenFormat, SaysThatThePasswordIsWrong) {
  const auto format = opened_sample(usual_sample(), "correct horse battery stable");
  ASSERT_FALSE(format.ok());
  EXPECT_EQ(format.error().code(), Code::denied);
  EXPECT_NE(format.error().message().find("password is wrong"), std::string::npos);
  EXPECT_EQ(format.error().message().find("stable"), std::string::npos);
}

TEST(OpenFormat, NeedsNoBlobConfig) {
  const FormatSample sample = retention_sample();
  const RepositoryFormat format =
      open_format(as_bytes(sample.repository), std::nullopt, os::Secret(sample.password)).value();
  EXPECT_FALSE(format.blob_config.is_retention_enabled());
}

// The key is derived once for all the tests below.
class OpenFormatAgain : public testing::Test {
 protected:
  static const FormatKey& key() {
    static const FormatKey kKey = opened_sample(retention_sample()).key.copy();
    return kKey;
  }
  static Result<RepositoryFormat> again(std::string_view repository, ByteView blobcfg) {
    return open_format(as_bytes(repository), blobcfg, key());
  }
  const FormatSample sample_ = retention_sample();
};

TEST_F(OpenFormatAgain, TakesTheKeyThatOpenedItBefore) {
  expect_same_bytes(sample_, again(sample_.repository, sample_.blobcfg).value());
}

TEST_F(OpenFormatAgain, NoticesAnotherPasswordAndAnotherRepository) {
  const FormatSample changed = after_change_sample();  // the same unique id
  EXPECT_EQ(again(changed.repository, changed.blobcfg).error().code(), Code::denied);
  std::string other = sample_.repository;
  other.replace(other.find("AAEC"), 4, "AAED");
  EXPECT_EQ(again(other, sample_.blobcfg).error().code(), Code::conflict);
}

TEST_F(OpenFormatAgain, RefusesABlobConfigOfAnotherKey) {
  const auto mixed = again(sample_.repository, after_change_sample().blobcfg);
  EXPECT_EQ(mixed.error().code(), Code::corrupt);
  EXPECT_NE(mixed.error().message().find("kopia.blobcfg"), std::string::npos);
  EXPECT_EQ(again(sample_.repository, {}).error().code(), Code::corrupt);
}

TEST_F(OpenFormatAgain, RefusesWhatWasCutOff) {
  const std::string_view whole = sample_.repository;
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {  // but for the line end
    EXPECT_EQ(again(whole.substr(0, size), sample_.blobcfg).error().code(), Code::corrupt) << size;
  }
  for (std::size_t size = 0; size < sample_.blobcfg.size(); ++size) {
    EXPECT_EQ(again(whole, ByteView(sample_.blobcfg).first(size)).error().code(), Code::corrupt) << size;
  }
}

TEST_F(OpenFormatAgain, RefusesEveryBitThatWasChangedInWhatIsSealed) {
  const Bytes sealed = parse_format_blob(as_bytes(sample_.repository)).value().encrypted_config;
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= std::byte{1} << bit % 8;
    EXPECT_EQ(key().open(changed).error().code(), Code::denied);
  }
}

TEST_F(OpenFormatAgain, SaysWhatItDoesNotOffer) {
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = sample_.repository;
    return text.replace(text.find(from), from.size(), to);
  };
  const auto none = again(with("AES256_GCM", "NONE"), sample_.blobcfg);
  EXPECT_EQ(none.error().code(), Code::unsupported);
  EXPECT_NE(none.error().message().find("NONE"), std::string::npos);
  const std::string other = with("pbkdf2-sha256-600000", "testing-only-insecure");
  const auto insecure = open_format(as_bytes(other), std::nullopt, os::Secret("x"));
  EXPECT_EQ(insecure.error().code(), Code::unsupported);
  const std::string salt = with("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AAECAwQFBgcICQoLDA0O");
  EXPECT_EQ(open_format(as_bytes(salt), std::nullopt, os::Secret("x")).error().code(), Code::corrupt);
}

TEST(CreateFormat, MakesARepositoryThatOpens) {
  SeededRng rng(1);
  const RepositoryFormat made = create_format({}, os::Secret("secret words"), rng).value();
  EXPECT_TRUE(validate(made.config).ok());
  EXPECT_EQ(made.config.version, 3);
  EXPECT_EQ(made.config.epoch_parameters, default_epoch_parameters());
  EXPECT_EQ(made.blob.unique_id.size(), 32u);
  const FormatBytes bytes = encode(made, rng).value();
  const RepositoryFormat read =
      open_format(bytes.repository, ByteView(bytes.blobcfg), os::Secret("secret words")).value();
  EXPECT_EQ(encode(read.config).reveal(), encode(made.config).reveal());
  EXPECT_EQ(read.blob.tool, "salvor");
  const FormatBytes again = encode(made, rng).value();
  EXPECT_NE(again.repository, bytes.repository);  // another nonce
}

TEST(CreateFormat, MakesEveryVersionAndRetention) {
  SeededRng rng(2);
  for (const std::int64_t version : {1, 2, 3}) {
    const RepositoryFormat made = create_format({.hash = "BLAKE3-256",
                                                 .encryption = "CHACHA20-POLY1305-HMAC-SHA256",
                                                 .splitter = "FIXED-1M",
                                                 .key_algorithm = std::string(kPbkdf2KeyAlgorithm),
                                                 .version = version,
                                                 .max_pack_size = 100 << 20,
                                                 .blob_config = {"COMPLIANCE", 24h, {}}},
                                                os::Secret("p"), rng)
                                      .value();
    const FormatBytes bytes = encode(made, rng).value();
    const RepositoryFormat read = open_format(bytes.repository, ByteView(bytes.blobcfg), made.key).value();
    EXPECT_EQ(read.config.version, version);
    EXPECT_EQ(read.config.index_version, version == 1 ? 1 : 2);
    EXPECT_EQ(read.config.enable_password_change, version != 1);
    EXPECT_EQ(read.config.epoch_parameters.enabled, version != 1);
    EXPECT_EQ(read.config.max_pack_size, 100 << 20);
    EXPECT_EQ(read.blob_config, made.blob_config);
    EXPECT_TRUE(check_usable(read.config).ok());
  }
}

TEST(CreateFormat, RefusesWhatKopiaRefuses) {
  SeededRng rng(3);
  const auto code = [&](NewRepository wanted) { return create_format(wanted, os::Secret("p"), rng).error().code(); };
  EXPECT_EQ(code({.hash = "MD5"}), Code::unsupported);
  EXPECT_EQ(code({.encryption = "NONE"}), Code::unsupported);
  EXPECT_EQ(code({.splitter = "FIXED-3M"}), Code::unsupported);
  EXPECT_EQ(code({.key_algorithm = "testing-only-insecure"}), Code::unsupported);
  EXPECT_EQ(code({.ecc = "REED-SOLOMON", .ecc_overhead_percent = 2}), Code::unsupported);
  EXPECT_EQ(code({.ecc = "REED-SOLOMON-CRC32", .ecc_overhead_percent = 2, .version = 1}), Code::unsupported);
  EXPECT_EQ(code({.ecc = "REED-SOLOMON-CRC32", .ecc_overhead_percent = 101}), Code::invalid);
  EXPECT_EQ(code({.version = 0}), Code::unsupported);
  EXPECT_EQ(code({.version = 4}), Code::unsupported);
  EXPECT_EQ(code({.max_pack_size = (10 << 20) - 1}), Code::invalid);
  EXPECT_EQ(code({.max_pack_size = (120 << 20) + 1}), Code::invalid);
  EXPECT_EQ(code({.blob_config = {"GOVERNANCE", {}, {}}}), Code::invalid);
  EXPECT_EQ(code({.blob_config = {"", 48h, {}}}), Code::invalid);
  EXPECT_EQ(code({.blob_config = {"GOVERNANCE", 23h, {}}}), Code::invalid);
}

TEST(ChangePassword, SealsTheSameKeysForAnotherPassword) {
  SeededRng rng(4);
  RepositoryFormat before = opened_sample(retention_sample());
  const std::string config(encode(before.config).reveal());
  const RepositoryFormat changed = change_password(std::move(before), os::Secret("new")).value();
  const FormatBytes bytes = encode(changed, rng).value();
  const RepositoryFormat after = open_format(bytes.repository, ByteView(bytes.blobcfg), os::Secret("new")).value();
  EXPECT_EQ(encode(after.config).reveal(), config);
  EXPECT_EQ(after.blob_config.retention_period, 72h);
  const auto with_the_old =
      open_format(bytes.repository, ByteView(bytes.blobcfg), os::Secret(retention_sample().password));
  EXPECT_EQ(with_the_old.error().code(), Code::denied);
}

TEST(ChangePassword, IsRefusedByTheOldestVersion) {
  const auto changed = change_password(opened_sample(oldest_sample()), os::Secret("new"));
  EXPECT_EQ(changed.error().code(), Code::unsupported);
}

}  // namespace
}  // namespace salvor::repo
