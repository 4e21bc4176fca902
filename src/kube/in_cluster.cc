#include "kube/in_cluster.h"

#include "net/url.h"

namespace salvor::kube {

namespace {

const std::string kDirectory = "/var/run/secrets/kubernetes.io/serviceaccount/";

std::string first_line(const std::string& text) { return text.substr(0, text.find_first_of("\r\n")); }

}  // namespace

bool in_cluster_possible(const net::Environment& environment, const LocalFiles& files) {
  return !environment("KUBERNETES_SERVICE_HOST").empty() && !environment("KUBERNETES_SERVICE_PORT").empty() &&
         files.exists(kDirectory + "token");
}

Result<InClusterAccess> in_cluster_access(const net::Environment& environment, const LocalFiles& files) {
  InClusterAccess access;
  access.server = "https://" + net::bracketed(environment("KUBERNETES_SERVICE_HOST")) + ":" +
                  environment("KUBERNETES_SERVICE_PORT");
  TRY(net::parse_url(access.server).context("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT"));
  access.token_file = kDirectory + "token";
  // Without ca.crt the system's authorities decide, as in client-go.
  if (files.exists(kDirectory + "ca.crt")) access.authorities = TRY(files.read(kDirectory + "ca.crt"));
  if (files.exists(kDirectory + "namespace")) access.ns = first_line(TRY(files.read(kDirectory + "namespace")));
  if (access.ns.empty()) access.ns = "default";
  return access;
}

}  // namespace salvor::kube
