#include "kube/kubeconfig.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/source_directory_testing.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "os/process.h"

namespace salvor::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const net::Environment kNothing = [](std::string_view) { return std::string(); };

Kubeconfig parsed(const std::string& text) {
  Result<Kubeconfig> config = parse_kubeconfig(text, "/home/ann/.kube/config");
  if (!config.ok()) {
    ADD_FAILURE() << to_string(config.error()) << "\n" << text;
    return {};
  }
  return std::move(*config);
}

// One context "c" of cluster "k" and user "u" with these fields.
std::string config_with(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: k, cluster: {" + cluster +
         "}}]\nusers: [{name: u, user: {" + user + "}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n";
}

TEST(Kubeconfig, ReadsEveryField) {
  const Kubeconfig config = parsed(config_with(
      "server: https://a:1, tls-server-name: sn, certificate-authority-data: aGk=, proxy-url: 'socks5://p:1', "
      "extensions: [{name: client.authentication.k8s.io/exec, extension: {x: 1}}, {name: other, extension: 2}]",
      "token: t, tokenFile: tok, as: bob, as-uid: '7', as-groups: [g, h], as-user-extra: {k: [v, w]}"));
  ASSERT_TRUE(config.clusters.contains("k"));
  const ClusterEntry& cluster = config.clusters.at("k");
  EXPECT_EQ(cluster.server, "https://a:1");
  EXPECT_EQ(cluster.tls_server_name, "sn");
  EXPECT_EQ(cluster.certificate_authority_data, "hi");
  EXPECT_EQ(cluster.proxy_url, "socks5://p:1");
  EXPECT_EQ(cluster.plugin_config, R"({"x":1})");
  const UserEntry& user = config.users.at("u");
  EXPECT_EQ(user.token, "t");
  EXPECT_EQ(user.token_file, "/home/ann/.kube/tok");
  EXPECT_EQ(user.impersonate.user, "bob");
  EXPECT_EQ(user.impersonate.uid, "7");
  EXPECT_THAT(user.impersonate.groups, ElementsAre("g", "h"));
  EXPECT_THAT(user.impersonate.extra.at("k"), ElementsAre("v", "w"));
  EXPECT_EQ(config.current_context, "c");
}

TEST(Kubeconfig, ReadsAPlugin) {
  const Kubeconfig config =
      parsed(config_with("server: https://a",
                         "exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login, args: [a, '1'], env: "
                         "[{name: NAME, value: V}], "
                         "installHint: get it, provideClusterInfo: true, interactiveMode: Never}"));
  const ExecEntry& exec = *config.users.at("u").exec;
  EXPECT_EQ(exec.command, "/home/ann/.kube/bin/login");
  EXPECT_THAT(exec.args, ElementsAre("a", "1"));
  EXPECT_THAT(exec.env, ElementsAre(std::pair<std::string, std::string>("NAME", "V")));
  EXPECT_EQ(exec.install_hint, "get it");
  EXPECT_TRUE(exec.provide_cluster_info);
  EXPECT_EQ(exec.interactive_mode, InteractiveMode::never);
  EXPECT_TRUE(choose_context(config, "").ok());
}

TEST(Kubeconfig, APluginWithoutASlashIsLookedUpInPath) {
  const Kubeconfig config = parsed(config_with("server: https://a", "exec: {apiVersion: v, command: login}"));
  EXPECT_EQ(config.users.at("u").exec->command, "login");
}

TEST(Kubeconfig, AnEmptyFileIsAnEmptyConfiguration) {
  EXPECT_TRUE(parsed("").empty());
  EXPECT_TRUE(parsed("# nothing yet\n").empty());
}

TEST(Kubeconfig, ExplicitPathThenListThenHome) {
  const net::Environment both = [](std::string_view name) -> std::string {
    if (name == "KUBECONFIG") return "/a:b::/a:/c";
    return name == "HOME" ? "/home/ann" : "";
  };
  EXPECT_THAT(kubeconfig_paths("/x", both), ElementsAre("/x"));
  EXPECT_THAT(kubeconfig_paths("", both), ElementsAre("/a", "b", "/c"));
  const net::Environment home = [](std::string_view name) { return std::string(name == "HOME" ? "/home/ann" : ""); };
  EXPECT_THAT(kubeconfig_paths("", home), ElementsAre("/home/ann/.kube/config"));
  EXPECT_THAT(kubeconfig_paths("", kNothing), ElementsAre());
}

struct BadFile {
  std::string text, why;
};
class BadKubeconfig : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadKubeconfig, IsRefusedWithFileAndFieldButNoSecret) {
  const auto config = parse_kubeconfig(GetParam().text, "/k/config");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().code(), Code::invalid);
  EXPECT_THAT(config.error().message(), HasSubstr(GetParam().why));
  EXPECT_THAT(config.error().message(), HasSubstr("/k/config"));
  EXPECT_THAT(to_string(config.error()), Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadKubeconfig,
    ::testing::Values(BadFile{"a: [", "line 1"}, BadFile{"just text", "not a map"},
                      BadFile{"kind: Pod\napiVersion: v1\n", "v1 Pod"},
                      BadFile{"clusters: {}", "clusters is not a list"},
                      BadFile{"clusters: [7]", "clusters holds something that is not a map"},
                      BadFile{"users: [{name: u}, {name: u}]", "users has two entries with the name \"u\""},
                      BadFile{config_with("server: 12", ""), "cluster \"k\": server is not a string"},
                      BadFile{config_with("insecure-skip-tls-verify: maybe", ""), "insecure-skip-tls-verify"},
                      BadFile{config_with("certificate-authority-data: '*hunter2'", ""),
                              "cluster \"k\": certificate-authority-data: not base64"},
                      BadFile{config_with("", "token: [hunter2]"), "user \"u\": token is not a string"},
                      BadFile{config_with("", "as-groups: [1]"), "as-groups"},
                      BadFile{config_with("", "as-user-extra: {k: v}"), "as-user-extra"},
                      BadFile{config_with("", "exec: {interactiveMode: Sometimes}"), "interactiveMode"}));

struct BadChoice {
  std::string cluster, user, why;
};
class BadContext : public ::testing::TestWithParam<BadChoice> {};

TEST_P(BadContext, IsRefusedWithAHint) {
  const auto choice = choose_context(parsed(config_with(GetParam().cluster, GetParam().user)), "");
  ASSERT_FALSE(choice.ok());
  EXPECT_THAT(choice.error().message(), HasSubstr(GetParam().why));
  EXPECT_THAT(to_string(choice.error()), Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadContext,
    ::testing::Values(
        BadChoice{"", "", "cluster \"k\" has no server"}, BadChoice{"server: 'a b'", "", "server: not a URL"},
        BadChoice{"server: https://a, proxy-url: 'http://u:hunter2@:1'", "", "proxy-url: not a URL"},
        BadChoice{"server: https://a, certificate-authority: x, certificate-authority-data: aGk=", "", "both"},
        BadChoice{"server: https://a, certificate-authority: x, insecure-skip-tls-verify: true", "", "both"},
        BadChoice{"server: https://a", "client-certificate: x", "certificate without its key"},
        BadChoice{"server: https://a", "client-key-data: aGk=", "key without its certificate"},
        BadChoice{"server: https://a", "client-certificate: x, client-certificate-data: aGk=, client-key: z", "both"},
        BadChoice{"server: https://a", "token: hunter2, username: ann", "both a token and username/password"},
        BadChoice{"server: https://a", "auth-provider: {name: gcp}", "auth-provider (gcp) is not supported"},
        BadChoice{"server: https://a", "as-groups: [g]", "without as"},
        BadChoice{"server: https://a", "exec: {apiVersion: client.authentication.k8s.io/v1}", "command is not set"},
        BadChoice{"server: https://a", "exec: {command: x}", "apiVersion is not set"},
        BadChoice{"server: https://a", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}",
                  "interactiveMode is not set"},
        BadChoice{"server: https://a", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}",
                  "not supported"}));

TEST(Kubeconfig, MissingNamesAreNotFoundAndTheHintListsWhatThereIs) {
  Kubeconfig config = parsed(config_with("server: https://a", "token: t"));
  EXPECT_THAT(choose_context(config, "nope").error().hint(), HasSubstr("There are: c"));
  EXPECT_EQ(choose_context(config, "nope").error().code(), Code::not_found);
  config.current_context.clear();
  EXPECT_THAT(choose_context(config, "").error().message(), HasSubstr("no context is chosen"));
  config.contexts["c"].user = "gone";
  EXPECT_THAT(choose_context(config, "c").error().message(), HasSubstr("user \"gone\""));
  config.contexts["c"].cluster = "gone";
  EXPECT_THAT(choose_context(config, "c").error().message(), HasSubstr("cluster \"gone\""));
}

// The oracle: what `kubectl config view --raw` makes of the same list of files.
class KubectlMerge : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/salvor-kubeconfig-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    os::Command find{
        source_directory() + "/tools/peers/build", {"--print", "kubectl"}, os::inherited_environment(), {}};
    const auto found = os::run_process(find, {});
    if (!found.ok() || !found->succeeded()) GTEST_SKIP() << "kubectl is not built; tools/peers/build kubernetes";
    kubectl_ = found->output.substr(0, found->output.find('\n'));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / name) << text;
    return (directory_ / name).string();
  }
  // Null when kubectl refuses the files.
  Json theirs(const std::string& list) {
    std::vector<std::string> environment{"KUBECONFIG=" + list, "HOME=" + directory_.string()};
    const auto end =
        os::run_process({kubectl_, {"config", "view", "--raw", "--flatten", "-o", "json"}, environment, {}}, {});
    return end.ok() && end->succeeded() ? Json::parse(end->output) : Json();
  }
  Result<Kubeconfig> ours(const std::string& list) {
    return load_kubeconfig(
        "", [&](std::string_view name) { return name == "KUBECONFIG" ? list : std::string(); }, LocalFiles());
  }
  // `--flatten` puts the content in place of a path, which shows that we look for the file in the same place.
  static std::string content(const std::string& path, const std::string& data) {
    return codec::encode_base64(path.empty() ? data : LocalFiles().read(path).value());
  }
  // kubectl prints these two as they stand in the file.
  static std::string last_part(const std::string& path) { return std::filesystem::path(path).filename().string(); }
  // The parts of our configuration in the form of `config view`.
  static Json as_view(const Kubeconfig& config) {
    Json view{{"clusters", Json::array()}, {"users", Json::array()}, {"contexts", Json::array()}};
    for (const auto& [name, cluster] : config.clusters) {
      view["clusters"].push_back({{"name", name},
                                  {"server", cluster.server},
                                  {"ca", content(cluster.certificate_authority, cluster.certificate_authority_data)}});
    }
    for (const auto& [name, user] : config.users) {
      view["users"].push_back({{"name", name},
                               {"token", user.token},
                               {"file", last_part(user.token_file)},
                               {"key", content(user.client_key, user.client_key_data)},
                               {"command", last_part(user.exec ? user.exec->command : "")}});
    }
    for (const auto& [name, context] : config.contexts) {
      view["contexts"].push_back(
          {{"name", name}, {"cluster", context.cluster}, {"user", context.user}, {"ns", context.ns}});
    }
    view["current"] = config.current_context;
    return view;
  }
  static Json as_view(const Json& theirs) {
    Json view{{"clusters", Json::array()}, {"users", Json::array()}, {"contexts", Json::array()}};
    const auto each = [&](const char* list) { return theirs.at(list).is_null() ? Json::array() : theirs.at(list); };
    for (const Json& item : each("clusters")) {
      const Json& c = item.at("cluster");
      view["clusters"].push_back({{"name", item.at("name")},
                                  {"server", c.value("server", "")},
                                  {"ca", c.value("certificate-authority-data", "")}});
    }
    for (const Json& item : each("users")) {
      const Json& u = item.at("user");
      view["users"].push_back({{"name", item.at("name")},
                               {"token", u.value("token", "")},
                               {"file", last_part(u.value("tokenFile", ""))},
                               {"key", u.value("client-key-data", "")},
                               {"command", last_part(u.value("exec", Json::object()).value("command", ""))}});
    }
    for (const Json& item : each("contexts")) {
      const Json& c = item.at("context");
      view["contexts"].push_back({{"name", item.at("name")},
                                  {"cluster", c.value("cluster", "")},
                                  {"user", c.value("user", "")},
                                  {"ns", c.value("namespace", "")}});
    }
    view["current"] = theirs.value("current-context", "");
    return view;
  }

  std::filesystem::path directory_;
  std::string kubectl_;
};

TEST_F(KubectlMerge, AgreesOnListsOfFiles) {
  write("one/ca.crt", "authority of the first");
  write("two/ca2", "authority of the second");
  write("keys/k", "a key");
  const std::string first = write("one/a", config_with("server: https://first, certificate-authority: ca.crt",
                                                       "token: first, client-key: ../keys/k, tokenFile: ./t"));
  const std::string second = write(
      "two/b",
      "current-context: other\nclusters: [{name: k, cluster: {server: https://second, certificate-authority-data: "
      "aGk=}}, "
      "{name: only-b, cluster: {server: https://b, certificate-authority: ../one/../two/./ca2}}]\nusers: [{name: u, "
      "user: "
      "{tokenFile: x}}, "
      "{name: v, user: {exec: {command: ./plug, apiVersion: client.authentication.k8s.io/v1beta1}}}]\n"
      "contexts: [{name: c, context: {cluster: only-b, namespace: team}}, {name: other, context: {cluster: k}}]\n");
  const std::string third = write("c", "contexts: [{name: third, context: {cluster: k, user: v, namespace: ns}}]\n");
  const std::string empty = write("d", "");
  const std::string missing = (directory_ / "gone").string();
  for (const std::vector<std::string>& files : std::vector<std::vector<std::string>>{{first, second, third},
                                                                                     {second, first},
                                                                                     {third, second},
                                                                                     {missing, third, first, missing},
                                                                                     {"", empty, first, "", first},
                                                                                     {third}}) {
    std::string list;
    for (const std::string& file : files) list += (list.empty() ? "" : ":") + file;
    const Json expected = theirs(list);
    ASSERT_FALSE(expected.is_null()) << list;
    const auto config = ours(list);
    ASSERT_TRUE(config.ok()) << to_string(config.error());
    EXPECT_EQ(as_view(*config), as_view(expected)) << list;
  }
}

TEST_F(KubectlMerge, AgreesOnWhatIsNoKubeconfig) {
  const std::vector<std::string> texts{"clusters: {}\n",
                                       "users: [{name: u}, {name: u}]\n",
                                       "kind: Pod\napiVersion: v1\n",
                                       "apiVersion: v2\nkind: Config\n",
                                       config_with("server: 12", ""),
                                       config_with("server: https://a, certificate-authority-data: '*'", ""),
                                       config_with("", "token: [a]"),
                                       config_with("", "unknown: field"),
                                       "a: [\n",
                                       "clusters: null\n",
                                       "{\"clusters\": [{\"name\": \"k\", \"cluster\": {\"server\": \"https://a\"}}]}",
                                       config_with("insecure-skip-tls-verify: yes", "")};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string path = write(std::to_string(i), texts[i]);
    EXPECT_EQ(ours(path).ok(), !theirs(path).is_null()) << texts[i];
  }
}

}  // namespace
}  // namespace salvor::kube
