#include "kube/exec_plugin.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include "codec/base64.h"
#include "codec/json_access.h"
#include "kube/kubeconfig_fields.h"
#include "os/process.h"

namespace salvor::kube {

namespace {

constexpr std::chrono::minutes kTimeout{5};
constexpr std::size_t kLongestReason = 300;

std::string exec_info(const ExecPluginOptions& options) {
  Json spec{{"interactive", false}};
  if (!options.cluster.empty()) spec["cluster"] = Json::parse(options.cluster);
  return codec::dump_json({{"kind", "ExecCredential"}, {"apiVersion", options.exec.api_version}, {"spec", spec}});
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  text = text.substr(text.rfind('\n') + 1);
  std::string line(text.substr(0, kLongestReason));
  std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

class ExecPlugin final : public Authenticator {
 public:
  ExecPlugin(ExecPluginOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {}

  Result<> authenticate(net::HttpRequest& request, std::stop_token stop) override {
    std::unique_lock hold(mutex_);
    while (!is_usable()) {
      if (!running_) {
        TRY(refresh(hold, stop));
      } else if (!changed_.wait(hold, stop, [this] { return !running_; })) {
        return Error(Code::cancelled, "stopped while waiting for credentials");
      }
    }
    if (!credential_->token.empty()) request.headers.emplace_back("authorization", "Bearer " + credential_->token);
    return {};
  }

  bool refresh_after_unauthorized() override {
    std::lock_guard hold(mutex_);
    if (!running_) credential_.reset();
    return true;
  }

 private:
  bool is_usable() const { return credential_ && (!credential_->expires || clock_.now() < *credential_->expires); }

  // Runs the plugin with the lock given up meanwhile; `running_` keeps others from doing the same.
  Result<> refresh(std::unique_lock<std::mutex>& hold, std::stop_token stop) {
    running_ = true;
    hold.unlock();
    Result<ExecCredential> fresh = run(stop);
    hold.lock();
    running_ = false;
    changed_.notify_all();
    credential_.reset();
    if (!fresh.ok()) return std::move(fresh).error().context("exec plugin \"" + options_.exec.command + "\"");
    if (fresh->expires && *fresh->expires <= clock_.now()) {
      return Error(Code::unauthenticated,
                   "exec plugin \"" + options_.exec.command + "\": it gave credentials that have expired already")
          .hint("Log in again with the plugin's own program, and check this machine's clock.");
    }
    credential_ = std::move(*fresh);
    if (options_.on_identity && !(credential_->identity == identity_)) options_.on_identity(credential_->identity);
    identity_ = credential_->identity;
    return {};
  }

  Result<ExecCredential> run(std::stop_token stop) const {
    const ExecEntry& exec = options_.exec;
    if (exec.interactive_mode == InteractiveMode::always) {
      return Error(Code::unsupported, "it insists on asking the user (interactiveMode Always)")
          .hint("Log in with the plugin's own program first and set interactiveMode to IfAvailable.");
    }
    os::Command command{exec.command, exec.args, environment(), {}, kTimeout};
    Result<os::ProcessResult> end = os::run_process(command, stop);
    if (!end.ok() && end.error().code() == Code::not_found) {
      return Error(Code::unauthenticated, "there is no such program")
          .hint(exec.install_hint.empty() ? "Install it, or put its directory into PATH." : exec.install_hint);
    }
    if (!end.ok()) return std::move(end).error();
    if (!end->succeeded()) {
      const std::string last = last_line(end->errors);
      return Error(Code::unauthenticated,
                   "it ended with exit status " + std::to_string(end->exit_code) + (last.empty() ? "" : ": " + last))
          .hint("Run the plugin by hand; you may have to log in again.");
    }
    return parse_exec_credential(end->output, exec.api_version);
  }

  std::vector<std::string> environment() const {
    std::vector<std::string> variables;
    std::set<std::string> own{"KUBERNETES_EXEC_INFO"};
    for (const auto& [name, value] : options_.exec.env) {
      own.insert(name);
      variables.push_back(name + "=" + value);
    }
    for (std::string& variable : os::inherited_environment()) {
      if (!own.contains(variable.substr(0, variable.find('=')))) variables.push_back(std::move(variable));
    }
    variables.push_back("KUBERNETES_EXEC_INFO=" + exec_info(options_));
    return variables;
  }

  const ExecPluginOptions options_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool running_ = false;
  std::optional<ExecCredential> credential_;
  net::TlsIdentity identity_;
};

}  // namespace

std::unique_ptr<Authenticator> exec_plugin(ExecPluginOptions options, Clock& clock) {
  return std::make_unique<ExecPlugin>(std::move(options), clock);
}

std::string plugin_cluster_info(const ClusterEntry& cluster, const std::string& authorities) {
  Json info{{"server", cluster.server}};
  if (!cluster.tls_server_name.empty()) info["tls-server-name"] = cluster.tls_server_name;
  if (cluster.insecure_skip_tls_verify) info["insecure-skip-tls-verify"] = true;
  if (!authorities.empty()) info["certificate-authority-data"] = codec::encode_base64(authorities);
  if (!cluster.proxy_url.empty()) info["proxy-url"] = cluster.proxy_url;
  if (cluster.disable_compression) info["disable-compression"] = true;
  info["config"] = cluster.plugin_config.empty() ? Json() : Json::parse(cluster.plugin_config);
  return codec::dump_json(info);
}

Result<ExecCredential> parse_exec_credential(std::string_view output, const std::string& api_version) {
  const auto bad = [](std::string_view why) {
    return Error(Code::invalid, "its output is no usable ExecCredential: " + std::string(why))
        .hint("Run the plugin by hand: it must print an ExecCredential with status.token or a certificate and key.");
  };
  Result<Json> document = codec::parse_json(output);
  if (!document.ok() || !document->is_object()) return bad("not a JSON object");
  if (codec::text_member(*document, "kind") != "ExecCredential") return bad("of another kind");
  if (codec::text_member(*document, "apiVersion") != api_version) {
    return bad("of another version than \"" + api_version + "\", which the kubeconfig says");
  }
  const Json status = TRY(Fields(*document, "ExecCredential").object("status"));
  if (status.is_null()) return bad("without status");
  const Fields fields(status, "ExecCredential: status");
  ExecCredential credential;
  credential.token = TRY(fields.text("token"));
  credential.identity.certificate = TRY(fields.text("clientCertificateData"));
  credential.identity.private_key = TRY(fields.text("clientKeyData"));
  if (credential.identity.certificate.empty() != credential.identity.private_key.empty()) {
    return bad("a certificate or a key without the other");
  }
  if (credential.token.empty() && credential.identity.certificate.empty()) return bad("neither token nor certificate");
  if (const std::string expires = TRY(fields.text("expirationTimestamp")); !expires.empty()) {
    credential.expires = TRY(parse_rfc3339(expires).context("ExecCredential: status: expirationTimestamp"));
  }
  return credential;
}

}  // namespace salvor::kube
