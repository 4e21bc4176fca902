// ScriptedServer: an HttpClient that answers from a script and records what it was asked, to put a fault at an exact
// place. What real servers answer is shown by the tests against real ones.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "net/http_client.h"
#include "s3/client.h"

namespace salvor::s3::testing {

struct ScriptedAnswer {
  int status = 200;
  std::string body;
  std::vector<net::Header> headers = {};
  bool no_connection = false;    // no answer at all
  bool lost_after_work = false;  // the same for the client; the server did what was asked
};

class ScriptedServer final : public net::HttpClient {
 public:
  struct Request {
    std::string method, url, body;
    std::vector<net::Header> headers;
    std::string header(std::string_view name) const;
  };

  Result<net::HttpResponse> exchange(const net::HttpRequest& request,
                                     const std::function<void(const net::HttpResponse&)>& on_head,
                                     const net::BodySink& body, std::stop_token stop) override;

  // What was asked so far; the threads of an upload may be asking at the same time.
  std::vector<Request> requests() const;
  void forget_requests();
  void add_answer(ScriptedAnswer answer);

  // The script, to be set while nobody asks. Empty when every answer was used up: the next one is an Error.
  std::deque<ScriptedAnswer> answers;
  std::chrono::milliseconds last_total_timeout{0};

 private:
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
};

// Hands out "key1", and after each forget() the next one.
class CountingCredentials final : public CredentialSource {
 public:
  Result<Credentials> get(std::stop_token stop) override;
  void forget() override { ++forgotten; }
  std::string describe() const override { return "test"; }
  int forgotten = 0;
};

// A client of "s3://bucket/prefix at https://s3.test" with everything in the test's hand.
struct ScriptedClient {
  explicit ScriptedClient(BucketConfig config = default_config());
  static BucketConfig default_config() { return {.bucket = "bucket", .region = "r1", .endpoint = "https://s3.test"}; }

  FakeClock clock{parse_rfc3339("2026-01-02T03:04:05Z").value()};
  SeededRng rng{1};
  std::shared_ptr<ScriptedServer> server = std::make_shared<ScriptedServer>();
  std::shared_ptr<CountingCredentials> credentials = std::make_shared<CountingCredentials>();
  std::unique_ptr<Client> client;
};

std::string error_document(const std::string& code, const std::string& message = "m", const std::string& region = {});

}  // namespace salvor::s3::testing
