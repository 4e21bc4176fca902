// Kubeconfig: where clusters are and who we are there, as client-go reads it.
//
// A file holds named clusters, users and contexts (a cluster and a user together), and the name of the current context.
// Several files make one configuration: of an entry that two files have, the first file's counts, whole; the current
// context is the first one that is set. Relative paths belong to the directory of the file they stand in.
//
// Parsing is pure; nothing a kubeconfig points to is read here. Messages name entries and fields, never values of
// secret fields.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kube/local_files.h"
#include "net/proxy.h"

namespace salvor::kube {

struct ClusterEntry {
  std::string server;
  std::string tls_server_name;
  bool insecure_skip_tls_verify = false;
  std::string certificate_authority;       // absolute path
  std::string certificate_authority_data;  // decoded
  std::string proxy_url;
  bool disable_compression = false;  // handed to plugins; salvor never asks for compression unless told to
  std::string plugin_config;         // the extension "client.authentication.k8s.io/exec", as JSON; "" when absent
};

enum class InteractiveMode { unset, never, if_available, always };

// A program that knows our credentials.
struct ExecEntry {
  std::string api_version;
  std::string command;  // looked up in PATH unless it has a '/'
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string install_hint;
  bool provide_cluster_info = false;
  InteractiveMode interactive_mode = InteractiveMode::unset;
};

struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
};

struct UserEntry {
  std::string client_certificate, client_key;            // absolute paths
  std::string client_certificate_data, client_key_data;  // decoded
  std::string token;
  std::string token_file;  // absolute path; counts before `token` whenever it can be read
  std::string username, password;
  Impersonation impersonate;
  std::optional<ExecEntry> exec;
  std::string auth_provider;  // its name; no longer part of Kubernetes
};

struct ContextEntry {
  std::string cluster, user, ns;
};

struct Kubeconfig {
  std::map<std::string, ClusterEntry> clusters;
  std::map<std::string, UserEntry> users;
  std::map<std::string, ContextEntry> contexts;
  std::string current_context;

  bool empty() const { return clusters.empty() && users.empty() && contexts.empty() && current_context.empty(); }
};

// `path` says where the text comes from: for relative paths in it, and for messages.
Result<Kubeconfig> parse_kubeconfig(std::string_view text, const std::string& path);
// Adds what `into` does not have yet.
void merge_kubeconfig(Kubeconfig& into, Kubeconfig&& later);

// The files that count, in order: `explicit_path` alone, else those of KUBECONFIG, else ~/.kube/config.
std::vector<std::string> kubeconfig_paths(const std::string& explicit_path, const net::Environment& environment);
// Missing files are left out, except an explicit one.
Result<Kubeconfig> load_kubeconfig(const std::string& explicit_path, const net::Environment& environment,
                                   const LocalFiles& files);

// The entries that a context joins, checked for everything that can be checked without reading further.
struct KubeconfigChoice {
  std::string context;
  ClusterEntry cluster;
  UserEntry user;
  std::string ns;  // "default" when the context names none
};
// `context` overrides the current one. `not_found` when a name leads nowhere, `invalid` for contradictions.
Result<KubeconfigChoice> choose_context(const Kubeconfig& config, const std::string& context);

}  // namespace salvor::kube
