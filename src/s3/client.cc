#include "s3/client.h"

#include <algorithm>

#include "base/hex.h"
#include "codec/base64.h"
#include "crypto/md5.h"
#include "crypto/sha256.h"
#include "net/retry.h"
#include "s3/answers.h"

namespace salvor::s3 {

using std::chrono::milliseconds;

namespace {

constexpr std::string_view kFirstRegion = "us-east-1";
constexpr std::size_t kMaxErrorBytes = 64 << 10;
constexpr std::size_t kReserveAtMost = 64 << 20;
constexpr int kDoubtfulAttempts = 5;
constexpr Duration kSeenLately = std::chrono::minutes(1);
// What the SDKs of AWS use: a bucket of 500 tokens, 5 for a retry, 10 after silence, one back for each success.
constexpr int kRetryTokens = 500, kRetryCost = 5, kSilenceCost = 10;

bool is_success(int status) { return status >= 200 && status < 300; }

std::optional<std::uint64_t> content_length(const net::HttpResponse& response) {
  const auto text = response.header("content-length");
  if (!text || text->empty() || text->size() > 18 || text->find_first_not_of("0123456789") != text->npos) {
    return std::nullopt;
  }
  return std::stoull(std::string(*text));
}

}  // namespace

struct Client::Progress {
  int attempts = 0;
  Duration end{};  // monotonic
  bool refreshed_credentials = false;
};

Result<std::unique_ptr<Client>> Client::open(BucketConfig config, std::string prefix,
                                             std::shared_ptr<net::HttpClient> http,
                                             std::shared_ptr<CredentialSource> credentials, Clock& clock, Rng& rng,
                                             Options options) {
  Endpoint endpoint = TRY(Endpoint::of(config));
  Endpoint outside = TRY(Endpoint::public_of(config));
  os::Secret customer_key;
  if (!config.customer_key_file.empty()) {
    customer_key = TRY(read_customer_key(config.customer_key_file));
    if (!endpoint.is_tls()) {
      return Error(Code::invalid, "an SSE-C key would be sent over " + endpoint.describe() + " in the clear")
          .hint("Use an https endpoint.");
    }
  }
  std::unique_ptr<Client> client(new Client(std::move(config), std::move(prefix), std::move(endpoint),
                                            std::move(outside), std::move(http), std::move(credentials), clock, rng,
                                            options));
  client->customer_key_ = std::move(customer_key);
  return client;
}

Client::Client(BucketConfig config, std::string prefix, Endpoint endpoint, Endpoint public_endpoint,
               std::shared_ptr<net::HttpClient> http, std::shared_ptr<CredentialSource> credentials, Clock& clock,
               Rng& rng, Options options)
    : config_(std::move(config)),
      prefix_(std::move(prefix)),
      endpoint_(std::move(endpoint)),
      public_endpoint_(std::move(public_endpoint)),
      http_(std::move(http)),
      credentials_(std::move(credentials)),
      clock_(clock),
      rng_(&rng),
      options_(options) {
  state_.with([&](State& state) {
    const std::string region = config_.region.empty() ? std::string(kFirstRegion) : config_.region;
    state.signer = std::make_shared<const Signer>(region, "s3");
    state.retry_tokens = kRetryTokens;
  });
}

std::string Client::describe() const {
  return "s3://" + config_.bucket + (prefix_.empty() ? "" : "/" + prefix_) +
         (endpoint_.is_aws() ? "" : " at " + endpoint_.describe());
}

std::shared_ptr<const Signer> Client::signer() const {
  return state_.with([](const State& state) { return state.signer; });
}

std::string Client::region() const { return signer()->region(); }

std::string Client::server() const {
  return state_.with([](const State& state) { return state.server; });
}

std::optional<Duration> Client::clock_skew() const {
  return state_.with([](const State& state) { return state.skew; });
}

bool Client::bucket_seen_lately() const {
  const auto seen = state_.with([](const State& state) { return state.bucket_seen; });
  return seen && clock_.monotonic() - *seen < kSeenLately;
}

bool Client::wrote_lately() const {
  const auto written = state_.with([](const State& state) { return state.written; });
  return written && clock_.monotonic() - *written < kSeenLately;
}

std::string Client::random_name() {
  return rng_.with([](Rng* rng) { return rng->hex(16); });
}

std::vector<net::Header> Client::customer_key_headers(std::string_view infix) const {
  if (customer_key_.empty()) return {};
  const std::string begin = "x-amz-" + std::string(infix) + "server-side-encryption-customer-";
  return {{begin + "algorithm", "AES256"},
          {begin + "key", codec::encode_base64(customer_key_.reveal())},
          {begin + "key-md5", codec::encode_base64(as_text(crypto::md5(as_bytes(customer_key_.reveal()))))}};
}

Error Client::error_of(const Call& call, const Fault& fault) const {
  return fault_error(fault, {.doing = call.doing,
                             .key = call.key,
                             .location = describe(),
                             .bucket = config_.bucket,
                             .endpoint = endpoint_.describe(),
                             .region = region(),
                             .skew = clock_skew()});
}

Result<net::HttpRequest> Client::request_for(const Call& call, const Signer& signer, std::stop_token stop) {
  net::HttpRequest request;
  request.method = call.method;
  request.url = endpoint_.url(signer.region(), call.key);
  char separator = '?';
  for (const auto& [name, value] : call.query) {
    request.url += separator + encode_query(name) + "=" + encode_query(value);
    separator = '&';
  }
  request.headers = call.headers;
  request.body = call.body;
  request.connect_timeout = options_.connect_timeout;
  request.idle_timeout = options_.idle_timeout;
  const Credentials credentials = TRY(credentials_->get(stop));
  // Under TLS a checksum suffices, and in a network that somebody trusts; else the signature covers the body.
  const bool has_checksum = std::any_of(call.headers.begin(), call.headers.end(), [](const net::Header& header) {
    return header.first.starts_with("x-amz-checksum-") || header.first == "content-md5";
  });
  std::string hash(kEmptyPayloadHash);
  if (!call.body.empty()) {
    const bool may_be_unsigned = has_checksum && !config_.sign_payload.value_or(!endpoint_.is_tls());
    hash = may_be_unsigned ? std::string(kUnsignedPayload) : to_hex(crypto::sha256(as_bytes(call.body)));
  }
  TRY(signer.sign(request, credentials, clock_.now(), hash));
  return request;
}

Result<Answer> Client::attempt(const Call& call, const Signer& signer, milliseconds left, std::stop_token stop) {
  net::HttpRequest request = TRY(request_for(call, signer, stop));
  request.total_timeout = left;
  Answer answer;
  if (call.spare) answer.body = std::move(*call.spare);
  answer.body.clear();
  std::uint64_t limit = call.answer_limit;
  const auto on_head = [&](const net::HttpResponse& response) {
    if (!is_success(response.status)) limit = kMaxErrorBytes;
    const std::uint64_t length = content_length(response).value_or(0);
    if (call.method != "HEAD") answer.body.reserve(std::min({length, limit, std::uint64_t{kReserveAtMost}}));
    answer.response = response;
  };
  const auto on_body = [&](std::string_view piece) -> Result<> {
    const std::uint64_t room = limit - answer.body.size();
    answer.body.append(piece.substr(0, room));
    if (piece.size() <= room) return {};
    answer.cut = true;
    return Error(Code::corrupt, "cut");
  };
  auto response = http_->exchange(request, on_head, on_body, stop);
  if (response.ok()) {
    answer.response = std::move(*response);
  } else if (!answer.cut) {
    return std::move(response).error();
  }
  const bool ok = is_success(answer.response.status);
  if (ok && answer.cut && !call.may_cut) {
    return Error(Code::corrupt, "the answer of " + endpoint_.describe() + " is longer than any should be");
  }
  const bool hidden = ok && call.hides_errors && parse_error(answer.body).has_value();
  if (!ok || hidden) answer.fault = read_fault(answer.response, answer.body, !call.key.empty());
  if (hidden) answer.fault->status = 500;
  learn(call, answer);
  return answer;
}

void Client::learn(const Call& call, const Answer& answer) {
  const auto date = answer.response.header("date");
  const auto served = date ? net::parse_http_date(*date) : std::nullopt;
  const bool there = !answer.fault || answer.fault->code == "NoSuchKey";
  const bool proves_bucket = there && (!answer.fault || !answer.body.empty());
  const Duration now = clock_.monotonic();
  const Time wall = clock_.now();
  state_.with([&](State& state) {
    if (served) state.skew = *served - wall;
    // Of a proxy's own refusals nothing is learned.
    if (const auto server = answer.response.header("server"); server && !answer.fault) state.server = *server;
    if (proves_bucket) state.bucket_seen = now;
    if (!answer.fault && call.method == "PUT" && !call.key.empty()) state.written = now;
    if (answer.fault && answer.fault->code == "NoSuchBucket") state.bucket_seen.reset();
    if (!answer.fault) state.retry_tokens = std::min(kRetryTokens, state.retry_tokens + 1);
  });
}

// Only when nobody said which region it is; otherwise the user is told.
bool Client::follow_region(const Fault& fault, const Signer& used) {
  if (!config_.region.empty() || fault.region.empty() || fault.region == used.region()) return false;
  if (fault.region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) return false;
  state_.with([&](State& state) {
    if (state.signer->region() == used.region()) state.signer = std::make_shared<const Signer>(fault.region, "s3");
  });
  return true;
}

bool Client::take_retry_tokens(bool was_silent) {
  const int cost = was_silent ? kSilenceCost : kRetryCost;
  return state_.with([&](State& state) {
    if (state.retry_tokens < cost) return false;
    state.retry_tokens -= cost;
    return true;
  });
}

// True when the call is to be sent once more, after the wait.
Result<bool> Client::wait_to_repeat(const Call& call, Progress& progress, const Result<Answer>& outcome,
                                    std::stop_token stop) {
  const bool silent = !outcome.ok();
  // MinIO denies a write also when another writer removes the directory above it at the same moment. Who could write
  // just now is believed to have the permission, for a few attempts.
  const bool perhaps_a_race =
      !silent && outcome->fault->code == "AccessDenied" && call.method == "PUT" && wrote_lately();
  const bool doubtful =
      !silent && (perhaps_a_race || is_worth_few_repetitions(*outcome->fault)) && progress.attempts < kDoubtfulAttempts;
  const bool useful = silent ? is_retryable(outcome.error().code()) : is_worth_repeating(*outcome->fault);
  if ((!useful && !doubtful) || progress.attempts >= options_.attempts) return false;
  milliseconds wait = rng_.with([&](Rng* rng) { return net::backoff(progress.attempts - 1, *rng); });
  if (!silent) {
    const auto asked = outcome->response.header("retry-after");
    if (const auto told = asked ? net::parse_retry_after(*asked, clock_.now()) : std::nullopt) wait = *told;
  }
  if (clock_.monotonic() + wait >= progress.end || !take_retry_tokens(silent)) return false;
  if (!clock_.wait(wait, stop)) return Error(Code::cancelled, call.doing + " " + call.key + " stopped on request");
  return true;
}

Result<Answer> Client::ask(const Call& call, std::stop_token stop) {
  const milliseconds allowed = call.deadline.count() > 0 ? call.deadline : options_.deadline;
  Progress progress;
  progress.end = clock_.monotonic() + allowed;
  for (int moves = 0;;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped on request");
    ++progress.attempts;
    const auto used = signer();
    const auto left = std::chrono::ceil<milliseconds>(progress.end - clock_.monotonic());
    Result<Answer> outcome = attempt(call, *used, std::max(left, milliseconds(1)), stop);
    if (outcome.ok() && !outcome->fault) return outcome;
    if (outcome.ok() && means_other_region(*outcome->fault) && moves < 2 && follow_region(*outcome->fault, *used)) {
      ++moves;
      continue;
    }
    if (outcome.ok() && means_stale_credentials(*outcome->fault) && !progress.refreshed_credentials) {
      progress.refreshed_credentials = true;
      credentials_->forget();
      continue;
    }
    const bool again = TRY(wait_to_repeat(call, progress, outcome, stop));
    if (again) continue;
    if (outcome.ok()) return outcome;
    return std::move(outcome).error().context("cannot " + call.doing + " " +
                                              (call.key.empty() ? "" : call.key + " in ") + describe());
  }
}

Result<Answer> Client::call(const Call& call, std::stop_token stop) {
  Answer answer = TRY(ask(call, stop));
  if (answer.fault) return error_of(call, *answer.fault);
  return answer;
}

Result<std::string> Client::presign_get(const std::string& key, std::chrono::seconds lifetime, std::stop_token stop) {
  if (!customer_key_.empty()) {
    return Error(Code::unsupported, "an object encrypted with a key of ours cannot be read by a URL alone");
  }
  const Credentials credentials = TRY(credentials_->get(stop));
  const auto used = signer();
  return used->presign("GET", public_endpoint_.url(used->region(), key), credentials, clock_.now(), lifetime);
}

}  // namespace salvor::s3
