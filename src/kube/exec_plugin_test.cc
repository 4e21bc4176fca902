#include "kube/exec_plugin.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "codec/json.h"

namespace salvor::kube {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kV1 = "client.authentication.k8s.io/v1";

class ExecPluginTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/salvor-plugin-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // A shell script that counts its runs in the file "runs" and then does `body`.
  std::unique_ptr<Authenticator> plugin(const std::string& body) {
    std::ofstream(directory_ + "/plugin") << "#!/bin/sh\nD=" + directory_ + "\necho run >> $D/runs\n" + body + "\n";
    chmod((directory_ + "/plugin").c_str(), 0700);
    options_.exec.command = directory_ + "/plugin";
    if (options_.exec.api_version.empty()) options_.exec.api_version = kV1;
    options_.on_identity = [this](net::TlsIdentity identity) { identities_.push_back(std::move(identity)); };
    return exec_plugin(options_, clock_);
  }
  static std::string print(const std::string& status, const std::string& version = kV1) {
    return "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + version + "\",\"status\":" + status + "}'";
  }
  static std::string authorization(Authenticator& authenticator) {
    net::HttpRequest request;
    if (Result<> done = authenticator.authenticate(request, {}); !done.ok()) return "ERROR " + to_string(done.error());
    return request.headers.empty() ? "none" : request.headers.front().second;
  }
  std::string text_of(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(directory_ + "/" + name).rdbuf();
    return text.str();
  }
  std::size_t runs() {
    const std::string text = text_of("runs");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  std::string directory_;
  FakeClock clock_{parse_rfc3339("2026-11-23T06:00:00Z").value()};
  ExecPluginOptions options_;
  std::vector<net::TlsIdentity> identities_;
};

TEST_F(ExecPluginTest, GivesATokenAndIsAskedOnce) {
  const auto token = plugin(print(R"({"token":"abc"})"));
  EXPECT_EQ(authorization(*token), "Bearer abc");
  EXPECT_EQ(authorization(*token), "Bearer abc");
  EXPECT_EQ(runs(), 1u);
}

TEST_F(ExecPluginTest, IsAskedAgainWhenItsTokenHasExpired) {
  const auto token =
      plugin("n=$(wc -l < $D/runs)\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + kV1 +
             "\",\"status\":{\"token\":\"'$n'\",\"expirationTimestamp\":\"2026-11-23T0'$((n + 6))':00:00Z\"}}'");
  EXPECT_EQ(authorization(*token), "Bearer 1");
  clock_.advance(std::chrono::minutes(59));
  EXPECT_EQ(authorization(*token), "Bearer 1");
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(authorization(*token), "Bearer 2");
}

TEST_F(ExecPluginTest, IsAskedAgainAfterARefusal) {
  const auto token = plugin("n=$(wc -l < $D/runs)\n" + print(R"({"token":"t'$n'"})"));
  EXPECT_EQ(authorization(*token), "Bearer t1");
  EXPECT_TRUE(token->refresh_after_unauthorized());
  EXPECT_EQ(authorization(*token), "Bearer t2");
}

TEST_F(ExecPluginTest, RunsOnceForManyThreads) {
  const auto token = plugin(print(R"({"token":"abc"})"));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_EQ(authorization(*token), "Bearer abc"); });
  threads.clear();
  EXPECT_EQ(runs(), 1u);
}

TEST_F(ExecPluginTest, HandsOnACertificateOnceUntilItChanges) {
  const auto both = plugin(print(R"({"token":"t","clientCertificateData":"CERT","clientKeyData":"KEY"})"));
  EXPECT_EQ(authorization(*both), "Bearer t");
  EXPECT_TRUE(both->refresh_after_unauthorized());
  EXPECT_EQ(authorization(*both), "Bearer t");
  ASSERT_EQ(identities_.size(), 1u);
  EXPECT_EQ(identities_[0], (net::TlsIdentity{"CERT", "KEY"}));
}

TEST_F(ExecPluginTest, GetsItsArgumentsVariablesAndTheCluster) {
  options_.exec.args = {"a b", "$HOME"};
  options_.exec.env = {{"EXTRA", "from the kubeconfig"}, {"PATH", "/usr/bin:/bin"}};
  ClusterEntry cluster{.server = "https://a:6443", .tls_server_name = "n", .plugin_config = R"({"x":[1]})"};
  options_.cluster = plugin_cluster_info(cluster, "hi");
  const auto token = plugin(
      "printf '%s|%s|%s' \"$1\" \"$2\" \"$EXTRA\" > $D/seen\nprintf '%s' \"$KUBERNETES_EXEC_INFO\" > "
      "$D/info\n" +
      print(R"({"token":"t"})"));
  EXPECT_EQ(authorization(*token), "Bearer t");
  EXPECT_EQ(text_of("seen"), "a b|$HOME|from the kubeconfig");
  EXPECT_EQ(Json::parse(text_of("info")),
            Json::parse(R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{
              "interactive":false,"cluster":{"server":"https://a:6443","tls-server-name":"n",
              "certificate-authority-data":"aGk=","config":{"x":[1]}}}})"));
}

TEST_F(ExecPluginTest, SpeaksV1beta1) {
  options_.exec.api_version = "client.authentication.k8s.io/v1beta1";
  EXPECT_EQ(authorization(*plugin(print(R"({"token":"t"})", options_.exec.api_version))), "Bearer t");
}

TEST_F(ExecPluginTest, AMissingProgramShowsItsInstallHint) {
  options_.exec.command = "no-such-credential-plugin";
  options_.exec.api_version = kV1;
  options_.exec.install_hint = "Install it from example.com.";
  EXPECT_EQ(authorization(*exec_plugin(options_, clock_)),
            "ERROR exec plugin \"no-such-credential-plugin\": there is no such program\nInstall it from example.com.");
}

TEST_F(ExecPluginTest, AFailureShowsTheEndOfItsErrorsAndNotItsOutput) {
  const std::string error = authorization(*plugin("echo s3cret\necho first >&2\necho session expired >&2\nexit 7"));
  EXPECT_THAT(error, HasSubstr("exit status 7: session expired"));
  EXPECT_THAT(error, Not(HasSubstr("s3cret")));
}

TEST_F(ExecPluginTest, StopsWhileThePluginHangs) {
  const auto token = plugin("mkfifo $D/never\necho up > $D/up\ncat $D/never");
  std::stop_source stop;
  std::jthread stopper([&] {
    while (!std::filesystem::exists(directory_ + "/up")) std::this_thread::yield();
    stop.request_stop();
  });
  net::HttpRequest request;
  EXPECT_EQ(token->authenticate(request, stop.get_token()).error().code(), Code::cancelled);
}

TEST_F(ExecPluginTest, DoesNotRunAPluginThatInsistsOnAUser) {
  options_.exec.interactive_mode = InteractiveMode::always;
  EXPECT_THAT(authorization(*plugin(print(R"({"token":"t"})"))), HasSubstr("insists on asking the user"));
  EXPECT_EQ(runs(), 0u);
}

TEST_F(ExecPluginTest, RefusesCredentialsThatHaveExpiredAlready) {
  const auto token = plugin(print(R"({"token":"t","expirationTimestamp":"2020-01-01T00:00:00Z"})"));
  EXPECT_THAT(authorization(*token), HasSubstr("have expired already"));
}

struct BadOutput {
  std::string output, why;
};
class BadExecCredential : public ::testing::TestWithParam<BadOutput> {};

TEST_P(BadExecCredential, IsRefusedWithoutRepeatingIt) {
  const auto credential = parse_exec_credential(GetParam().output, kV1);
  ASSERT_FALSE(credential.ok());
  EXPECT_THAT(credential.error().message(), HasSubstr(GetParam().why));
  EXPECT_THAT(to_string(credential.error()), Not(HasSubstr("s3cret")));
}

std::string credential_with(const std::string& status) {
  return R"({"kind":"ExecCredential","apiVersion":")" + kV1 + R"(","status":)" + status + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadExecCredential,
    ::testing::Values(BadOutput{"", "not a JSON object"}, BadOutput{"s3cret", "not a JSON object"},
                      BadOutput{"[]", "not a JSON object"}, BadOutput{"{}", "of another kind"},
                      BadOutput{R"({"kind":"ExecCredential","apiVersion":"s3cret"})", "of another version"},
                      BadOutput{credential_with("null"), "without status"},
                      BadOutput{credential_with("1"), "not a map"},
                      BadOutput{credential_with("{}"), "neither token nor certificate"},
                      BadOutput{credential_with(R"({"token":5})"), "token is not a string"},
                      BadOutput{credential_with(R"({"clientKeyData":"s3cret"})"), "without the other"},
                      BadOutput{credential_with(R"({"token":"s3cret","expirationTimestamp":"soon"})"),
                                "expirationTimestamp"}));

}  // namespace
}  // namespace salvor::kube
