// connect: from the user's surroundings to a cluster's door: which server, trusted how, as whom.
//
// In this order, as kubectl decides: an explicit kubeconfig, the files of KUBECONFIG, ~/.kube/config, the pod's service
// account. The service account counts only when the files name no context. Nothing is sent: files are read and
// checked, so every mistake that can be seen from here is reported before the first request.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kube/client.h"
#include "kube/kubeconfig.h"
#include "kube/local_files.h"
#include "net/http_client.h"
#include "net/proxy.h"

namespace salvor::kube {

struct ConnectOptions {
  std::string kubeconfig;  // --kubeconfig
  std::string context;     // --context
  std::string as;          // --as and its companions override what the kubeconfig says
  std::string as_uid;
  std::vector<std::string> as_groups;
  std::string user_agent;
};

struct Surroundings {
  net::Environment environment;
  LocalFiles files;
  Clock& clock;
};

// The parts that a Client needs. `authenticator` may use `http`; keep them together.
struct Connection {
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<Authenticator> authenticator;
  std::string server;
  std::string ns;                          // of the context, "default" when it names none
  std::string description;                 // for messages: `context "prod" (https://10.0.0.1:6443)`
  std::vector<net::Header> impersonation;  // goes into Client::Options::headers
};

Result<Connection> connect(const ConnectOptions& options, const Surroundings& surroundings);

}  // namespace salvor::kube
