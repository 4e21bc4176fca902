#include "kube/connect.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "codec/base64.h"
#include "net/odd_server_testing.h"

namespace salvor::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const net::OddServer& server() {
  static const net::OddServer running;
  return running;
}

class ConnectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/salvor-connect-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    environment_["HOME"] = "/home/ann";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  static std::string config(const std::string& server, const std::string& user = "token: t",
                            const std::string& cluster = "") {
    return "current-context: c\nclusters: [{name: k, cluster: {server: '" + server + "'" + cluster +
           "}}]\nusers: [{name: u, user: {" + user +
           "}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}, "
           "{name: d, context: {cluster: k, user: u, namespace: team}}]\n";
  }
  void live_in_a_pod() {
    const std::string directory = "/var/run/secrets/kubernetes.io/serviceaccount/";
    write(directory + "token", "pod-token");
    write(directory + "ca.crt", server().file("authority"));
    write(directory + "namespace", "backup");
    environment_["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
    environment_["KUBERNETES_SERVICE_PORT"] = std::to_string(server().port("tls"));
  }
  Result<Connection> connected(const ConnectOptions& options = {}) {
    const net::Environment environment = [this](std::string_view name) {
      const auto found = environment_.find(std::string(name));
      return found == environment_.end() ? std::string() : found->second;
    };
    return connect(options, {environment, LocalFiles(root_), clock_});
  }
  std::string server_of(const ConnectOptions& options = {}) {
    const auto connection = connected(options);
    return connection.ok() ? connection->server : "ERROR " + to_string(connection.error());
  }
  // Asks the server's /echo with the connection's credentials.
  static Result<std::string> echo(Connection& connection) {
    net::HttpRequest request{.url = connection.server + "/echo", .headers = connection.impersonation};
    TRY(connection.authenticator->authenticate(request, {}));
    std::string body;
    TRY(connection.http->exchange(request, {},
                                  [&](std::string_view piece) -> Result<> {
                                    body.append(piece);
                                    return {};
                                  },
                                  {}));
    return body;
  }

  std::string root_;
  std::map<std::string, std::string> environment_;
  SystemClock clock_;
};

TEST_F(ConnectTest, ChoosesAsKubectlDoes) {
  live_in_a_pod();
  EXPECT_THAT(server_of(), HasSubstr("https://127.0.0.1:"));
  write("/home/ann/.kube/config", config("https://home"));
  EXPECT_EQ(server_of(), "https://home");
  write("/list", config("https://list/"));
  environment_["KUBECONFIG"] = "/list";
  EXPECT_EQ(server_of(), "https://list");
  write("/explicit", config("https://explicit:8443/prefix/"));
  EXPECT_EQ(server_of({.kubeconfig = "/explicit"}), "https://explicit:8443/prefix");
}

TEST_F(ConnectTest, AListOfMissingFilesLeavesThePod) {
  live_in_a_pod();
  write("/home/ann/.kube/config", config("https://home"));
  environment_["KUBECONFIG"] = "/gone";
  EXPECT_THAT(server_of(), HasSubstr("https://127.0.0.1:"));
}

TEST_F(ConnectTest, NeedsSomeConfiguration) {
  EXPECT_THAT(server_of(), HasSubstr("no cluster is configured\n"));
  EXPECT_THAT(server_of({.kubeconfig = "/gone"}), HasSubstr("cannot read /gone"));
}

TEST_F(ConnectTest, DescribesContextAndNamespace) {
  write("/home/ann/.kube/config", config("https://home"));
  const Connection current = connected().value();
  EXPECT_EQ(current.ns, "default");
  EXPECT_EQ(current.description, "context \"c\" (https://home)");
  EXPECT_EQ(connected({.context = "d"}).value().ns, "team");
}

TEST_F(ConnectTest, SpeaksFromAPod) {
  live_in_a_pod();
  Connection connection = connected().value();
  EXPECT_EQ(connection.ns, "backup");
  EXPECT_THAT(echo(connection).value(), HasSubstr("Bearer pod-token"));
}

TEST_F(ConnectTest, BracketsAnIPv6Service) {
  live_in_a_pod();
  environment_["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  environment_["KUBERNETES_SERVICE_PORT"] = "443";
  EXPECT_EQ(server_of(), "https://[fd00::1]:443");
}

TEST_F(ConnectTest, ShowsAClientCertificateFromFilesOrData) {
  write("/k/client.crt", server().file("client_certificate"));
  write("/k/client.key", server().file("client_key"));
  write("/k/ca.crt", server().file("authority"));
  const std::string files = "client-certificate: client.crt, client-key: /k/client.key";
  const std::string data = "client-certificate-data: " + codec::encode_base64(server().file("client_certificate")) +
                           ", client-key-data: " + codec::encode_base64(server().file("client_key"));
  for (const std::string& user : {files, data}) {
    write("/k/config", config(server().url("mutual"), user, ", certificate-authority: ca.crt"));
    Connection connection = connected({.kubeconfig = "/k/config"}).value();
    EXPECT_TRUE(echo(connection).ok());
  }
}

TEST_F(ConnectTest, ShowsACertificateThatAPluginGives) {
  std::string escaped;
  for (const char* name : {"client_certificate", "client_key"}) {
    std::string text = server().file(name);
    for (std::size_t at; (at = text.find('\n')) != std::string::npos;) text.replace(at, 1, "\\n");
    escaped += std::string(escaped.empty() ? "\"clientCertificateData\":\"" : ",\"clientKeyData\":\"") + text + "\"";
  }
  write("/k/out",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{)" + escaped + "}}");
  write("/k/ca.crt", server().file("authority"));
  write("/k/config", config(server().url("mutual"),
                            "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: cat, "
                            "args: [" +
                                root_ + "/k/out]}",
                            ", certificate-authority: ca.crt"));
  Connection connection = connected({.kubeconfig = "/k/config"}).value();
  const auto answer = echo(connection);
  EXPECT_TRUE(answer.ok()) << to_string(answer.error());
}

TEST_F(ConnectTest, ImpersonatesWithOverridesFirst) {
  write("/k/config", config("https://a", "token: t, as: bob, as-groups: [g, h], as-user-extra: {'a/b': [v]}"));
  EXPECT_THAT(connected({.kubeconfig = "/k/config"}).value().impersonation,
              ElementsAre(net::Header("impersonate-user", "bob"), net::Header("impersonate-group", "g"),
                          net::Header("impersonate-group", "h"), net::Header("impersonate-extra-a%2Fb", "v")));
  const auto overridden = connected({.kubeconfig = "/k/config", .as = "eve", .as_groups = {"x"}}).value();
  EXPECT_THAT(overridden.impersonation,
              ElementsAre(net::Header("impersonate-user", "eve"), net::Header("impersonate-group", "x"),
                          net::Header("impersonate-extra-a%2Fb", "v")));
  write("/k/config", config("https://a"));
  EXPECT_THAT(server_of({.kubeconfig = "/k/config", .as_groups = {"x"}}), HasSubstr("Give --as too"));
}

struct BadMaterial {
  std::string user, cluster, why;
};
class BadConnection : public ConnectTest, public ::testing::WithParamInterface<BadMaterial> {};

TEST_P(BadConnection, IsRefusedBeforeAnythingIsSent) {
  write("/k/config", config("https://a", GetParam().user, GetParam().cluster));
  const std::string error = server_of({.kubeconfig = "/k/config"});
  EXPECT_THAT(error, HasSubstr(GetParam().why));
  EXPECT_THAT(error, HasSubstr("context \"c\""));
  EXPECT_THAT(error, Not(HasSubstr("aHVudGVyMg")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadConnection,
    ::testing::Values(BadMaterial{"client-certificate: c, client-key: k", "", "client-certificate: cannot read /k/c"},
                      BadMaterial{"client-certificate-data: aHVudGVyMg==, client-key-data: aHVudGVyMg==", "",
                                  "the client certificate is not in PEM form"},
                      BadMaterial{"token: t", ", certificate-authority: gone",
                                  "certificate-authority: cannot read /k/gone"},
                      BadMaterial{"token: t", ", certificate-authority-data: aHVudGVyMg==", "is not in PEM form"}));

}  // namespace
}  // namespace salvor::kube
