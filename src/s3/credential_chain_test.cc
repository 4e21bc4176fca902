#include "s3/credential_chain.h"

#include <gmock/gmock.h>

#include "s3/credential_testing.h"

namespace salvor::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialChain : public ::testing::Test {
 protected:
  std::unique_ptr<CredentialSource> chain(CredentialOptions options = {}) {
    return make_credential_chain(
        std::move(options), {testing::variables_of(variables), testing::files_of(files), sts, neighbours, clock, rng});
  }
  std::string at(std::chrono::minutes later) { return format_rfc3339(clock.now() + later); }

  testing::ScriptedServices sts, neighbours;
  FakeClock clock{parse_rfc3339("2026-11-28T02:00:00Z").value()};
  SeededRng rng{1};
  testing::Texts variables{{"HOME", "/root"}};
  testing::Texts files;
};

TEST_F(CredentialChain, ReadsNothingBeforeItIsAsked) {
  const auto source = chain();
  EXPECT_EQ(source->describe(), "no credentials yet");
  files["/root/.aws/credentials"] = "[default]\naws_access_key_id=A\naws_secret_access_key=SECRET\n";
  EXPECT_EQ(source->get({})->access_key_id, "A");
  EXPECT_EQ(source->describe(), "profile \"default\" in /root/.aws/credentials");
}

TEST_F(CredentialChain, ReadsAFileAnewAfterForgetting) {
  files["/root/.aws/credentials"] = "[default]\naws_access_key_id=A\naws_secret_access_key=SECRET\n";
  const auto source = chain();
  ASSERT_EQ(source->get({})->access_key_id, "A");
  files["/root/.aws/credentials"] = "[default]\naws_access_key_id=B\naws_secret_access_key=SECRET\n";
  EXPECT_EQ(source->get({})->access_key_id, "A");
  source->forget();
  EXPECT_EQ(source->get({})->access_key_id, "B");
}

TEST_F(CredentialChain, AssumesRolesOnTopOfEachOther) {
  files["/root/.aws/config"] =
      "[default]\nregion=eu-central-1\nrole_arn=arn:top\nsource_profile=mid\n[profile mid]\nrole_arn=arn:mid\n"
      "source_profile=base\n[profile base]\naws_access_key_id=BASE\naws_secret_access_key=SECRET\n";
  sts.answer({.body = testing::sts_answer("AssumeRole", "MID", at(std::chrono::minutes(60)))});
  sts.answer({.body = testing::sts_answer("AssumeRole", "TOP", at(std::chrono::minutes(60)))});
  const auto source = chain();
  EXPECT_EQ(source->get({})->access_key_id, "TOP");
  EXPECT_THAT(sts.questions()[0].header("authorization"), HasSubstr("Credential=BASE/"));
  EXPECT_THAT(sts.questions()[1].header("authorization"), HasSubstr("Credential=MID/"));
  EXPECT_EQ(source->describe(),
            "role arn:top of profile \"default\", by role arn:mid of profile \"mid\", by profile "
            "\"base\" in /root/.aws/config");
}

TEST_F(CredentialChain, RenewsThePodsIdentityInTime) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  variables["AWS_ROLE_ARN"] = "arn:r";
  variables["AWS_REGION"] = "eu-central-1";
  files["/token"] = "first";
  sts.answer({.body = testing::sts_answer("AssumeRoleWithWebIdentity", "ONE", at(std::chrono::minutes(60)))});
  const auto source = chain();
  EXPECT_EQ(source->get({})->access_key_id, "ONE");
  EXPECT_EQ(source->get({})->access_key_id, "ONE");
  clock.advance(std::chrono::minutes(56));
  files["/token"] = "second";
  sts.answer({.body = testing::sts_answer("AssumeRoleWithWebIdentity", "TWO", at(std::chrono::minutes(60)))});
  EXPECT_EQ(source->get({})->access_key_id, "TWO");
  EXPECT_THAT(sts.questions()[1].body, HasSubstr("WebIdentityToken=second"));
  EXPECT_EQ(sts.questions()[1].url, "https://sts.eu-central-1.amazonaws.com/");
}

TEST_F(CredentialChain, AsksNeighboursWithoutAProxy) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  neighbours.answer({.body = testing::json_credentials("POD", at(std::chrono::minutes(60)))});
  const auto source = chain();
  EXPECT_EQ(source->get({})->access_key_id, "POD");
  EXPECT_EQ(source->describe(), "the container's endpoint http://169.254.170.23");
  EXPECT_TRUE(sts.questions().empty());
}

TEST_F(CredentialChain, TellsWhereItLookedWhenNobodyAnswers) {
  files["/root/.aws/config"] = "[default]\nregion = r\n";
  neighbours.answer({.no_connection = true});
  const auto source = chain();
  const auto result = source->get({});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::unauthenticated);
  for (const char* place : {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "/root/.aws/config",
                            "/root/.aws/credentials (does not exist)", "profile \"default\" (has no credentials)",
                            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                            "EC2 instance metadata at http://169.254.169.254: connection refused"}) {
    EXPECT_THAT(result.error().message(), HasSubstr(place));
  }
  EXPECT_THAT(result.error().hint(), HasSubstr("AWS_PROFILE"));
  EXPECT_EQ(source->describe(), "no credentials yet");
}

TEST_F(CredentialChain, DoesNotCallAnInstanceMissingThatAnsweredBefore) {
  neighbours.answer({.body = "session"});
  neighbours.answer({.body = "role"});
  neighbours.answer({.body = testing::json_credentials("ONE", at(std::chrono::minutes(60)))});
  const auto source = chain();
  ASSERT_EQ(source->get({})->access_key_id, "ONE");
  clock.advance(std::chrono::minutes(61));
  neighbours.answer({.no_connection = true});
  EXPECT_EQ(source->get({}).error().code(), Code::unavailable);
}

TEST_F(CredentialChain, KeepsSecretsOutOfErrors) {
  variables["AWS_PROFILE"] = "a";
  for (const char* text : {"[a]\naws_access_key_id=A\nSECRET\n", "[a]\naws_secret_access_key=SECRET\n",
                           "[a]\ncredential_process=/no/such SECRET\n",
                           "[a]\nrole_arn=r\nexternal_id=SECRET\n"
                           "source_profile=b\n[b]\naws_access_key_id=SECRET\n"}) {
    files["/root/.aws/credentials"] = text;
    const auto result = chain()->get({});
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
  }
}

TEST_F(CredentialChain, UsesGivenKeysAndSaysSo) {
  CredentialOptions options;
  options.keys = Credentials{"GIVEN", os::Secret("SECRET"), {}, {}};
  const auto source = chain(std::move(options));
  EXPECT_EQ(source->get({})->access_key_id, "GIVEN");
  EXPECT_EQ(source->describe(), "the location's own access key");
}

}  // namespace
}  // namespace salvor::s3
