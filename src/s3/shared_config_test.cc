#include "s3/shared_config.h"

#include <gmock/gmock.h>

#include "s3/credential_testing.h"

namespace salvor::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const testing::Texts& none() {
  static const testing::Texts kNone;
  return kNone;
}

Sections parse(std::string_view text) { return parse_config_sections(text).value(); }

std::string option(std::string_view text, std::string_view section, std::string_view name) {
  const Sections sections = parse(text);
  const auto found = sections.find(section);
  return found == sections.end() ? "(no section)" : setting(found->second, name);
}

TEST(SharedConfigFile, HasSectionsAndOptions) {
  constexpr std::string_view kText =
      "# mine\n[default]\nregion = eu-central-1\nAWS_Access_Key_ID: AKIA\n\n[b c]\nregion=x\n";
  EXPECT_EQ(option(kText, "default", "region"), "eu-central-1");
  EXPECT_EQ(option(kText, "default", "aws_access_key_id"), "AKIA");
  EXPECT_EQ(option(kText, "b c", "region"), "x");
}

TEST(SharedConfigFile, KeepsTheRestOfALineAfterTheFirstSeparator) {
  EXPECT_EQ(option("[a]\naws_secret_access_key = ab=c:d/+==\n", "a", "aws_secret_access_key"), "ab=c:d/+==");
}

TEST(SharedConfigFile, MayHaveCommentsAfterValuesAndSections) {
  EXPECT_EQ(option("[a] # one\nregion = x # two\n", "a", "region"), "x");
  EXPECT_EQ(option("[a] ; see [b]\nregion = x\t; two\n", "a", "region"), "x");
  EXPECT_EQ(option("[a]\nregion = #two\n", "a", "region"), "");
}

TEST(SharedConfigFile, KeepsCommentSignsWithinASecret) {
  EXPECT_EQ(option("[a]\naws_secret_access_key = ab#c;d\n", "a", "aws_secret_access_key"), "ab#c;d");
  EXPECT_EQ(option("[a]\naws_secret_access_key =#c;d\n", "a", "aws_secret_access_key"), "#c;d");
}

TEST(SharedConfigFile, TakesQuotationMarksOffAWholeValueOnly) {
  EXPECT_EQ(option("[a]\nregion = \"x y\"\n", "a", "region"), "x y");
  EXPECT_EQ(option("[a]\nregion = 'x'\n", "a", "region"), "x");
  EXPECT_EQ(option("[a]\ncredential_process = \"/a b\" \"c\"\n", "a", "credential_process"), "\"/a b\" \"c\"");
}

TEST(SharedConfigFile, ContinuesAValueOnIndentedLines) {
  EXPECT_EQ(option("[a]\nx = one\n  two\n# comment\n\tthree = 3\ny = z\n", "a", "x"), "one\ntwo\nthree = 3");
  EXPECT_EQ(option("[a]\nx = one\n\n  two\n\n\n", "a", "x"), "one\n\ntwo");
}

TEST(SharedConfigFile, MayBeIndentedAsAWhole) {
  constexpr std::string_view kText = "  [a]\n  x = one\n  y = two\n";
  EXPECT_EQ(option(kText, "a", "x"), "one");
  EXPECT_EQ(option(kText, "a", "y"), "two");
}

TEST(SharedConfigFile, HasNestedBlocks) {
  const Sections sections =
      parse("[services x]\nsts =\n  Endpoint_URL = https://sts.test:1/?a=b\n  other\nregion = r\n");
  const Settings& settings = sections.at("services x");
  EXPECT_EQ(nested_setting(settings, "sts", "endpoint_url"), "https://sts.test:1/?a=b");
  EXPECT_EQ(nested_setting(settings, "sts", "absent"), "");
  EXPECT_EQ(nested_setting(settings, "region", "x"), "");
}

TEST(SharedConfigFile, AddsUpSectionsThatComeTwiceAndTheLastOptionCounts) {
  constexpr std::string_view kText = "[a]\nx = 1\ny = 1\n[b]\nx = 3\n[a]\nx = 2\nx = 4\n";
  EXPECT_EQ(option(kText, "a", "x"), "4");
  EXPECT_EQ(option(kText, "a", "y"), "1");
}

TEST(SharedConfigFile, IgnoresOptionsBeforeTheFirstSection) {
  EXPECT_EQ(option("x = 1\n  more\n[a]\ny = 2\n", "a", "y"), "2");
}

TEST(SharedConfigFile, MayComeFromWindows) {
  EXPECT_EQ(option("\xEF\xBB\xBF[ default ]\r\nregion = x\r\n", "default", "region"), "x");
}

TEST(SharedConfigFile, IsRefusedWithTheLineNumberAndNothingElse) {
  const std::pair<std::string, std::string> kBad[] = {{"[a]\nx=1\nSECRET\n", "line 3"},
                                                      {"[a]\r\nx=1\r\n\r\nSECRET\r\n", "line 4"},
                                                      {"[SECRET\nx=1\n", "line 1"},
                                                      {"[a] SECRET\n", "line 1"},
                                                      {"\n[]\n", "line 2"},
                                                      {"[a]\n= SECRET\n", "line 2"}};
  for (const auto& [text, line] : kBad) {
    const auto result = parse_config_sections(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code(), Code::invalid);
    EXPECT_THAT(result.error().message(), HasSubstr(line + ":"));
    EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
  }
}

TEST(SharedConfigFile, CutAnywhereOrWithAFlippedBitIsReadOrRefused) {
  const std::string whole =
      "[default]\nregion = eu-central-1\ns3 =\n  a = b\n\n[profile \"x y\"] # c\nrole_arn: arn\n  more\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    (void)parse_config_sections(std::string_view(whole).substr(0, size)).ok();
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    (void)parse_config_sections(damaged).ok();
  }
}

class SharedConfigTest : public ::testing::Test {
 protected:
  SharedConfig load() { return load_shared_config({"/c", "/k", false}, testing::files_of(files)).value(); }
  std::string value(const std::string& profile, const std::string& name) {
    return setting(settings_of(load(), profile), name);
  }
  testing::Texts files;
};

TEST_F(SharedConfigTest, TakesProfilesOfTheConfigFileByTheirPrefix) {
  files["/c"] =
      "[default]\nregion=1\n[profile a]\nregion=2\n[profile \"b c\"]\nregion=3\n[d]\nregion=4\n[profilee]\nx=1\n";
  EXPECT_EQ(value("default", "region"), "1");
  EXPECT_EQ(value("a", "region"), "2");
  EXPECT_EQ(value("b c", "region"), "3");
  EXPECT_EQ(load().profiles.size(), 3U);
}

TEST_F(SharedConfigTest, PrefersProfileDefaultToDefault) {
  files["/c"] = "[profile default]\nregion=1\n[default]\nregion=2\nx=3\n";
  EXPECT_EQ(value("default", "region"), "1");
  EXPECT_EQ(value("default", "x"), "");
}

TEST_F(SharedConfigTest, LetsTheCredentialsFileWinOptionByOption) {
  files["/c"] = "[profile a]\nregion=1\noutput=json\n";
  files["/k"] = "[a]\nregion=2\n[profile a]\noutput=x\n";
  EXPECT_EQ(value("a", "region"), "2");
  EXPECT_EQ(value("a", "output"), "json");
}

TEST_F(SharedConfigTest, TakesKeyAndTokenFromOneFile) {
  files["/c"] = "[profile a]\naws_access_key_id=old\naws_secret_access_key=old\naws_session_token=old\n";
  files["/k"] = "[a]\naws_access_key_id=new\naws_secret_access_key=new\n";
  EXPECT_EQ(value("a", "aws_access_key_id"), "new");
  EXPECT_EQ(value("a", "aws_session_token"), "");
  EXPECT_EQ(load().profiles.at("a").keys_file, "/k");
  files["/k"] = "[a]\naws_session_token=stray\n";
  EXPECT_EQ(value("a", "aws_session_token"), "old");
  EXPECT_EQ(load().profiles.at("a").keys_file, "/c");
}

TEST_F(SharedConfigTest, SaysWhichFilesAreThere) {
  files["/k"] = "";
  EXPECT_THAT(load().looked, ElementsAre("/c (does not exist)", "/k"));
}

TEST_F(SharedConfigTest, GoesOnWithoutAFileThatMayNotBeRead) {
  const ReadFile denying = [](const std::string& path) -> Result<os::Secret> { return Error(Code::denied, path); };
  const auto config = load_shared_config({"/c", "/k", false}, denying);
  EXPECT_THAT(config.value().looked, ElementsAre("/c (may not be read)", "/k (may not be read)"));
}

TEST_F(SharedConfigTest, ReadsVelerosCredentialsFileAsBoth) {
  files["/v"] = "[default]\naws_access_key_id=a\naws_secret_access_key=b\n[profile x]\nregion=1\n";
  const auto config =
      load_shared_config(shared_config_paths("/v", testing::variables_of(none())), testing::files_of(files));
  EXPECT_EQ(setting(settings_of(*config, "default"), "aws_access_key_id"), "a");
  EXPECT_EQ(setting(settings_of(*config, "x"), "region"), "1");
}

TEST_F(SharedConfigTest, MissesANamedCredentialsFile) {
  const auto config = load_shared_config({"", "/v", true}, testing::files_of(files));
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().code(), Code::unauthenticated);
  EXPECT_THAT(config.error().message(), HasSubstr("/v (does not exist)"));
}

TEST_F(SharedConfigTest, NamesTheMalformedFile) {
  files["/k"] = "[a]\nSECRET";
  const auto config = load_shared_config({"/c", "/k", false}, testing::files_of(files));
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message(), HasSubstr("/k: line 2"));
  EXPECT_THAT(to_string(config.error()), Not(HasSubstr("SECRET")));
}

TEST(SharedConfigPaths, AreThoseOfTheVariablesElseThoseAtHome) {
  testing::Texts variables{{"HOME", "/root"}};
  EXPECT_EQ(shared_config_paths("", testing::variables_of(variables)).config, "/root/.aws/config");
  EXPECT_EQ(shared_config_paths("", testing::variables_of(variables)).credentials, "/root/.aws/credentials");
  variables = {{"HOME", "/root"}, {"AWS_CONFIG_FILE", "~/c"}, {"AWS_SHARED_CREDENTIALS_FILE", "/k"}};
  EXPECT_EQ(shared_config_paths("", testing::variables_of(variables)).config, "/root/c");
  EXPECT_EQ(shared_config_paths("", testing::variables_of(variables)).credentials, "/k");
  EXPECT_EQ(shared_config_paths("", testing::variables_of(none())).config, "");
}

}  // namespace
}  // namespace salvor::s3
