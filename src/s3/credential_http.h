// Small questions to credential services over HTTP: bounded answers, a few attempts, nothing secret in an Error.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"
#include "net/http_client.h"
#include "os/secret.h"
#include "s3/credentials.h"

namespace salvor::s3 {

struct SmallAnswer {
  int status = 0;
  os::Secret body;
  std::optional<std::chrono::milliseconds> retry_after;
};

struct Patience {
  int attempts = 3;
  std::chrono::milliseconds first_wait{100}, longest_wait{2'000};
};

struct HttpDoor {
  net::HttpClient& http;
  Clock& clock;
  Rng& rng;
};

// Repeats what `make` builds while the connection fails or the answer is 429 or 5xx; the last answer is returned as it
// is. Errors: those of HttpClient; invalid when an answer is larger than 64 KiB.
Result<SmallAnswer> ask(const HttpDoor& door, const std::function<Result<net::HttpRequest>()>& make, Patience patience,
                        std::stop_token stop);

// {"AccessKeyId":..,"SecretAccessKey":..,"Token":..,"Expiration":..}, as the container and the instance endpoint
// answer; credential_process calls the third one SessionToken. Errors: invalid, which never quotes the text.
Result<Credentials> parse_json_credentials(std::string_view text, std::string_view token_name);

// What a service says about a refusal, fit for an Error: one line of printable ASCII, at most 300 bytes; nothing when
// it quotes 8 bytes or more of a secret, as STS does with a token that it does not like.
std::string fit_to_show(std::string_view message, const os::Secret& secret);

}  // namespace salvor::s3
