// Authenticators: the ways to show a Kubernetes server who we are with each request.
//
// A client certificate is shown by the connection, not the request; see net::TlsIdentity. All are thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "kube/client.h"
#include "kube/local_files.h"

namespace salvor::kube {

// Anonymous, or known by the connection's certificate.
std::unique_ptr<Authenticator> no_credentials();
std::unique_ptr<Authenticator> bearer_token(std::string token);
std::unique_ptr<Authenticator> basic_credentials(const std::string& username, const std::string& password);

// A token that others renew in a file, as kubelets do. The file is read at most once a minute and after a 401. While it
// cannot be read, the last token it held counts, or `fallback` (may be empty).
std::unique_ptr<Authenticator> token_from_file(LocalFiles files, std::string path, std::string fallback, Clock& clock);

}  // namespace salvor::kube
