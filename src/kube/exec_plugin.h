// Exec plugins: programs that know our credentials (client.authentication.k8s.io v1 and v1beta1).
//
// The plugin gets an ExecCredential in KUBERNETES_EXEC_INFO and prints one with a token, a client certificate, or both.
// They are kept until the time the plugin says, or until the server refuses them. However many threads ask, one plugin
// runs at a time. It has no terminal to ask the user at. What it prints is a secret and never part of a message; when
// it fails, the last line of its standard error is.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "kube/client.h"
#include "kube/kubeconfig.h"
#include "net/curl_client.h"

namespace salvor::kube {

struct ExecPluginOptions {
  ExecEntry exec;
  std::string cluster;                                // plugin_cluster_info(), or "" when the plugin is not to know
  std::function<void(net::TlsIdentity)> on_identity;  // called when the plugin's certificate changes
};
std::unique_ptr<Authenticator> exec_plugin(ExecPluginOptions options, Clock& clock);

// The cluster as a plugin is told of it, as JSON. `authorities` is the PEM text.
std::string plugin_cluster_info(const ClusterEntry& cluster, const std::string& authorities);

struct ExecCredential {
  std::string token;
  net::TlsIdentity identity;
  std::optional<Time> expires;
};
// What a plugin printed; `invalid` when it is not an ExecCredential of that version with something in it.
Result<ExecCredential> parse_exec_credential(std::string_view output, const std::string& api_version);

}  // namespace salvor::kube
