// The credential chain: finds, keeps and renews the credentials that the AWS tools would use at this place.
//
// credential_plan.h has the order. Nothing is read before the first get(); forget() has variables and files read anew
// by the next one, so a Secret that was changed and mounted again counts without a restart.
#pragma once

#include <memory>

#include "base/rng.h"
#include "net/http_client.h"
#include "s3/credential_plan.h"

namespace salvor::s3 {

// All must outlive the source.
struct CredentialSurroundings {
  net::Environment environment;
  ReadFile files;
  net::HttpClient& http;         // to STS
  net::HttpClient& direct_http;  // to the container's and the instance's endpoint: without a proxy
  Clock& clock;
  Rng& rng;  // used by one thread at a time
};

// Errors of get(), besides those of CredentialSource: invalid (a file, variable or setting is malformed), unsupported
// (SSO, MFA). describe() names the source that answered last, as in `profile "backup" in /root/.aws/credentials`.
std::unique_ptr<CredentialSource> make_credential_chain(CredentialOptions options, CredentialSurroundings surroundings);

}  // namespace salvor::s3
