// Client: one bucket's door to an S3 server. It signs, sends, retries and reads refusals; the verbs stand beside it
// (objects.h, multipart.h, listing.h, protection.h).
//
// A call is tried again after what can pass: no or a broken answer, 5xx, SlowDown, credentials that ended. Waits have
// full jitter or are what the server asks for. Three things bound it: the number of attempts, the call's deadline, and
// a budget of retries that all calls share, so that a server in trouble is not buried under repetitions (AWS SDKs,
// "standard mode"). Every S3 call is idempotent but CompleteMultipartUpload and conditional writes: their refusal may
// come from an attempt of their own that was carried out unheard, so those verbs look before they judge.
//
// A bucket's region need not be known: the first answer from the wrong one names it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "base/rng.h"
#include "net/http_client.h"
#include "s3/bucket_config.h"
#include "s3/credentials.h"
#include "s3/endpoint.h"
#include "s3/fault.h"
#include "s3/sigv4.h"

namespace salvor::s3 {

struct Call {
  std::string method = "GET";
  std::string key;                                         // empty: the bucket itself
  std::vector<std::pair<std::string, std::string>> query;  // not encoded
  std::vector<net::Header> headers;
  std::string_view body;                  // must outlive the call
  std::string* spare = nullptr;           // its memory takes the answer's body; what it held is lost
  std::string doing = "read";             // for messages: "cannot read KEY in LOCATION"
  std::uint64_t answer_limit = 8 << 20;   // of the body
  bool may_cut = false;                   // a longer body is cut there; else it is `corrupt`
  bool hides_errors = false;              // a 200 can hold an <Error> document
  std::chrono::milliseconds deadline{0};  // for all attempts; 0: the client's
};

struct Answer {
  net::HttpResponse response;
  std::string body;
  bool cut = false;
  std::optional<Fault> fault;  // the server's refusal; else the status is 2xx
};

class Client {
 public:
  struct Options {
    int attempts = 8;
    std::chrono::milliseconds deadline{10 * 60'000};
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
  };

  // Everything that is handed in is shared with the caller; clock and rng must outlive the client. The rng is used
  // under a lock of the client's own. `prefix` is for messages. Errors: those of Endpoint::of and read_customer_key.
  static Result<std::unique_ptr<Client>> open(BucketConfig config, std::string prefix,
                                              std::shared_ptr<net::HttpClient> http,
                                              std::shared_ptr<CredentialSource> credentials, Clock& clock, Rng& rng,
                                              Options options);

  // The methods below are thread-safe.

  // The server's answer or refusal; an Error when there was none: unavailable, deadline, cancelled, unauthenticated.
  Result<Answer> ask(const Call& call, std::stop_token stop);
  // The same with a refusal turned into an Error by fault_error.
  Result<Answer> call(const Call& call, std::stop_token stop);
  Error error_of(const Call& call, const Fault& fault) const;

  // A URL by which anybody can read the object for `lifetime`.
  Result<std::string> presign_get(const std::string& key, std::chrono::seconds lifetime, std::stop_token stop);

  const BucketConfig& config() const { return config_; }
  // "s3://bucket/prefix at http://minio:9000"
  std::string describe() const;
  std::string region() const;
  // The server's clock minus ours, from its last answer.
  std::optional<Duration> clock_skew() const;
  // What the server calls itself, "MinIO" or "SeaweedFS 4.48", by its last success; "" when it does not, or had none
  // yet.
  std::string server() const;
  // The bucket has answered as being there within the last minute.
  bool bucket_seen_lately() const;

  // Headers for every request about an object that is written or read with SSE-C; none otherwise.
  std::vector<net::Header> customer_key_headers(std::string_view infix = "") const;
  // A random name of 128 bits in hexadecimal.
  std::string random_name();
  Clock& clock() const { return clock_; }

 private:
  Client(BucketConfig config, std::string prefix, Endpoint endpoint, Endpoint public_endpoint,
         std::shared_ptr<net::HttpClient> http, std::shared_ptr<CredentialSource> credentials, Clock& clock, Rng& rng,
         Options options);

  struct State {
    std::shared_ptr<const Signer> signer;  // for the region as it is known
    std::optional<Duration> skew;
    std::string server;
    std::optional<Duration> bucket_seen;  // monotonic
    std::optional<Duration> written;      // when an object was last put, monotonic
    int retry_tokens = 500;
  };
  struct Progress;  // of one call through its attempts

  Result<Answer> attempt(const Call& call, const Signer& signer, std::chrono::milliseconds left, std::stop_token stop);
  Result<net::HttpRequest> request_for(const Call& call, const Signer& signer, std::stop_token stop);
  void learn(const Call& call, const Answer& answer);
  bool follow_region(const Fault& fault, const Signer& used);
  Result<bool> wait_to_repeat(const Call& call, Progress& progress, const Result<Answer>& outcome,
                              std::stop_token stop);
  bool take_retry_tokens(bool was_silent);
  bool wrote_lately() const;
  std::shared_ptr<const Signer> signer() const;

  const BucketConfig config_;
  const std::string prefix_;
  const Endpoint endpoint_, public_endpoint_;
  const std::shared_ptr<net::HttpClient> http_;
  const std::shared_ptr<CredentialSource> credentials_;
  Clock& clock_;
  Guarded<Rng*> rng_;
  const Options options_;
  os::Secret customer_key_;
  Guarded<State> state_;
};

}  // namespace salvor::s3
