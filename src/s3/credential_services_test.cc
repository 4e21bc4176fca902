// Container endpoint, instance metadata, credential_process and STS, each against answers of a script.

#include <gmock/gmock.h>

#include "s3/container_credentials.h"
#include "s3/credential_process.h"
#include "s3/credential_testing.h"
#include "s3/instance_metadata.h"
#include "s3/sts.h"
#include "s3/sts_answer.h"

namespace salvor::s3 {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using testing::json_credentials;
using ::testing::Not;

constexpr const char* kEnd = "2026-11-28T03:00:00Z";

class CredentialServices : public ::testing::Test {
 protected:
  HttpDoor door() { return {services, clock, rng}; }
  Credentials source() { return {"AKIASOURCE", os::Secret("SOURCESECRET"), os::Secret("SOURCETOKEN"), {}}; }

  testing::ScriptedServices services;
  FakeClock clock{parse_rfc3339("2026-11-28T02:00:00Z").value()};
  SeededRng rng{1};
  testing::Texts variables, files;
};

class ContainerCredentials : public CredentialServices {
 protected:
  Result<Credentials> ask() {
    auto step = find_container(testing::variables_of(variables));
    if (!step.ok()) return std::move(step).error();
    return ask_container(**step, testing::files_of(files), door(), {});
  }
};

TEST_F(ContainerCredentials, AreOfTheEcsAddressForARelativeUri) {
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1?a=b";
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/other";
  services.answer({.body = json_credentials("ASIA", kEnd)});
  const Credentials credentials = ask().value();
  EXPECT_EQ(credentials.access_key_id, "ASIA");
  EXPECT_EQ(credentials.secret_access_key.reveal(), "secret of ASIA");
  EXPECT_EQ(credentials.session_token.reveal(), "token of ASIA");
  EXPECT_EQ(credentials.expires, parse_rfc3339(kEnd).value());
  EXPECT_EQ(services.questions()[0].url, "http://169.254.170.2/v2/credentials/1?a=b");
  EXPECT_EQ(services.questions()[0].header("authorization"), "");
}

TEST_F(ContainerCredentials, ShowTheTokenOfThePodAnewEachTime) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "not this";
  for (const std::string token : {"first", "second"}) {
    files["/token"] = token + "\n";
    services.answer({.body = json_credentials("ASIA", kEnd)});
    ASSERT_TRUE(ask().ok());
    EXPECT_EQ(services.questions().back().header("authorization"), token);
  }
}

TEST_F(ContainerCredentials, ShowATokenOfAVariable) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://[fd00:ec2::23]/v1/credentials";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Bearer abc";
  services.answer({.body = json_credentials("ASIA", kEnd)});
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(services.questions().back().header("authorization"), "Bearer abc");
}

TEST_F(ContainerCredentials, CanNotSmuggleAHeader) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/x";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "SECRET\r\nhost: evil";
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
  EXPECT_TRUE(services.questions().empty());
}

TEST_F(ContainerCredentials, ComeOverPlainHttpFromNearbyOnly) {
  for (const char* url : {"http://127.0.0.1:80/x", "http://127.9.9.9/x", "http://localhost/x", "http://[::1]/x",
                          "http://169.254.170.2/x", "http://169.254.170.23/x", "https://far.example/x"}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_TRUE(find_container(testing::variables_of(variables)).ok()) << url;
  }
  for (const char* url :
       {"http://far.example/x", "http://169.254.169.254/x", "http://127.evil.example/x", "ftp://localhost",
        "http://user:pass@localhost/x", "http://localhost.evil/x", "nonsense", "http://0.0.0.0/x"}) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    const auto result = find_container(testing::variables_of(variables));
    ASSERT_FALSE(result.ok()) << url;
    EXPECT_EQ(result.error().code(), Code::invalid);
  }
}

TEST_F(ContainerCredentials, AreAskedForAgainWhenTheEndpointIsNotReady) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/x";
  services.answer({.no_connection = true});
  services.answer({.status = 503});
  services.answer({.body = json_credentials("ASIA", kEnd)});
  EXPECT_EQ(ask().value().access_key_id, "ASIA");
}

TEST_F(ContainerCredentials, TellARefusalByItsCodeOnly) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/x";
  services.answer({.status = 403, .body = R"({"code":"AccessDenied","message":"SECRET"})"});
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::unauthenticated);
  EXPECT_THAT(result.error().message(), HasSubstr("403: AccessDenied"));
  EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
}

TEST_F(ContainerCredentials, AreNotReadFromAnEndlessOrStrangeAnswer) {
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/x";
  const std::string good = json_credentials("SECRET", kEnd);
  std::vector<std::string> bodies{std::string(100'000, 'x'),
                                  "",
                                  "[]",
                                  "SECRET",
                                  R"({"AccessKeyId":"SECRET"})",
                                  R"({"SecretAccessKey":"SECRET"})",
                                  R"({"AccessKeyId":1,"SecretAccessKey":2})",
                                  R"({"AccessKeyId":"a","SecretAccessKey":"SECRET","Expiration":"soon"})"};
  for (std::size_t size = 0; size < good.size(); ++size) bodies.push_back(good.substr(0, size));
  for (const std::string& body : bodies) {
    services.answer({.body = body});
    const auto result = ask();
    ASSERT_FALSE(result.ok()) << body;
    EXPECT_EQ(result.error().code(), Code::invalid);
    EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
  }
}

class InstanceMetadata : public CredentialServices {
 protected:
  Result<Credentials> ask() {
    return ask_instance(*find_instance(testing::variables_of(variables), {}).value(), door(), {});
  }
};

TEST_F(InstanceMetadata, IsAskedWithASession) {
  services.answer({.body = "session"});
  services.answer({.body = "my-role\n"});
  services.answer({.body = json_credentials("ASIA", kEnd)});
  EXPECT_EQ(ask().value().access_key_id, "ASIA");
  const auto questions = services.questions();
  ASSERT_EQ(questions.size(), 3U);
  EXPECT_EQ(questions[0].method, "PUT");
  EXPECT_EQ(questions[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(questions[0].header("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(questions[1].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
  EXPECT_EQ(questions[1].header("x-aws-ec2-metadata-token"), "session");
  EXPECT_EQ(questions[2].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
}

TEST_F(InstanceMetadata, IsGivenUpAfterOneAttempt) {
  services.answer({.no_connection = true});
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::unavailable);
  EXPECT_EQ(services.questions().size(), 1U);
}

TEST_F(InstanceMetadata, NeverFallsBackToVersionOne) {
  for (const int status : {400, 403, 404, 405}) {
    services.answer({.status = status});
    const auto result = ask();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), Code::unauthenticated);
  }
  EXPECT_EQ(services.questions().size(), 4U);
}

TEST_F(InstanceMetadata, MayHaveNoRole) {
  services.answer({.body = "session"});
  services.answer({.status = 404});
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("no role"));
}

TEST_F(InstanceMetadata, MayFailToRenewTheRole) {
  services.answer({.body = "session"});
  services.answer({.body = "role"});
  services.answer({.body = R"({"Code":"AssumeRoleUnauthorizedAccess"})"});
  const auto result = ask();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("AssumeRoleUnauthorizedAccess"));
}

TEST_F(InstanceMetadata, GivesOldCredentialsTenMinutesMore) {
  services.answer({.body = "session"});
  services.answer({.body = "role"});
  services.answer({.body = json_credentials("ASIA", "2026-11-28T01:59:00Z")});
  EXPECT_EQ(ask().value().expires, clock.now() + std::chrono::minutes(10));
}

TEST_F(InstanceMetadata, CanNotLeaveItsPathByARolesName) {
  services.answer({.body = "session"});
  services.answer({.body = "../../x?y#z"});
  services.answer({.body = json_credentials("ASIA", kEnd)});
  ASSERT_TRUE(ask().ok());
  EXPECT_THAT(services.questions()[2].url, HasSubstr("security-credentials/..%2F..%2Fx%3Fy%23z"));
}

TEST_F(InstanceMetadata, IsWhereTheVariablesSay) {
  const auto endpoint = [&] { return find_instance(testing::variables_of(variables), {}).value()->endpoint; };
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "IPv6";
  EXPECT_EQ(endpoint(), "http://[fd00:ec2::254]");
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338/";
  EXPECT_EQ(endpoint(), "http://127.0.0.1:1338");
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "nonsense";
  EXPECT_FALSE(find_instance(testing::variables_of(variables), {}).ok());
  variables["AWS_EC2_METADATA_DISABLED"] = "True";
  EXPECT_FALSE(find_instance(testing::variables_of(variables), {}).value().has_value());
}

TEST_F(InstanceMetadata, WaitsAsLongAsTheVariablesSay) {
  variables["AWS_METADATA_SERVICE_TIMEOUT"] = "5";
  variables["AWS_METADATA_SERVICE_NUM_ATTEMPTS"] = "3";
  const AskInstance step = *find_instance(testing::variables_of(variables), {}).value();
  EXPECT_EQ(step.timeout, std::chrono::seconds(5));
  EXPECT_EQ(step.attempts, 3);
  variables["AWS_METADATA_SERVICE_TIMEOUT"] = "never";
  EXPECT_FALSE(find_instance(testing::variables_of(variables), {}).ok());
}

Result<Credentials> run(const std::string& script) {
  return run_credential_process(os::Secret("/bin/sh -c '" + script + "'"), {});
}

TEST(CredentialProcess, PrintsCredentials) {
  const auto result = run(R"(echo "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}")");
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->access_key_id, "A");
  EXPECT_EQ(result->secret_access_key.reveal(), "S");
  EXPECT_TRUE(result->session_token.empty());
  EXPECT_FALSE(result->expires.has_value());
}

TEST(CredentialProcess, MayPrintATokenAndAnEnd) {
  const auto result = parse_process_output(
      R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T","Expiration":"2026-11-28T04:00:00+01:00"})");
  EXPECT_EQ(result->session_token.reveal(), "T");
  EXPECT_EQ(result->expires, parse_rfc3339(kEnd).value());
}

TEST(CredentialProcess, NeverHasItsOutputShown) {
  for (const char* script :
       {"echo SECRET", "echo SECRET >&2; echo SECRET; exit 3", "kill -9 $$", "echo {\\\"SECRET\\\":1}",
        R"(echo "{\"Version\":2,\"AccessKeyId\":\"SECRET\",\"SecretAccessKey\":\"S\"}")",
        R"(echo "{\"Version\":1,\"AccessKeyId\":\"SECRET\"}")",
        "while :; do echo SECRETSECRETSECRETSECRETSECRET; done"}) {
    const auto result = run(script);
    ASSERT_FALSE(result.ok()) << script;
    EXPECT_EQ(result.error().code(), Code::unauthenticated) << script;
    EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
  }
}

TEST(CredentialProcess, MayNotExist) {
  for (const char* command : {"/no/such/program SECRET", "", "\"SECRET", "/etc/passwd SECRET"}) {
    const auto result = run_credential_process(os::Secret(command), {});
    ASSERT_FALSE(result.ok()) << command;
    EXPECT_EQ(result.error().code(), Code::unauthenticated);
    EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
  }
}

TEST(CredentialProcess, IsEndedOnRequest) {
  std::stop_source stop;
  stop.request_stop();
  const auto result = run_credential_process(os::Secret("/bin/sleep 1000"), stop.get_token());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::cancelled);
}

class Sts : public CredentialServices {
 protected:
  Result<Credentials> assume() {
    AssumeRole step{"arn:aws:iam::1:role/a b", "", "ex&ternal", std::chrono::seconds(900), nullptr};
    return assume_role(step, source(), {"https://sts.test/", "eu-central-1"}, door(), {});
  }
  Result<Credentials> assume_with_token() {
    return assume_role_with_token({"/token", "arn:r", "name"}, {"https://sts.test/", "eu-central-1"},
                                  testing::files_of(files), door(), {});
  }
};

TEST_F(Sts, GivesARoleForSignedCredentials) {
  services.answer({.body = testing::sts_answer("AssumeRole", "ASIAROLE", kEnd)});
  const Credentials credentials = assume().value();
  EXPECT_EQ(credentials.access_key_id, "ASIAROLE");
  EXPECT_EQ(credentials.secret_access_key.reveal(), "secret&of ASIAROLE");
  EXPECT_EQ(credentials.expires, parse_rfc3339(kEnd).value());
  const testing::Question asked = services.questions()[0];
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.url, "https://sts.test/");
  EXPECT_EQ(asked.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b"
            "&RoleSessionName=salvor-1795831200&ExternalId=ex%26ternal&DurationSeconds=900");
  EXPECT_THAT(asked.header("authorization"), HasSubstr("AKIASOURCE/20261128/eu-central-1/sts/aws4_request"));
  EXPECT_EQ(asked.header("x-amz-security-token"), "SOURCETOKEN");
}

TEST_F(Sts, GivesARoleForATokenWithoutASignature) {
  files["/token"] = "header.payload.signature\n";
  services.answer({.body = testing::sts_answer("AssumeRoleWithWebIdentity", "ASIAROLE", kEnd)});
  EXPECT_EQ(assume_with_token().value().access_key_id, "ASIAROLE");
  const testing::Question asked = services.questions()[0];
  EXPECT_EQ(asked.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&RoleSessionName=name"
            "&WebIdentityToken=header.payload.signature");
  EXPECT_EQ(asked.header("authorization"), "");
}

TEST_F(Sts, ReadsTheTokenAnewEachTime) {
  for (const std::string token : {"one", "two"}) {
    files["/token"] = token;
    services.answer({.body = testing::sts_answer("AssumeRoleWithWebIdentity", "ASIAROLE", kEnd)});
    ASSERT_TRUE(assume_with_token().ok());
    EXPECT_THAT(services.questions().back().body, HasSubstr("WebIdentityToken=" + token));
  }
}

TEST_F(Sts, NeedsAToken) {
  EXPECT_EQ(assume_with_token().error().code(), Code::unauthenticated);
  files["/token"] = "\n";
  EXPECT_EQ(assume_with_token().error().code(), Code::unauthenticated);
  EXPECT_TRUE(services.questions().empty());
}

TEST_F(Sts, IsAskedAgainWithANewSignatureWhenItIsBusy) {
  services.answer({.status = 503, .body = testing::sts_refusal("ServiceUnavailable", "")});
  services.answer({.status = 429, .headers = {{"retry-after", "1"}}});
  services.answer({.body = testing::sts_answer("AssumeRole", "ASIAROLE", kEnd)});
  EXPECT_TRUE(assume().ok());
  EXPECT_NE(services.questions()[1].header("x-amz-date"), services.questions()[2].header("x-amz-date"));
}

TEST_F(Sts, ExplainsARefusal) {
  services.answer({.status = 403, .body = testing::sts_refusal("AccessDenied", "User: arn:x is not authorized\n")});
  const auto result = assume();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::unauthenticated);
  EXPECT_EQ(result.error().message(),
            "role arn:aws:iam::1:role/a b: STS refuses: AccessDenied: User: arn:x is not authorized ");
  EXPECT_THAT(result.error().hint(), HasSubstr("trust policy"));
}

TEST_F(Sts, DoesNotRepeatATokenThatTheServerQuotes) {
  files["/token"] = "header.SECRETSECRET.signature";
  services.answer(
      {.status = 400, .body = testing::sts_refusal("ValidationError", "Value 'header.SECRETSECRET.sig' failed")});
  const auto result = assume_with_token();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("ValidationError"));
  EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
}

TEST_F(Sts, AnswerCutAnywhereOrDamagedIsReadOrRefused) {
  const std::string whole = testing::sts_answer("AssumeRole", "SECRET", kEnd);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto result = parse_sts_credentials(std::string_view(whole).substr(0, size), "AssumeRole");
    ASSERT_FALSE(result.ok()) << size;
    EXPECT_THAT(to_string(result.error()), Not(HasSubstr("SECRET")));
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    (void)parse_sts_credentials(damaged, "AssumeRole").ok();
    (void)parse_sts_refusal(damaged);
  }
}

TEST_F(Sts, AnswersNothingElse) {
  for (const char* xml :
       {"<html>SECRET</html>", "{}", "", "<AssumeRoleResponse/>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><AssumeRoleResponse>&e;</AssumeRoleResponse>"}) {
    const auto result = parse_sts_credentials(xml, "AssumeRole");
    ASSERT_FALSE(result.ok()) << xml;
    EXPECT_EQ(result.error().code(), Code::invalid);
  }
}

}  // namespace
}  // namespace salvor::s3
