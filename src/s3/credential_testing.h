// What tests of credentials need: services that answer from a script and say what they were asked, files and variables
// in memory.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "net/proxy.h"
#include "s3/credentials.h"
#include "s3/shared_config.h"

namespace salvor::s3::testing {

struct Answer {
  int status = 200;
  std::string body;
  std::vector<net::Header> headers = {};
  bool no_connection = false;
};

struct Question {
  std::string method, url, body;
  std::vector<net::Header> headers;
  // The value of a header by its name in lower case, "" when absent.
  std::string header(std::string_view name) const;
};

// Answers in the order given; a question too many is an internal error. Thread-safe.
class ScriptedServices final : public net::HttpClient {
 public:
  void answer(Answer answer);
  std::vector<Question> questions() const;
  Result<net::HttpResponse> exchange(const net::HttpRequest& request,
                                     const std::function<void(const net::HttpResponse&)>& on_head,
                                     const net::BodySink& body, std::stop_token stop) override;

 private:
  mutable std::mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<Question> questions_;
};

using Texts = std::map<std::string, std::string, std::less<>>;
// Both refer to the map, so that a test can change it.
net::Environment variables_of(const Texts& variables);
ReadFile files_of(const Texts& files);

std::string sts_answer(const std::string& action, const std::string& access_key_id, const std::string& expiration);
std::string sts_refusal(const std::string& code, const std::string& message);
std::string json_credentials(const std::string& access_key_id, const std::string& expiration);

}  // namespace salvor::s3::testing
