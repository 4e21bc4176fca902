// ScriptedHttp: an HttpClient that answers from a script and records what it was asked, to put a fault at an exact
// place between the client and a server. What a real server answers is shown by the tests against a real one.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "kube/client.h"
#include "net/http_client.h"

namespace salvor::kube::testing {

struct ScriptedAnswer {
  int status = 200;
  std::string body;
  std::vector<net::Header> headers = {};
  std::size_t cut_after = std::string::npos;  // the connection breaks after so many bytes of the body
  bool no_connection = false;
};

// Asked by one thread at a time or by several; the public members are for the time when nobody asks.
class ScriptedHttp final : public net::HttpClient {
 public:
  std::deque<ScriptedAnswer> answers;
  std::vector<std::string> requests;  // "GET /api/v1/pods?limit=500"
  std::vector<std::string> bodies;
  std::vector<std::string> accepted;  // the accept headers

  Result<net::HttpResponse> exchange(const net::HttpRequest& request,
                                     const std::function<void(const net::HttpResponse&)>& on_head,
                                     const net::BodySink& body, std::stop_token stop) override;

  // Waits until so many requests have come; false when they do not come within ten seconds.
  bool wait_for_requests(std::size_t count);

 private:
  Result<ScriptedAnswer> next(const net::HttpRequest& request);

  std::mutex mutex_;
  std::condition_variable asked_;
};

class NoCredentials final : public Authenticator {
 public:
  int refreshes = 0;
  Result<> authenticate(net::HttpRequest&, std::stop_token) override { return {}; }
  bool refresh_after_unauthorized() override { return ++refreshes == 1; }
};

Resource secrets();

// {"kind":"SecretList",...} with items named as given.
std::string secret_list(const std::vector<std::string>& names, const std::string& continue_token = {},
                        const std::string& resource_version = "100");
std::string status_body(int code, const std::string& reason, const std::string& message,
                        const std::string& continue_token = {});

}  // namespace salvor::kube::testing
