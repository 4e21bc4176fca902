#include "config/config.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "codec/yaml.h"

namespace salvor::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

const std::string kWhole = R"(# mine
locations:
  nas:
    url: /mnt/nas/backups
  "offsite":
    url: s3://home-backups/cluster1?region=eu-central-1
    encrypt: [)" + kRecipient +
                           R"(]
    identityFile: ~/.config/salvor/key.txt
    priceClass: s3-standard-ia
    s3:
      accessKeyId: env:KEY_ID
      secretAccessKey: "command:pass show backup/s3"
      s3ForcePathStyle: true
      storageClass: STANDARD_IA
    limits: {upload: 20MiB, download: 1.5MB/s, requests: 50}
)";

std::string refused(std::string_view text) {
  const auto config = parse_config(text, "c.yaml");
  if (config.ok()) return "accepted";
  EXPECT_EQ(config.error().code(), Code::invalid);
  return to_string(config.error());
}

// A location `x` with these lines.
std::string with(const std::string& lines) { return "locations:\n  x:\n" + lines; }

TEST(Config, EverythingIsRead) {
  const auto config = parse_config(kWhole, "c.yaml");
  ASSERT_TRUE(config.ok()) << to_string(config.error());
  ASSERT_EQ(config->locations.size(), 2u);
  EXPECT_EQ(config->locations.at("nas").url, "/mnt/nas/backups");
  EXPECT_FALSE(config->locations.at("nas").encrypted());
  const LocationSettings& offsite = config->locations.at("offsite");
  EXPECT_THAT(offsite.encrypt, testing::ElementsAre(kRecipient));
  EXPECT_EQ(offsite.identity_file, "~/.config/salvor/key.txt");
  EXPECT_EQ(offsite.price_class, "s3-standard-ia");
  EXPECT_EQ(offsite.s3.access_key_id->show(), "env:KEY_ID");
  EXPECT_EQ(offsite.s3.secret_access_key->words().size(), 3u);
  EXPECT_EQ(offsite.s3.options.at("s3ForcePathStyle"), "true");
  EXPECT_EQ(offsite.limits.upload, 20u << 20);
  EXPECT_EQ(offsite.limits.download, 1'500'000u);
  EXPECT_EQ(offsite.limits.requests, 50u);
}

TEST(Config, NothingIsAConfigurationToo) {
  for (const char* empty : {"", "\n", "# only a comment\n", "locations:\n", "locations: {}\n", "{}"}) {
    const auto config = parse_config(empty, "c.yaml");
    ASSERT_TRUE(config.ok()) << empty;
    EXPECT_TRUE(config->locations.empty());
  }
}

TEST(Config, UnknownKeysAreNamedWithTheirLineAndTheNearestKnownOne) {
  EXPECT_THAT(
      refused(with("    url: /x\n    encript: a\n")),
      AllOf(HasSubstr("c.yaml: line 4: \"encript\" is not known in x"), HasSubstr("Did you mean \"encrypt\"?")));
  EXPECT_THAT(refused("location:\n  x: 1\n"), AllOf(HasSubstr("line 1"), HasSubstr("\"locations\"?")));
  EXPECT_THAT(refused(with("    url: s3://bucket\n    s3:\n      # c\n      acessKeyId: env:X\n")),
              AllOf(HasSubstr("line 6"), HasSubstr("accessKeyId")));
  EXPECT_THAT(refused(with("    url: /x\n    zzzzzz: a\n")), HasSubstr("Known are: url, encrypt"));
  EXPECT_THAT(refused("locations: {x: {url: /x, urll: /y}}"), AllOf(HasSubstr("line 1"), HasSubstr("urll")));
}

TEST(Config, RepeatedKeysAreRefused) {
  EXPECT_THAT(refused("locations:\n  x:\n    url: /x\n  y:\n    url: /y\n  x:\n    url: /z\n"),
              AllOf(HasSubstr("line 6"), HasSubstr("second time")));
  EXPECT_THAT(refused(with("    url: /x\n    url: /y\n")), HasSubstr("line 4"));
}

TEST(Config, LimitsFollowTheTimeOfDay) {
  const auto config = parse_config(
      with("    url: /x\n    limits:\n      schedule:\n        \"22:30\": {}\n        08:00: {upload: 5MiB}\n"),
      "c.yaml");
  ASSERT_TRUE(config.ok()) << to_string(config.error());
  const auto& schedule = config->locations.at("x").limit_schedule;
  ASSERT_EQ(schedule.size(), 2u);
  EXPECT_EQ(schedule.at(std::chrono::hours(8)).upload, 5u << 20);
  EXPECT_EQ(schedule.at(std::chrono::minutes(22 * 60 + 30)), Limits{});
  EXPECT_EQ(to_json(config->locations.at("x"), Secrets::shown)["limits"]["schedule"]["08:00"]["upload"], 5u << 20);
  for (const char* at : {"24:00", "8:00", "08:60", "0800", "08-00", "-8:00"}) {
    EXPECT_THAT(refused(with("    url: /x\n    limits: {schedule: {\"" + std::string(at) + "\": {}}}\n")),
                HasSubstr("time of day"))
        << at;
  }
  EXPECT_THAT(refused(with("    url: /x\n    limits: {upload: 1MiB, schedule: {\"08:00\": {}}}\n")),
              HasSubstr("beside it"));
  EXPECT_THAT(refused(with("    url: /x\n    limits: {schedule: {\"08:00\": {schedule: {}}}}\n")),
              HasSubstr("schedule"));
}

TEST(Config, WrongTypesAreRefusedWithTheirLine) {
  EXPECT_THAT(refused("locations: 7\n"), HasSubstr("line 1: locations must be a map"));
  EXPECT_THAT(refused("- a\n"), HasSubstr("not a YAML map"));
  EXPECT_THAT(refused(with("    url: 7\n")), HasSubstr("line 3: url must be a text"));
  EXPECT_THAT(refused("locations:\n  x: /mnt\n"), HasSubstr("line 2: x must be a map"));
  EXPECT_THAT(refused(with("    url: /x\n    limits:\n      upload: fast\n")),
              AllOf(HasSubstr("line 5"), HasSubstr("fast")));
  EXPECT_THAT(refused("a: [\n"), HasSubstr("c.yaml: not YAML: line"));
}

TEST(Config, LocationsThatCannotWorkAreRefused) {
  EXPECT_THAT(refused(with("    encrypt: []\n")), HasSubstr("url is missing"));
  EXPECT_THAT(refused(with("    url: ./backups\n")), HasSubstr("relative"));
  EXPECT_THAT(refused(with("    url: nas\n")), HasSubstr("relative"));
  EXPECT_THAT(refused(with("    url: gs://b\n")), HasSubstr("gs://"));
  EXPECT_THAT(refused("locations:\n  a/b:\n    url: /x\n"), HasSubstr("cannot be the name"));
  EXPECT_THAT(refused(with("    url: /x\n    s3: {region: a}\n")), HasSubstr("no bucket"));
  EXPECT_THAT(refused(with("    url: s3://bucket\n    s3: {accessKeyId: env:A}\n")), HasSubstr("belong together"));
  EXPECT_THAT(refused(with("    url: /x\n    identityFile: key.txt\n")), HasSubstr("relative"));
  EXPECT_THAT(refused(with("    url: /x\n    passphrase: env:P\n    encrypt: " + kRecipient + "\n")),
              HasSubstr("together"));
}

TEST(Config, RecipientsAreChecked) {
  for (const char* wrong :
       {"age1short", "ssh-ed25519 AAAA", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcacBp",
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q"}) {
    EXPECT_THAT(refused(with("    url: /x\n    encrypt: " + std::string(wrong) + "\n")), HasSubstr("line 4: encrypt:"));
  }
  const std::string said = refused(with("    url: /x\n    encrypt: AGE-SECRET-KEY-1SESAME\n"));
  EXPECT_THAT(said, AllOf(HasSubstr("private key"), Not(HasSubstr("SESAME"))));
}

TEST(Config, SecretsAreNeverRepeated) {
  for (const char* lines :
       {"    url: s3://bucket\n    s3: {accessKeyId: env:A, secretAccessKey: sesame}\n",
        "    url: s3://bucket?secretAccessKey=sesame\n", "    url: s3://bucket?session-token=sesame\n",
        "    url: s3://AKIA:sesame@bucket\n", "    url: /x\n    passphrase: sesame\n",
        "    url: s3://bucket\n    s3:\n      secretAccessKey: [sesame]\n"}) {
    EXPECT_THAT(refused(with(lines)), AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("accepted")))) << lines;
  }
}

TEST(Config, HostileTextIsBounded) {
  EXPECT_THAT(refused(std::string(2 << 20, ' ')), HasSubstr("larger than"));
  EXPECT_THAT(refused("a: " + std::string(100, '[') + std::string(100, ']')), HasSubstr("nested deeper"));
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) laughs += std::string(i ? "," : "") + "*" + static_cast<char>(c - 1);
    laughs += "]\n";
  }
  EXPECT_THAT(refused(laughs), HasSubstr("too many"));
  std::string many = "locations:\n";
  for (int i = 0; i < 1001; ++i) many += "  l" + std::to_string(i) + ": {url: /x}\n";
  EXPECT_THAT(refused(many), HasSubstr("more than 1000"));
}

TEST(Config, EveryPrefixAndEveryFlippedBitIsReadOrRefused) {
  const Config whole = parse_config(kWhole, "c.yaml").value();
  for (std::size_t size = 0; size < kWhole.size(); ++size) (void)parse_config(kWhole.substr(0, size), "c");
  for (std::size_t bit = 0; bit < kWhole.size() * 8; ++bit) {
    std::string damaged = kWhole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    (void)parse_config(damaged, "c");
  }
  EXPECT_EQ(parse_config(kWhole, "c.yaml").value(), whole);
}

TEST(Config, WhatIsWrittenIsReadBack) {
  const Config config = parse_config(kWhole, "c.yaml").value();
  Json locations;
  for (const auto& [name, settings] : config.locations) locations[name] = to_json(settings, Secrets::written);
  EXPECT_EQ(parse_config(codec::dump_yaml({{"locations", locations}}), "c.yaml").value(), config);
}

TEST(Config, InlineSecretsAreWrittenButNotShown) {
  LocationSettings settings{.url = "s3://bucket"};
  settings.s3.access_key_id = SecretReference::parse("env:A").value();
  settings.s3.secret_access_key = SecretReference::parse("inline:sesame").value();
  EXPECT_TRUE(settings.has_inline_secret());
  EXPECT_THAT(to_json(settings, Secrets::shown).dump(), Not(HasSubstr("sesame")));
  EXPECT_THAT(to_json(settings, Secrets::written).dump(), HasSubstr("inline:sesame"));
}

TEST(Rate, IsAnAmountPerSecond) {
  for (const auto& [text, rate] : std::initializer_list<std::pair<const char*, std::uint64_t>>{{"1", 1},
                                                                                               {"20MiB", 20u << 20},
                                                                                               {"20 MiB/s", 20u << 20},
                                                                                               {"500k", 500u << 10},
                                                                                               {"1.5MB", 1'500'000},
                                                                                               {"1G", 1u << 30},
                                                                                               {"0.5KiB", 512},
                                                                                               {"1.125kB", 1125}}) {
    EXPECT_EQ(parse_rate(text).value_or(0), rate) << text;
  }
  for (const char* wrong :
       {"", "0", "fast", "-1", "1.5", "1.5B", "1.2345MB", "1TBs", "1e3", "99999999999999999999", "2000000G", "1."}) {
    EXPECT_FALSE(parse_rate(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace salvor::config
