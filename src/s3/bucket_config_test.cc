#include "s3/bucket_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "os/temporary_directory.h"

namespace salvor::s3 {
namespace {

using BucketSettings = std::map<std::string, std::string>;

Code code_of(const BucketSettings& settings) {
  const auto config = parse_bucket_config("backups", settings);
  EXPECT_FALSE(config.ok());
  return config.ok() ? Code::internal : config.error().code();
}

TEST(BucketConfig, ReadsTheConfigOfABackupStorageLocation) {
  const auto config = parse_bucket_config("velero", {{"region", "minio"},
                                                     {"s3ForcePathStyle", "true"},
                                                     {"s3Url", "http://minio.backups.svc:9000/"},
                                                     {"publicUrl", "https://minio.example"},
                                                     {"insecureSkipTLSVerify", "False"},
                                                     {"caCert", "-----BEGIN CERTIFICATE-----\nx\n"},
                                                     {"profile", "nightly"},
                                                     {"credentialsFile", "/credentials/cloud"},
                                                     {"enableSharedConfig", "1"},
                                                     {"kmsKeyId", "alias/backup"},
                                                     {"tagging", "team=a&tier=b"},
                                                     {"checksumAlgorithm", ""},
                                                     {"signatureVersion", "4"}});
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->bucket, "velero");
  EXPECT_EQ(config->region, "minio");
  EXPECT_EQ(config->endpoint, "http://minio.backups.svc:9000");
  EXPECT_EQ(config->public_endpoint, "https://minio.example");
  EXPECT_EQ(config->path_style, true);
  EXPECT_FALSE(config->insecure);
  EXPECT_FALSE(config->authorities.empty());
  EXPECT_EQ(config->profile, "nightly");
  EXPECT_EQ(config->credentials_file, "/credentials/cloud");
  EXPECT_EQ(config->shared_config, true);
  EXPECT_EQ(config->encryption, "aws:kms");
  EXPECT_EQ(config->kms_key_id, "alias/backup");
  EXPECT_EQ(config->tagging, "team=a&tier=b");
  EXPECT_EQ(config->checksum, ChecksumKind::none);
}

TEST(BucketConfig, ReadsTheParametersOfAUrl) {
  const auto config = parse_bucket_config("b", {{"path-style", "false"},
                                                {"dual-stack", "true"},
                                                {"fips", "true"},
                                                {"sse", "AES256"},
                                                {"storage-class", "STANDARD_IA"},
                                                {"lock", "governance"},
                                                {"lock-days", "30"},
                                                {"checksum", "sha256"}});
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->path_style, false);
  EXPECT_TRUE(config->dual_stack && config->fips);
  EXPECT_EQ(config->encryption, "AES256");
  EXPECT_EQ(config->storage_class, "STANDARD_IA");
  EXPECT_EQ(config->lock_mode, "GOVERNANCE");
  EXPECT_EQ(config->lock_days, 30U);
  EXPECT_EQ(config->checksum, ChecksumKind::sha256);
}

TEST(BucketConfig, KnowsEveryKeyOfAConfigurationAndNoneTwice) {
  const auto keys = bucket_config_keys();
  EXPECT_EQ(std::set<std::string_view>(keys.begin(), keys.end()).size(), keys.size());
  for (const std::string_view key : keys) {
    const auto config = parse_bucket_config("b", {{std::string(key), "?"}});
    const std::string said = config.ok() ? "" : config.error().message();
    EXPECT_EQ(said.find("is not known"), std::string::npos) << said;
  }
  const auto config = parse_bucket_config("b", {{"clientCertificate", "/c.pem"},
                                                {"clientKey", "/k.pem"},
                                                {"caFile", "/ca.pem"},
                                                {"proxy", "http://proxy:3128"},
                                                {"dualStack", "true"},
                                                {"lock", "compliance"},
                                                {"lockDays", "7"}});
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->client_certificate_file + config->client_key_file, "/c.pem/k.pem");
  EXPECT_EQ(config->proxy, "http://proxy:3128");
  EXPECT_EQ(config->lock_days, 7U);
}

TEST(BucketConfig, HasVelerosDefaults) {
  const auto config = parse_bucket_config("b", {});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->checksum, ChecksumKind::crc32);
  EXPECT_EQ(config->path_style, std::nullopt);
  EXPECT_EQ(config->encryption, "");
}

TEST(BucketConfig, RefusesWhatItDoesNotKnow) {
  const auto config = parse_bucket_config("b", {{"endpont", "https://x"}});
  EXPECT_EQ(config.error().code(), Code::invalid);
  EXPECT_NE(config.error().message().find("endpont"), std::string::npos);
  EXPECT_NE(config.error().hint().find("path-style"), std::string::npos);
  EXPECT_EQ(code_of({{"", "x"}}), Code::invalid);
  EXPECT_EQ(code_of({{"a\nb", "x"}}), Code::invalid);
}

TEST(BucketConfig, RefusesBadValues) {
  for (const auto& [name, value] : BucketSettings{{"path-style", "yes"},
                                                  {"endpoint", "minio:9000"},
                                                  {"publicUrl", "ftp://x"},
                                                  {"s3Url", "https://host/path"},
                                                  {"sse", "rot13"},
                                                  {"checksum", "MD4"},
                                                  {"region", "eu/../west"},
                                                  {"tagging", "a=b\r\nx-evil: 1"}}) {
    EXPECT_EQ(code_of({{name, value}}), Code::invalid) << name;
  }
  for (const char* days : {"0", "-1", "36501", "99999999999", "30d", ""}) {
    EXPECT_EQ(code_of({{"lock", "compliance"}, {"lock-days", days}}), Code::invalid) << days;
  }
  EXPECT_EQ(code_of({{"lock", "forever"}, {"lock-days", "1"}}), Code::invalid);
  EXPECT_EQ(code_of({{"lock", "compliance"}}), Code::invalid);
  EXPECT_EQ(code_of({{"lock-days", "1"}}), Code::invalid);
  EXPECT_EQ(code_of({{"client-key", "/k.pem"}}), Code::invalid);
  const auto with_password = parse_bucket_config("b", {{"proxy", "http://me:hunter2@proxy:3128"}});
  EXPECT_EQ(with_password.error().code(), Code::invalid);
  EXPECT_EQ(with_password.error().message().find("hunter2"), std::string::npos);
  EXPECT_EQ(code_of({{"lock", "compliance"}, {"lock-days", "1"}, {"checksum", "none"}}), Code::invalid);
  EXPECT_EQ(code_of({{"checksumAlgorithm", "SHA1"}}), Code::unsupported);
  EXPECT_EQ(code_of({{"signatureVersion", "1"}}), Code::unsupported);
  EXPECT_EQ(code_of({{"customerKeyEncryptionSecret", "name/key"}}), Code::unsupported);
}

TEST(BucketConfig, RefusesCredentialsInTheEndpointAndDoesNotRepeatThem) {
  const auto config = parse_bucket_config("b", {{"endpoint", "https://user:hunter2@minio:9000"}});
  EXPECT_EQ(config.error().code(), Code::invalid);
  EXPECT_EQ(to_string(config.error()).find("hunter2"), std::string::npos);
}

TEST(BucketConfig, RefusesSettingsThatExcludeEachOther) {
  EXPECT_EQ(code_of({{"endpoint", "https://x"}, {"s3Url", "https://x"}}), Code::invalid);
  EXPECT_EQ(code_of({{"kmsKeyId", "k"}, {"customer-key-file", "/k"}}), Code::invalid);
  EXPECT_EQ(code_of({{"kmsKeyId", "k"}, {"sse", "AES256"}}), Code::invalid);
  EXPECT_EQ(code_of({{"ca-file", "/ca"}, {"caCert", "pem"}}), Code::invalid);
  EXPECT_EQ(code_of({{"endpoint", "https://x"}, {"fips", "true"}}), Code::invalid);
}

TEST(BucketConfig, ReadsCustomerKeysInTheFormsPeopleKeepThem) {
  auto made = os::TemporaryDirectory::make();
  ASSERT_TRUE(made.ok());
  const std::string path = made->path() + "/key";
  const auto read = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    return read_customer_key(path);
  };
  const std::string key = "0123456789abcdef0123456789abcde\n";  // a raw key may end in a line break
  ASSERT_EQ(key.size(), 32U);
  EXPECT_EQ(read(key)->reveal(), key);
  EXPECT_EQ(read(key + "\n")->reveal(), key);
  EXPECT_EQ(read("303132333435363738396162636465663031323334353637383961626364650A\n")->reveal(), key);
  EXPECT_EQ(read("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQo=\r\n")->reveal(), key);
  for (const std::string& wrong : {std::string(), std::string(31, 'k'), std::string(33, 'k'), std::string(5000, 'k')}) {
    const auto refused = read(wrong);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::invalid);
  }
  EXPECT_EQ(read_customer_key(path + ".absent").error().code(), Code::not_found);
}

}  // namespace
}  // namespace salvor::s3
