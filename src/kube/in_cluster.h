// In a pod: the server's address comes from the environment, trust and identity from the service account's files.
#pragma once

#include <string>

#include "base/result.h"
#include "kube/local_files.h"
#include "net/proxy.h"

namespace salvor::kube {

struct InClusterAccess {
  std::string server;
  std::string authorities;  // PEM; empty when the pod has no ca.crt
  std::string token_file;
  std::string ns;
};

// Whether this process runs in a pod that may talk to its cluster.
bool in_cluster_possible(const net::Environment& environment, const LocalFiles& files);
Result<InClusterAccess> in_cluster_access(const net::Environment& environment, const LocalFiles& files);

}  // namespace salvor::kube
