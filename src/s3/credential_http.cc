#include "s3/credential_http.h"

#include <algorithm>

#include "codec/json_access.h"
#include "net/retry.h"

#include <nlohmann/json.hpp>

namespace salvor::s3 {

namespace {

constexpr std::size_t kMaxAnswer = 64 << 10;
constexpr std::size_t kLongestMessage = 300;
constexpr std::size_t kTelling = 8;

Result<SmallAnswer> ask_once(const HttpDoor& door, const net::HttpRequest& request, std::stop_token stop) {
  std::string body;
  body.reserve(kMaxAnswer);  // never moves, so that no copy of a secret stays behind
  const auto take = [&](std::string_view piece) -> Result<> {
    if (piece.size() > kMaxAnswer - body.size()) return Error(Code::invalid, "the answer is larger than 64 KiB");
    body += piece;
    return {};
  };
  Result<net::HttpResponse> response = door.http.exchange(request, nullptr, take, stop);
  os::Secret secret = os::Secret::take(std::move(body));
  if (!response.ok()) return std::move(response).error();
  SmallAnswer answer{response->status, std::move(secret), {}};
  if (const auto after = response->header("retry-after")) {
    answer.retry_after = net::parse_retry_after(*after, door.clock.now());
  }
  return answer;
}

bool is_worth_another_try(const Result<SmallAnswer>& answer) {
  if (answer.ok()) return answer->status == 429 || answer->status >= 500;
  return answer.error().code() == Code::unavailable || answer.error().code() == Code::deadline;
}

}  // namespace

Result<SmallAnswer> ask(const HttpDoor& door, const std::function<Result<net::HttpRequest>()>& make, Patience patience,
                        std::stop_token stop) {
  for (int attempt = 0;; ++attempt) {
    const net::HttpRequest request = TRY(make());
    Result<SmallAnswer> answer = ask_once(door, request, stop);
    if (attempt + 1 >= patience.attempts || !is_worth_another_try(answer)) return answer;
    auto wait = net::backoff(attempt, door.rng, patience.first_wait, patience.longest_wait);
    if (answer.ok() && answer->retry_after) wait = std::min(*answer->retry_after, patience.longest_wait);
    if (!door.clock.wait(wait, stop)) return Error(Code::cancelled, "stopped while waiting to ask again");
  }
}

Result<Credentials> parse_json_credentials(std::string_view text, std::string_view token_name) {
  const Result<Json> document = codec::parse_json(text);
  if (!document.ok() || !document->is_object()) return Error(Code::invalid, "the answer is no JSON object");
  Credentials credentials;
  credentials.access_key_id = codec::text_member(*document, "AccessKeyId");
  credentials.secret_access_key = os::Secret::take(codec::text_member(*document, "SecretAccessKey"));
  credentials.session_token = os::Secret::take(codec::text_member(*document, token_name));
  if (credentials.access_key_id.empty()) return Error(Code::invalid, "the answer has no AccessKeyId");
  if (credentials.secret_access_key.empty()) return Error(Code::invalid, "the answer has no SecretAccessKey");
  if (const std::string expires = codec::text_member(*document, "Expiration"); !expires.empty()) {
    const Result<Time> time = parse_rfc3339(expires);
    if (!time.ok()) return Error(Code::invalid, "the answer's Expiration is no RFC 3339 time");
    credentials.expires = *time;
  }
  return credentials;
}

std::string fit_to_show(std::string_view message, const os::Secret& secret) {
  message = message.substr(0, kLongestMessage);
  const std::string_view hidden = secret.reveal();
  for (std::size_t at = 0; at + kTelling <= message.size() && hidden.size() >= kTelling; ++at) {
    if (hidden.find(message.substr(at, kTelling)) != hidden.npos) return {};
  }
  std::string line(message);
  std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c > 0x7E; }, ' ');
  return line;
}

}  // namespace salvor::s3
