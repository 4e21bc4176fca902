// Credentials for S3 and STS, and where they come from.
//
// A CredentialSource is asked before every request and answers from memory until shortly before its credentials end;
// then the one who asks waits while they are fetched anew. So a transfer that takes longer than a session's credentials
// last goes on with fresh ones.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "os/secret.h"

namespace salvor::s3 {

struct Credentials {
  std::string access_key_id;
  os::Secret secret_access_key;
  os::Secret session_token;     // empty for long-lived keys
  std::optional<Time> expires;  // absent: they do not end

  Credentials copy() const { return {access_key_id, secret_access_key.copy(), session_token.copy(), expires}; }
};

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Thread-safe. Errors: unauthenticated (nothing found, or refused; says where was looked), unavailable, deadline,
  // cancelled.
  virtual Result<Credentials> get(std::stop_token stop) = 0;
  // The server refused these as expired or unknown although they should still be good: the next get() fetches anew.
  virtual void forget() = 0;
  // What a person calls this source: "environment", "profile backup in /root/.aws/credentials". No secrets.
  virtual std::string describe() const = 0;
};

}  // namespace salvor::s3
