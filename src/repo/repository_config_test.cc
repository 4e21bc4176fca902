#include "repo/repository_config.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

using namespace std::chrono_literals;

RepositoryConfig usual_config() {
  RepositoryConfig config;
  config.hash = "BLAKE2B-256-128";
  config.encryption = "AES256-GCM-HMAC-SHA256";
  config.splitter = "FIXED-4M";
  config.secret = os::Secret(as_text(counting_bytes(32)));
  config.master_key = os::Secret(as_text(sample_bytes(32)));
  config.version = 3;
  config.max_pack_size = 20 << 20;
  config.index_version = 2;
  config.enable_password_change = true;
  config.epoch_parameters = default_epoch_parameters();
  return config;
}

// The verdict on the usual configuration after a change.
Code usable_after(const std::function<void(RepositoryConfig&)>& change) {
  RepositoryConfig config = usual_config();
  change(config);
  const auto verdict = check_usable(config);
  return verdict.ok() ? Code::internal : verdict.error().code();
}
Code valid_after(const std::function<void(RepositoryConfig&)>& change) {
  RepositoryConfig config = usual_config();
  change(config);
  const auto verdict = validate(config);
  return verdict.ok() ? Code::internal : verdict.error().code();
}
constexpr Code kNoError = Code::internal;

Result<RepositoryConfig> parsed_config(std::string_view json) { return parse_repository_config(os::Secret(json)); }

TEST(RepositoryConfig, KeepsMembersThatItDoesNotKnowWhereverTheyAre) {
  const std::string text =
      R"({"format":{"hash":"H","epochParameters":{"Enabled":true,"EpochRefreshFrequency":0,"FullCheckpointFrequency":0,)"
      R"("CleanupSafetyMargin":0,"MinEpochDuration":0,"EpochAdvanceOnCountThreshold":0,)"
      R"("EpochAdvanceOnTotalSizeBytesThreshold":0,"DeleteParallelism":0,"Later":[1,{"a":null}]},)"
      R"("enablePasswordChange":false,"upgradeLock":{"creationTime":"2026-11-23T06:34:48Z","later":"x"},)"
      R"("requiredFeatures":[{"feature":"f","ifNotUnderstood":{"warn":false,"later":1.5},"later":true}],)"
      R"("later":{"b":2,"c":[]},"more":null},"later":"y"})";
  const RepositoryConfig config = parsed_config(text).value();
  EXPECT_EQ(encode(config).reveal(), text);
  EXPECT_EQ(config.unknown, R"("later":{"b":2,"c":[]},"more":null)");
}

TEST(RepositoryConfig, ReadsWhatIsAbsentOrNullAsNothing) {
  for (const char* text :
       {"{}", R"({"format":null})", R"({"format":{"hash":null,"upgradeLock":null,"version":null}})"}) {
    const RepositoryConfig config = parsed_config(text).value();
    EXPECT_EQ(config.version, 0);
    EXPECT_EQ(config.hash, "");
    EXPECT_FALSE(config.upgrade_lock);
    EXPECT_EQ(config.index_format(), 1);
    EXPECT_EQ(config.pack_bytes(), 20 << 20);
    EXPECT_EQ(check_usable(config).error().code(), Code::unsupported);
  }
}

TEST(RepositoryConfig, RefusesMembersOfAnotherType) {
  for (const char* format :
       {R"([])", R"({"hash":1})", R"({"version":"3"})", R"({"version":3.5})", R"({"version":1e3})",
        R"({"maxPackSize":9223372036854775808})", R"({"secret":"no base64!"})", R"({"secret":7})",
        R"({"enablePasswordChange":1})", R"({"epochParameters":[]})", R"({"epochParameters":{"Enabled":"yes"}})",
        R"({"epochParameters":{"MinEpochDuration":"1h"}})", R"({"upgradeLock":{"creationTime":"yesterday"}})",
        R"({"upgradeLock":7})", R"({"requiredFeatures":{}})", R"({"requiredFeatures":[7]})",
        R"({"requiredFeatures":[{"ifNotUnderstood":[]}]})"}) {
    const auto config = parsed_config(std::string(R"({"format":)") + format + "}");
    ASSERT_FALSE(config.ok()) << format;
    EXPECT_EQ(config.error().code(), Code::corrupt) << format;
  }
  EXPECT_EQ(parsed_config("7").error().code(), Code::corrupt);
}

TEST(RepositoryConfig, IsNeverQuotedInErrors) {
  const auto cut = parsed_config(R"({"format":{"secret":"c2VjcmV0", "masterKey)");
  EXPECT_EQ(cut.error().code(), Code::corrupt);
  EXPECT_EQ(cut.error().message().find("c2Vj"), std::string::npos);
  const auto odd = parsed_config(R"({"format":{"secret":"c2VjcmV0~"}})");
  EXPECT_EQ(odd.error().message().find("c2Vj"), std::string::npos);
}

TEST(RepositoryConfig, RefusesWhatIsCutOff) {
  const os::Secret whole = encode(usual_config());
  for (std::size_t size = 0; size < whole.reveal().size(); ++size) {
    EXPECT_FALSE(parsed_config(whole.reveal().substr(0, size)).ok()) << size;
  }
}

TEST(CheckUsable, OpensWhatKopiaOpens) {
  EXPECT_EQ(usable_after([](RepositoryConfig&) {}), kNoError);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.index_version = 0; }), kNoError);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.max_pack_size = 0; }), kNoError);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.max_pack_size = 1; }), kNoError);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.splitter = ""; }), kNoError);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.epoch_parameters = {.enabled = true}; }), kNoError);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.ecc = "anything"; }), kNoError);  // no overhead, no code
  EXPECT_EQ(usable_after([](RepositoryConfig& c) {
              c.ecc = "REED-SOLOMON-CRC32";
              c.ecc_overhead_percent = 2;
            }),
            kNoError);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) {
              c.enable_password_change = false;
              c.hash = "HMAC-SHA256";
              c.secret = os::Secret();
            }),
            kNoError);
}

TEST(CheckUsable, SaysWhatIsNotOffered) {
  const Code unsupported = Code::unsupported;
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.version = 0; }), unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.version = 4; }), unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.index_version = 3; }), unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.index_version = -1; }), unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.hash = "MD5"; }), unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.encryption = "NONE"; }), unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.splitter = "DYNAMIC-3M"; }), unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) {
              c.ecc = "REED-SOLOMON";
              c.ecc_overhead_percent = 2;
            }),
            unsupported);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.secret = os::Secret(); }), Code::corrupt);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.master_key = os::Secret(); }), Code::corrupt);
  EXPECT_EQ(usable_after([](RepositoryConfig& c) { c.max_pack_size = -1; }), Code::corrupt);
}

TEST(CheckUsable, KnowsTheFeaturesThatKopiaKnows) {
  RepositoryConfig config = usual_config();
  config.required_features = {{.feature = "index-v1"}, {.feature = "index-v2"}};
  EXPECT_TRUE(check_usable(config).value().empty());
  config.required_features.push_back(
      {.feature = "f1", .if_not_understood = {.warn = true, .message = "Mind the gap."}});
  const std::vector<std::string> warnings = check_usable(config).value();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("\"f1\""), std::string::npos);
  EXPECT_NE(warnings[0].find("Mind the gap."), std::string::npos);
  config.required_features.push_back(
      {.feature = "f2", .if_not_understood = {.url = "http://some-url", .upgrade_to_version = "2.3.4"}});
  const auto refused = check_usable(config);
  EXPECT_EQ(refused.error().code(), Code::unsupported);
  for (const char* part : {"\"f2\"", "http://some-url", "2.3.4"}) {
    EXPECT_NE(refused.error().message().find(part), std::string::npos) << part;
  }
}

// kopia's MutableParameters.Validate and epoch.Parameters.Validate, either side of each limit.
TEST(Validate, DrawsTheLimitsThatKopiaDraws) {
  const Code invalid = Code::invalid;
  EXPECT_EQ(valid_after([](RepositoryConfig&) {}), kNoError);
  EXPECT_EQ(valid_after([](RepositoryConfig& c) { c.max_pack_size = 10 << 20; }), kNoError);
  EXPECT_EQ(valid_after([](RepositoryConfig& c) { c.max_pack_size = (10 << 20) - 1; }), invalid);
  EXPECT_EQ(valid_after([](RepositoryConfig& c) { c.max_pack_size = 120 << 20; }), kNoError);
  EXPECT_EQ(valid_after([](RepositoryConfig& c) { c.max_pack_size = (120 << 20) + 1; }), invalid);
  EXPECT_EQ(valid_after([](RepositoryConfig& c) { c.index_version = 0; }), kNoError);
  EXPECT_EQ(valid_after([](RepositoryConfig& c) { c.index_version = 3; }), invalid);
  EXPECT_EQ(valid_after([](RepositoryConfig& c) { c.index_version = -1; }), invalid);
  const auto epochs = [](const std::function<void(EpochParameters&)>& change) {
    return valid_after([&](RepositoryConfig& c) { change(c.epoch_parameters); });
  };
  EXPECT_EQ(epochs([](EpochParameters& p) { p = {}; }), kNoError);  // not enabled
  EXPECT_EQ(epochs([](EpochParameters& p) { p.min_epoch_duration = 60min; }), kNoError);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.min_epoch_duration = 60min - 1ns; }), invalid);
  EXPECT_EQ(epochs([](EpochParameters& p) {
              p.min_epoch_duration = 10min - 1ns;
              p.epoch_refresh_frequency = 1min;
            }),
            invalid);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.epoch_refresh_frequency = Duration::max(); }), invalid);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.full_checkpoint_frequency = 0; }), invalid);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.cleanup_safety_margin = 60min; }), kNoError);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.cleanup_safety_margin = 60min - 1ns; }), invalid);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.epoch_advance_on_count_threshold = 10; }), kNoError);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.epoch_advance_on_count_threshold = 9; }), invalid);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.epoch_advance_on_total_size_bytes_threshold = 1 << 20; }), kNoError);
  EXPECT_EQ(epochs([](EpochParameters& p) { p.epoch_advance_on_total_size_bytes_threshold = (1 << 20) - 1; }), invalid);
}

}  // namespace
}  // namespace salvor::repo
