#include "s3/credential_plan.h"

#include <gmock/gmock.h>

#include "s3/credential_testing.h"
#include "s3/region.h"

namespace salvor::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialPlanTest : public ::testing::Test {
 protected:
  Result<CredentialPlan> make() {
    return plan_credentials(options, testing::variables_of(variables), testing::files_of(files));
  }
  CredentialPlan plan() { return make().value(); }
  std::string key_of(const CredentialPlan& plan) { return std::get<UseKeys>(plan.step).keys.access_key_id; }
  Error refused() {
    Result<CredentialPlan> result = make();
    EXPECT_FALSE(result.ok());
    return result.ok() ? Error(Code::internal, "") : std::move(result).error();
  }
  void config(const std::string& text) { files["/root/.aws/config"] = text; }
  void credentials(const std::string& text) { files["/root/.aws/credentials"] = text; }

  CredentialOptions options;
  testing::Texts variables{{"HOME", "/root"}};
  testing::Texts files;
};

constexpr const char* kKeys = "aws_access_key_id = AKIAFILE\naws_secret_access_key = SECRET\n";

TEST_F(CredentialPlanTest, PrefersGivenKeys) {
  options.keys = Credentials{"GIVEN", os::Secret("SECRET"), {}, {}};
  variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  EXPECT_EQ(key_of(plan()), "GIVEN");
}

TEST_F(CredentialPlanTest, TakesVariablesBeforeFiles) {
  variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "SECRET";
  variables["AWS_SESSION_TOKEN"] = "TOKEN";
  credentials(std::string("[default]\n") + kKeys);
  const CredentialPlan found = plan();
  EXPECT_EQ(key_of(found), "AKIAENV");
  EXPECT_EQ(std::get<UseKeys>(found.step).keys.session_token.reveal(), "TOKEN");
  EXPECT_THAT(found.description, HasSubstr("AWS_ACCESS_KEY_ID"));
}

TEST_F(CredentialPlanTest, KnowsWhenKeysInVariablesEnd) {
  variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "SECRET";
  variables["AWS_CREDENTIAL_EXPIRATION"] = "2030-01-01T00:00:00Z";
  EXPECT_EQ(std::get<UseKeys>(plan().step).keys.expires, parse_rfc3339("2030-01-01T00:00:00Z").value());
}

TEST_F(CredentialPlanTest, RefusesHalfAKeyInVariables) {
  variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  EXPECT_THAT(refused().message(), HasSubstr("AWS_SECRET_ACCESS_KEY is not"));
}

TEST_F(CredentialPlanTest, TakesAProfileOfTheOptionsBeforeVariables) {
  variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "SECRET";
  credentials(std::string("[backup]\n") + kKeys);
  options.profile = "backup";
  const CredentialPlan found = plan();
  EXPECT_EQ(key_of(found), "AKIAFILE");
  EXPECT_EQ(found.description, "profile \"backup\" in /root/.aws/credentials");
}

TEST_F(CredentialPlanTest, TakesVelerosCredentialsFileAlone) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  variables["AWS_ROLE_ARN"] = "arn";
  variables["AWS_PROFILE"] = "another";
  files["/velero"] = std::string("[default]\n") + kKeys;
  options.credentials_file = "/velero";
  EXPECT_EQ(key_of(plan()), "AKIAFILE");
}

TEST_F(CredentialPlanTest, TakesThePodsIdentityBeforeFiles) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  variables["AWS_REGION"] = "eu-central-1";
  credentials(std::string("[default]\n") + kKeys);
  const CredentialPlan found = plan();
  EXPECT_EQ(std::get<AssumeRoleWithToken>(found.step).token_file, "/token");
  EXPECT_EQ(std::get<AssumeRoleWithToken>(found.step).role_arn, "arn:aws:iam::1:role/r");
  EXPECT_EQ(found.sts.url, "https://sts.eu-central-1.amazonaws.com/");
}

TEST_F(CredentialPlanTest, KeepsThePodsIdentityWhenAFileIsMalformed) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  variables["AWS_ROLE_ARN"] = "arn";
  config("nonsense");
  EXPECT_TRUE(make().ok());
}

TEST_F(CredentialPlanTest, NeedsARoleForAWebIdentity) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  EXPECT_THAT(refused().message(), HasSubstr("AWS_ROLE_ARN is not"));
}

TEST_F(CredentialPlanTest, FollowsAwsProfile) {
  credentials(std::string("[default]\naws_access_key_id=D\naws_secret_access_key=D\n[a]\n") + kKeys);
  EXPECT_EQ(key_of(plan()), "D");
  variables["AWS_PROFILE"] = "a";
  EXPECT_EQ(key_of(plan()), "AKIAFILE");
}

TEST_F(CredentialPlanTest, NamesTheProfilesThereAreWhenOneIsMissing) {
  credentials(std::string("[a]\n") + kKeys + "[b]\n" + kKeys);
  variables["AWS_PROFILE"] = "c";
  const Error error = refused();
  EXPECT_EQ(error.code(), Code::unauthenticated);
  EXPECT_THAT(error.message(),
              HasSubstr("no profile \"c\" in /root/.aws/config (does not exist), /root/.aws/credentials"));
  EXPECT_THAT(error.hint(), HasSubstr("a, b"));
}

TEST_F(CredentialPlanTest, AssumesARoleWithASourceProfile) {
  config(
      "[profile top]\nrole_arn=arn:top\nsource_profile=middle\nexternal_id=E\nrole_session_name=S\n"
      "duration_seconds=3600\n[profile middle]\nrole_arn=arn:middle\nsource_profile=base\n");
  credentials(std::string("[base]\n") + kKeys);
  options.profile = "top";
  const CredentialPlan found = plan();
  const auto& top = std::get<AssumeRole>(found.step);
  EXPECT_EQ(top.role_arn, "arn:top");
  EXPECT_EQ(top.external_id, "E");
  EXPECT_EQ(top.session_name, "S");
  EXPECT_EQ(top.duration, std::chrono::seconds(3600));
  const auto& middle = std::get<AssumeRole>(top.source->step);
  EXPECT_EQ(middle.role_arn, "arn:middle");
  EXPECT_EQ(key_of(*middle.source), "AKIAFILE");
}

TEST_F(CredentialPlanTest, LetsAProfileBeItsOwnSourceWhenItHasKeys) {
  credentials(std::string("[default]\nrole_arn=arn\nsource_profile=default\n") + kKeys);
  const CredentialPlan found = plan();
  EXPECT_EQ(key_of(*std::get<AssumeRole>(found.step).source), "AKIAFILE");
}

TEST_F(CredentialPlanTest, FindsLoopsOfSourceProfiles) {
  config(
      "[profile a]\nrole_arn=1\nsource_profile=b\n[profile b]\nrole_arn=2\nsource_profile=c\n"
      "[profile c]\nrole_arn=3\nsource_profile=a\n[profile d]\nrole_arn=4\nsource_profile=d\n");
  for (const std::string profile : {"a", "d"}) {
    options.profile = profile;
    const Error error = refused();
    EXPECT_EQ(error.code(), Code::invalid);
    EXPECT_THAT(error.message(), HasSubstr("is its own source"));
  }
}

TEST_F(CredentialPlanTest, BoundsChainsOfProfiles) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "[profile p" + std::to_string(i) + "]\nrole_arn=r\nsource_profile=p" + std::to_string(i + 1) + "\n";
  }
  config(text);
  options.profile = "p0";
  EXPECT_THAT(refused().message(), HasSubstr("too many"));
}

TEST_F(CredentialPlanTest, ExplainsContradictoryProfiles) {
  const std::pair<std::string, std::string> kBad[] = {
      {"role_arn=r\nsource_profile=nobody\n", "no such profile"},
      {"role_arn=r\nsource_profile=empty\n", "has no credentials"},
      {"source_profile=keys\n", "no role_arn"},
      {"role_arn=r\nsource_profile=keys\ncredential_source=Environment\n", "both source_profile and credential_source"},
      {"role_arn=r\ncredential_source=Moon\n", "credential_source other than"},
      {"role_arn=r\nsource_profile=keys\nduration_seconds=12h\n", "duration_seconds"},
      {"aws_access_key_id=a\n", "has no aws_secret_access_key"},
      {"aws_secret_access_key=SECRET\n", "only the aws_secret_access_key"}};
  for (const auto& [settings, why] : kBad) {
    config("[default]\n" + settings + "[profile keys]\n" + kKeys + "[profile empty]\nregion=r\n");
    const Error error = refused();
    EXPECT_EQ(error.code(), Code::invalid);
    EXPECT_THAT(error.message(), HasSubstr(why));
    EXPECT_THAT(to_string(error), Not(HasSubstr("SECRET")));
  }
}

TEST_F(CredentialPlanTest, SaysWhatToDoInsteadOfSso) {
  config("[default]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\n[sso-session s]\nsso_region=r\n");
  const Error error = refused();
  EXPECT_EQ(error.code(), Code::unsupported);
  EXPECT_THAT(error.hint(), HasSubstr("aws configure export-credentials --profile default"));
}

TEST_F(CredentialPlanTest, DoesNotAskForOneTimeCodes) {
  config(std::string("[default]\nrole_arn=r\nsource_profile=default\nmfa_serial=m\n") + kKeys);
  EXPECT_EQ(refused().code(), Code::unsupported);
}

TEST_F(CredentialPlanTest, StandsOnCredentialSources) {
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/creds";
  config(
      "[default]\nrole_arn=r\ncredential_source=EcsContainer\n[profile i]\nrole_arn=r\n"
      "credential_source=Ec2InstanceMetadata\n");
  const CredentialPlan container = plan();
  EXPECT_EQ(std::get<AskContainer>(std::get<AssumeRole>(container.step).source->step).url,
            "http://169.254.170.2/creds");
  options.profile = "i";
  const CredentialPlan instance = plan();
  EXPECT_FALSE(std::get<AssumeRole>(instance.step).source->last_resort);
  EXPECT_EQ(std::get<AskInstance>(std::get<AssumeRole>(instance.step).source->step).endpoint, "http://169.254.169.254");
}

TEST_F(CredentialPlanTest, RunsTheProcessOfAProfile) {
  config("[default]\ncredential_process = /bin/get --it\n");
  EXPECT_EQ(std::get<RunProcess>(plan().step).command_line.reveal(), "/bin/get --it");
  EXPECT_THAT(plan().description, Not(HasSubstr("--it")));
}

TEST_F(CredentialPlanTest, UsesTheWebIdentityOfAProfile) {
  config(
      "[default]\nweb_identity_token_file=/t\nrole_arn=r\nrole_session_name=s\n"
      "[profile on]\nrole_arn=r2\nsource_profile=default\n");
  EXPECT_EQ(std::get<AssumeRoleWithToken>(plan().step).session_name, "s");
  options.profile = "on";
  const CredentialPlan on = plan();
  EXPECT_EQ(std::get<AssumeRole>(on.step).role_arn, "r2");
  EXPECT_EQ(std::get<AssumeRoleWithToken>(std::get<AssumeRole>(on.step).source->step).role_arn, "r");
}

TEST_F(CredentialPlanTest, EndsAtTheInstance) {
  const CredentialPlan found = plan();
  EXPECT_TRUE(std::holds_alternative<AskInstance>(found.step));
  EXPECT_TRUE(found.last_resort);
}

TEST_F(CredentialPlanTest, TellsWhereItLookedWhenThereIsNothing) {
  variables["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  const Error error = refused();
  EXPECT_EQ(error.code(), Code::unauthenticated);
  for (const char* place : {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "/root/.aws/config (does not exist)",
                            "/root/.aws/credentials (does not exist)", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                            "AWS_EC2_METADATA_DISABLED"}) {
    EXPECT_THAT(error.message(), HasSubstr(place));
  }
  EXPECT_FALSE(error.hint().empty());
}

class RegionTest : public CredentialPlanTest {
 protected:
  std::string region() {
    return find_region(options, testing::variables_of(variables), testing::files_of(files)).value();
  }
  StsEndpoint sts() {
    const auto environment = testing::variables_of(variables);
    const SharedConfig config =
        load_shared_config(shared_config_paths(options.credentials_file, environment), testing::files_of(files))
            .value();
    return find_sts(options, environment, config).value();
  }
};

TEST_F(RegionTest, IsThatOfTheOptionTheVariablesAndTheProfile) {
  EXPECT_EQ(region(), "");
  config("[default]\nregion = from-file\n[profile a]\nregion = from-a\n");
  EXPECT_EQ(region(), "from-file");
  variables["AWS_PROFILE"] = "a";
  EXPECT_EQ(region(), "from-a");
  variables["AWS_DEFAULT_REGION"] = "from-default";
  EXPECT_EQ(region(), "from-default");
  variables["AWS_REGION"] = "from-variable";
  EXPECT_EQ(region(), "from-variable");
  options.region = "from-option";
  EXPECT_EQ(region(), "from-option");
}

TEST_F(RegionTest, IsNoWayToAnotherHost) {
  variables["AWS_REGION"] = "x.evil.example/";
  const auto result = find_region(options, testing::variables_of(variables), testing::files_of(files));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::invalid);
}

TEST_F(RegionTest, HasItsSts) {
  EXPECT_EQ(sts().url, "https://sts.amazonaws.com/");
  EXPECT_EQ(sts().region, "us-east-1");
  variables["AWS_REGION"] = "cn-north-1";
  EXPECT_EQ(sts().url, "https://sts.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(sts().region, "cn-north-1");
  variables["AWS_REGION"] = "us-gov-west-1";
  variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  EXPECT_EQ(sts().url, "https://sts-fips.us-gov-west-1.amazonaws.com/");
}

TEST_F(RegionTest, HasTheStsThatIsConfigured) {
  config(
      "[default]\nservices = s\nendpoint_url = http://all:1\n[services s]\nsts =\n  endpoint_url = http://sts:2/x\n"
      "[profile plain]\nendpoint_url = http://all:1\n");
  EXPECT_EQ(sts().url, "http://sts:2/x/");
  options.profile = "plain";
  EXPECT_EQ(sts().url, "http://all:1/");
  variables["AWS_ENDPOINT_URL"] = "http://every:3";
  EXPECT_EQ(sts().url, "http://every:3/");
  variables["AWS_ENDPOINT_URL_STS"] = "http://this:4/";
  EXPECT_EQ(sts().url, "http://this:4/");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(sts().url, "https://sts.amazonaws.com/");
  options.sts_endpoint = "https://minio:9000";
  EXPECT_EQ(sts().url, "https://minio:9000/");
}

}  // namespace
}  // namespace salvor::s3
