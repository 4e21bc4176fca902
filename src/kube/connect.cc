#include "kube/connect.h"

#include "kube/credentials.h"
#include "kube/exec_plugin.h"
#include "kube/in_cluster.h"
#include "net/curl_client.h"

namespace salvor::kube {

namespace {

// "https://host:6443/prefix/" without the slash at the end.
std::string without_final_slash(std::string server) {
  while (server.ends_with('/')) server.pop_back();
  return server;
}

// Inline data, or the content of the file it stands for.
Result<std::string> data_or_file(const std::string& data, const std::string& path, const LocalFiles& files) {
  if (!data.empty() || path.empty()) return data;
  return files.read(path);
}

Result<> check_pem(const std::string& text, std::string_view marker, std::string_view what) {
  if (text.empty() || text.find(marker) != std::string::npos) return {};
  return Error(Code::invalid, std::string(what) + " is not in PEM form")
      .hint("PEM begins with a line \"-----BEGIN ...-----\"; inline data are the base64 of the whole PEM text.");
}

Result<net::ProxyChoice> proxy_of(const ClusterEntry& cluster, const net::Environment& environment) {
  if (!cluster.proxy_url.empty()) return net::ProxyChoice::fixed(cluster.proxy_url);
  return net::ProxyChoice::from_environment(environment);
}

Result<net::CurlClient::Options> client_options(const KubeconfigChoice& choice, const Surroundings& surroundings) {
  net::CurlClient::Options options;
  const ClusterEntry& cluster = choice.cluster;
  const UserEntry& user = choice.user;
  const LocalFiles& files = surroundings.files;
  options.tls.server_name = cluster.tls_server_name;
  options.tls.insecure = cluster.insecure_skip_tls_verify;
  options.tls.authorities = TRY(data_or_file(cluster.certificate_authority_data, cluster.certificate_authority, files)
                                    .context("certificate-authority"));
  options.identity.certificate =
      TRY(data_or_file(user.client_certificate_data, user.client_certificate, files).context("client-certificate"));
  options.identity.private_key = TRY(data_or_file(user.client_key_data, user.client_key, files).context("client-key"));
  TRY(check_pem(options.tls.authorities, "-----BEGIN CERTIFICATE-----", "the certificate authority"));
  TRY(check_pem(options.identity.certificate, "-----BEGIN CERTIFICATE-----", "the client certificate"));
  TRY(check_pem(options.identity.private_key, "PRIVATE KEY-----", "the client key"));
  options.proxy = TRY(proxy_of(cluster, surroundings.environment));
  return options;
}

std::unique_ptr<Authenticator> plugin_of(const KubeconfigChoice& choice, const std::string& authorities,
                                         net::CurlClient& http, const Surroundings& surroundings) {
  ExecPluginOptions options;
  options.exec = *choice.user.exec;
  if (options.exec.provide_cluster_info) options.cluster = plugin_cluster_info(choice.cluster, authorities);
  options.on_identity = [&http](net::TlsIdentity identity) { http.set_identity(std::move(identity)); };
  return exec_plugin(std::move(options), surroundings.clock);
}

// A token or password of the kubeconfig counts before a plugin.
std::unique_ptr<Authenticator> authenticator_of(const KubeconfigChoice& choice, const std::string& authorities,
                                                net::CurlClient& http, const Surroundings& surroundings) {
  const UserEntry& user = choice.user;
  if (!user.token_file.empty()) {
    return token_from_file(surroundings.files, user.token_file, user.token, surroundings.clock);
  }
  if (!user.token.empty()) return bearer_token(user.token);
  if (!user.username.empty() || !user.password.empty()) return basic_credentials(user.username, user.password);
  if (user.exec) return plugin_of(choice, authorities, http, surroundings);
  return no_credentials();
}

// A field name of HTTP allows fewer characters than a key of as-user-extra.
std::string header_name_part(const std::string& key) { return net::percent_encode(key, "!#$&'*+^`|"); }

std::vector<net::Header> impersonation_headers(Impersonation as, const ConnectOptions& options) {
  if (!options.as.empty()) as.user = options.as;
  if (!options.as_uid.empty()) as.uid = options.as_uid;
  if (!options.as_groups.empty()) as.groups = options.as_groups;
  std::vector<net::Header> headers;
  if (!as.user.empty()) headers.emplace_back("impersonate-user", as.user);
  if (!as.uid.empty()) headers.emplace_back("impersonate-uid", as.uid);
  for (const std::string& group : as.groups) headers.emplace_back("impersonate-group", group);
  for (const auto& [key, values] : as.extra) {
    for (const std::string& value : values) headers.emplace_back("impersonate-extra-" + header_name_part(key), value);
  }
  return headers;
}

Result<Connection> connect_by_kubeconfig(const KubeconfigChoice& choice, const ConnectOptions& options,
                                         const Surroundings& surroundings) {
  net::CurlClient::Options http_options = TRY(client_options(choice, surroundings));
  http_options.user_agent = options.user_agent;
  const std::string authorities = http_options.tls.authorities;
  auto http = std::make_unique<net::CurlClient>(std::move(http_options), surroundings.clock);
  Connection connection;
  connection.server = without_final_slash(choice.cluster.server);
  connection.authenticator = authenticator_of(choice, authorities, *http, surroundings);
  connection.http = std::move(http);
  connection.ns = choice.ns;
  connection.description = "context \"" + choice.context + "\" (" + connection.server + ")";
  connection.impersonation = impersonation_headers(choice.user.impersonate, options);
  return connection;
}

Result<Connection> connect_in_cluster(const ConnectOptions& options, const Surroundings& surroundings) {
  InClusterAccess access = TRY(in_cluster_access(surroundings.environment, surroundings.files));
  net::CurlClient::Options http;
  http.user_agent = options.user_agent;
  http.tls.authorities = std::move(access.authorities);
  http.proxy = TRY(net::ProxyChoice::from_environment(surroundings.environment));
  Connection connection;
  connection.server = access.server;
  connection.http = std::make_unique<net::CurlClient>(std::move(http), surroundings.clock);
  connection.authenticator = token_from_file(surroundings.files, access.token_file, {}, surroundings.clock);
  connection.ns = access.ns;
  connection.description = "this pod's service account (" + access.server + ")";
  connection.impersonation = impersonation_headers({}, options);
  return connection;
}

Result<> check_impersonation(const ConnectOptions& options, const Impersonation& configured) {
  if (!options.as.empty() || !configured.user.empty() || (options.as_uid.empty() && options.as_groups.empty()))
    return {};
  return Error(Code::invalid, "a group or uid to act as, but no user").hint("Give --as too.");
}

}  // namespace

Result<Connection> connect(const ConnectOptions& options, const Surroundings& surroundings) {
  const Kubeconfig config = TRY(load_kubeconfig(options.kubeconfig, surroundings.environment, surroundings.files));
  const bool names_context = !options.context.empty() || !config.current_context.empty();
  if (!names_context && options.kubeconfig.empty() &&
      in_cluster_possible(surroundings.environment, surroundings.files)) {
    TRY(check_impersonation(options, {}));
    return connect_in_cluster(options, surroundings);
  }
  if (config.empty() && options.context.empty()) {
    return Error(Code::not_found, "no cluster is configured")
        .hint("Set KUBECONFIG, give --kubeconfig, create ~/.kube/config, or run in a pod with a service account.");
  }
  const KubeconfigChoice choice = TRY(choose_context(config, options.context));
  TRY(check_impersonation(options, choice.user.impersonate));
  return connect_by_kubeconfig(choice, options, surroundings).context("context \"" + choice.context + "\"");
}

}  // namespace salvor::kube
