#include "kube/kubeconfig.h"

#include <algorithm>
#include <set>

#include "codec/json_access.h"
#include "codec/yaml.h"
#include "kube/kubeconfig_fields.h"

namespace salvor::kube {

namespace {

constexpr codec::YamlLimits kLimits{.max_bytes = 16 << 20, .max_depth = 64, .max_values = 200'000};
constexpr std::string_view kPluginExtension = "client.authentication.k8s.io/exec";

std::string in_quotes(std::string_view name) { return '"' + std::string(name) + '"'; }

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

// A path in the file at `origin`, made independent of it.
std::string resolved(const std::string& path, const std::string& origin) {
  if (path.empty() || path.starts_with('/')) return path;
  const std::string directory = directory_of(origin);
  return (directory == "/" ? "" : directory) + "/" + path;
}

Result<ClusterEntry> read_cluster(const Fields& fields, const std::string& origin) {
  ClusterEntry cluster;
  cluster.server = TRY(fields.text("server"));
  cluster.tls_server_name = TRY(fields.text("tls-server-name"));
  cluster.insecure_skip_tls_verify = TRY(fields.flag("insecure-skip-tls-verify"));
  cluster.certificate_authority = resolved(TRY(fields.text("certificate-authority")), origin);
  cluster.certificate_authority_data = TRY(fields.bytes("certificate-authority-data"));
  cluster.proxy_url = TRY(fields.text("proxy-url"));
  cluster.disable_compression = TRY(fields.flag("disable-compression"));
  for (const Json& extension : TRY(fields.list("extensions"))) {
    if (codec::text_member(extension, "name") != kPluginExtension) continue;
    if (const Json* config = codec::member(extension, "extension")) cluster.plugin_config = codec::dump_json(*config);
  }
  return cluster;
}

Result<InteractiveMode> read_interactive_mode(const Fields& fields) {
  const std::string text = TRY(fields.text("interactiveMode"));
  if (text.empty()) return InteractiveMode::unset;
  if (text == "Never") return InteractiveMode::never;
  if (text == "IfAvailable") return InteractiveMode::if_available;
  if (text == "Always") return InteractiveMode::always;
  return fields.wrong("interactiveMode", "is none of Never, IfAvailable, Always");
}

Result<ExecEntry> read_exec(const Fields& fields, const std::string& origin) {
  ExecEntry exec;
  exec.api_version = TRY(fields.text("apiVersion"));
  exec.command = TRY(fields.text("command"));
  if (exec.command.find('/') != std::string::npos) exec.command = resolved(exec.command, origin);
  exec.args = TRY(fields.texts("args"));
  exec.install_hint = TRY(fields.text("installHint"));
  exec.provide_cluster_info = TRY(fields.flag("provideClusterInfo"));
  exec.interactive_mode = TRY(read_interactive_mode(fields));
  for (const Json& variable : TRY(fields.list("env"))) {
    const Fields pair(variable, fields.where() + ": env");
    exec.env.emplace_back(TRY(pair.text("name")), TRY(pair.text("value")));
  }
  return exec;
}

Result<Impersonation> read_impersonation(const Fields& fields) {
  Impersonation as;
  as.user = TRY(fields.text("as"));
  as.uid = TRY(fields.text("as-uid"));
  as.groups = TRY(fields.texts("as-groups"));
  const Json extra = TRY(fields.object("as-user-extra"));
  const Fields keys(extra, fields.where() + ": as-user-extra");
  for (const auto& [key, values] : extra.items()) as.extra[key] = TRY(keys.texts(key));
  return as;
}

Result<UserEntry> read_user(const Fields& fields, const std::string& origin) {
  UserEntry user;
  user.client_certificate = resolved(TRY(fields.text("client-certificate")), origin);
  user.client_certificate_data = TRY(fields.bytes("client-certificate-data"));
  user.client_key = resolved(TRY(fields.text("client-key")), origin);
  user.client_key_data = TRY(fields.bytes("client-key-data"));
  user.token = TRY(fields.text("token"));
  user.token_file = resolved(TRY(fields.text("tokenFile")), origin);
  user.username = TRY(fields.text("username"));
  user.password = TRY(fields.text("password"));
  user.impersonate = TRY(read_impersonation(fields));
  if (const Json exec = TRY(fields.object("exec")); !exec.is_null()) {
    user.exec = TRY(read_exec(Fields(exec, fields.where() + ": exec"), origin));
  }
  if (const Json provider = TRY(fields.object("auth-provider")); !provider.is_null()) {
    user.auth_provider = TRY(Fields(provider, fields.where() + ": auth-provider").text("name"));
    if (user.auth_provider.empty()) user.auth_provider = "without a name";
  }
  return user;
}

Result<ContextEntry> read_context(const Fields& fields, const std::string&) {
  return ContextEntry{TRY(fields.text("cluster")), TRY(fields.text("user")), TRY(fields.text("namespace"))};
}

// "clusters: [{name: a, cluster: {...}}, ...]"
template <class Entry>
Result<> read_named(const Fields& file, std::string_view list, std::string_view member, const std::string& origin,
                    Result<Entry> (*read)(const Fields&, const std::string&), std::map<std::string, Entry>& into) {
  for (const Json& item : TRY(file.list(list))) {
    if (!item.is_object()) return file.wrong(list, "holds something that is not a map");
    const Fields named(item, file.where() + ": " + std::string(list));
    const std::string name = TRY(named.text("name"));
    const Json body = TRY(named.object(member));
    Entry entry = TRY(read(Fields(body, file.where() + ": " + std::string(member) + " " + in_quotes(name)), origin));
    if (!into.emplace(name, std::move(entry)).second) {
      return file.wrong(list, "has two entries with the name " + in_quotes(name)).hint("Rename or remove one of them.");
    }
  }
  return {};
}

Result<> check_kind(const Fields& fields) {
  const std::string kind = TRY(fields.text("kind"));
  const std::string version = TRY(fields.text("apiVersion"));
  if ((kind.empty() || kind == "Config") && (version.empty() || version == "v1")) return {};
  return Error(Code::invalid, fields.where() + ": it is a " + in_quotes(version + " " + kind) + ", not a \"v1 Config\"")
      .hint("Is this file really a kubeconfig?");
}

template <class Map>
std::string names_of(const Map& map) {
  std::string names;
  for (const auto& [name, entry] : map) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "none" : names;
}

Error contradiction(const std::string& where, std::string_view a, std::string_view b) {
  return Error(Code::invalid, where + ": both " + std::string(a) + " and " + std::string(b) + " are set")
      .hint("Remove one of the two.");
}

Result<> check_cluster(const std::string& name, const ClusterEntry& cluster) {
  const std::string where = "kubeconfig: cluster " + in_quotes(name);
  if (cluster.server.empty()) {
    return Error(Code::invalid, where + " has no server").hint("Set it: kubectl config set-cluster NAME --server=URL");
  }
  TRY(net::parse_url(cluster.server).context(where + ": server"));
  if (!cluster.proxy_url.empty()) TRY(net::ProxyChoice::fixed(cluster.proxy_url).context(where + ": proxy-url"));
  const bool has_path = !cluster.certificate_authority.empty(), has_data = !cluster.certificate_authority_data.empty();
  if (has_path && has_data) return contradiction(where, "certificate-authority", "certificate-authority-data");
  if (cluster.insecure_skip_tls_verify && (has_path || has_data)) {
    return contradiction(where, "insecure-skip-tls-verify", "a certificate authority");
  }
  return {};
}

Result<> check_certificate(const std::string& where, const UserEntry& user) {
  const bool certificate = !user.client_certificate.empty(), certificate_data = !user.client_certificate_data.empty();
  const bool key = !user.client_key.empty(), key_data = !user.client_key_data.empty();
  if (certificate && certificate_data) return contradiction(where, "client-certificate", "client-certificate-data");
  if (key && key_data) return contradiction(where, "client-key", "client-key-data");
  if ((certificate || certificate_data) != (key || key_data)) {
    return Error(Code::invalid, where + (key || key_data ? " has a client key without its certificate"
                                                         : " has a client certificate without its key"))
        .hint("Set both client-certificate and client-key, as files or as data.");
  }
  return {};
}

Result<> check_exec(const std::string& where, const ExecEntry& exec) {
  const auto missing = [&](std::string_view field) {
    return Error(Code::invalid, where + ": exec: " + std::string(field) + " is not set");
  };
  if (exec.command.empty()) return missing("command");
  if (exec.api_version.empty()) return missing("apiVersion");
  for (const auto& [name, value] : exec.env) {
    if (name.empty()) return missing("the name of a variable in env");
  }
  if (exec.api_version == "client.authentication.k8s.io/v1") {
    if (exec.interactive_mode == InteractiveMode::unset) return missing("interactiveMode");
    return {};
  }
  if (exec.api_version == "client.authentication.k8s.io/v1beta1") return {};
  return Error(Code::unsupported, where + ": exec: apiVersion " + in_quotes(exec.api_version) + " is not supported")
      .hint("Use a version of the plugin that speaks client.authentication.k8s.io/v1 or v1beta1.");
}

Result<> check_user(const std::string& name, const UserEntry& user) {
  const std::string where = "kubeconfig: user " + in_quotes(name);
  if (!user.auth_provider.empty()) {
    return Error(Code::unsupported, where + ": auth-provider (" + user.auth_provider + ") is not supported")
        .hint("Kubernetes replaced auth-provider by exec plugins; ask your provider for a new kubeconfig.");
  }
  TRY(check_certificate(where, user));
  const bool has_basic = !user.username.empty() || !user.password.empty();
  if (has_basic && !(user.token.empty() && user.token_file.empty())) {
    return contradiction(where, "a token", "username/password");
  }
  if (user.exec) TRY(check_exec(where, *user.exec));
  const Impersonation& as = user.impersonate;
  if (as.user.empty() && !(as.uid.empty() && as.groups.empty() && as.extra.empty())) {
    return Error(Code::invalid, where + ": as-uid, as-groups or as-user-extra without as").hint("Set \"as\" too.");
  }
  return {};
}

}  // namespace

Result<Kubeconfig> parse_kubeconfig(std::string_view text, const std::string& path) {
  const std::string where = "kubeconfig " + path;
  const Json file = TRY(codec::parse_yaml(text, kLimits).context(where));
  Kubeconfig config;
  if (file.is_null()) return config;
  if (!file.is_object()) return Error(Code::invalid, where + ": not a map").hint("Is this file really a kubeconfig?");
  const Fields fields(file, where);
  TRY(check_kind(fields));
  TRY(read_named(fields, "clusters", "cluster", path, &read_cluster, config.clusters));
  TRY(read_named(fields, "users", "user", path, &read_user, config.users));
  TRY(read_named(fields, "contexts", "context", path, &read_context, config.contexts));
  config.current_context = TRY(fields.text("current-context"));
  return config;
}

void merge_kubeconfig(Kubeconfig& into, Kubeconfig&& later) {
  into.clusters.merge(later.clusters);
  into.users.merge(later.users);
  into.contexts.merge(later.contexts);
  if (into.current_context.empty()) into.current_context = std::move(later.current_context);
}

std::vector<std::string> kubeconfig_paths(const std::string& explicit_path, const net::Environment& environment) {
  if (!explicit_path.empty()) return {explicit_path};
  const std::string list = environment("KUBECONFIG");
  if (list.empty()) {
    const std::string home = environment("HOME");
    return home.empty() ? std::vector<std::string>() : std::vector{home + "/.kube/config"};
  }
  std::vector<std::string> paths;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(':', start), list.size());
    const std::string path = list.substr(start, end - start);
    if (!path.empty() && std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    start = end + 1;
  }
  return paths;
}

Result<Kubeconfig> load_kubeconfig(const std::string& explicit_path, const net::Environment& environment,
                                   const LocalFiles& files) {
  Kubeconfig all;
  for (const std::string& path : kubeconfig_paths(explicit_path, environment)) {
    Result<std::string> text = files.read(path);
    if (!text.ok() && text.error().code() == Code::not_found && explicit_path.empty()) continue;
    if (!text.ok()) return std::move(text).error().context("kubeconfig");
    merge_kubeconfig(all, TRY(parse_kubeconfig(*text, path)));
  }
  return all;
}

Result<KubeconfigChoice> choose_context(const Kubeconfig& config, const std::string& override_name) {
  KubeconfigChoice choice;
  choice.context = override_name.empty() ? config.current_context : override_name;
  if (choice.context.empty()) {
    return Error(Code::not_found, "kubeconfig: no context is chosen")
        .hint("Choose one with --context or kubectl config use-context; there are: " + names_of(config.contexts));
  }
  const auto context = config.contexts.find(choice.context);
  if (context == config.contexts.end()) {
    return Error(Code::not_found, "kubeconfig: context " + in_quotes(choice.context) + " does not exist")
        .hint("There are: " + names_of(config.contexts));
  }
  const auto& [cluster_name, user_name, ns] = context->second;
  const auto cluster = config.clusters.find(cluster_name);
  if (cluster == config.clusters.end()) {
    return Error(Code::not_found, "kubeconfig: context " + in_quotes(choice.context) + " names cluster " +
                                      in_quotes(cluster_name) + ", which does not exist")
        .hint("There are: " + names_of(config.clusters));
  }
  choice.cluster = cluster->second;
  if (!user_name.empty()) {
    const auto user = config.users.find(user_name);
    if (user == config.users.end()) {
      return Error(Code::not_found, "kubeconfig: context " + in_quotes(choice.context) + " names user " +
                                        in_quotes(user_name) + ", which does not exist")
          .hint("There are: " + names_of(config.users));
    }
    choice.user = user->second;
  }
  choice.ns = ns.empty() ? "default" : ns;
  TRY(check_cluster(cluster_name, choice.cluster));
  TRY(check_user(user_name, choice.user));
  return choice;
}

}  // namespace salvor::kube
