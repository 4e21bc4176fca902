#include "s3/scripted_server_testing.h"

namespace salvor::s3::testing {

std::string ScriptedServer::Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::vector<ScriptedServer::Request> ScriptedServer::requests() const {
  std::lock_guard hold(mutex_);
  return requests_;
}

void ScriptedServer::forget_requests() {
  std::lock_guard hold(mutex_);
  requests_.clear();
}

void ScriptedServer::add_answer(ScriptedAnswer answer) {
  std::lock_guard hold(mutex_);
  answers.push_back(std::move(answer));
}

Result<net::HttpResponse> ScriptedServer::exchange(const net::HttpRequest& request,
                                                   const std::function<void(const net::HttpResponse&)>& on_head,
                                                   const net::BodySink& body, std::stop_token stop) {
  ScriptedAnswer answer;
  {
    std::lock_guard hold(mutex_);
    last_total_timeout = request.total_timeout;
    requests_.push_back({request.method, request.url, std::string(request.body), request.headers});
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    if (answers.empty())
      return Error(Code::internal, "the script has no answer for " + request.method + " " + request.url);
    answer = std::move(answers.front());
    answers.pop_front();
  }
  if (answer.no_connection || answer.lost_after_work) return Error(Code::unavailable, "the connection was lost");
  const net::HttpResponse response{answer.status, answer.headers, false};
  if (on_head) on_head(response);
  constexpr std::size_t kPiece = 37;
  for (std::size_t at = 0; at < answer.body.size(); at += kPiece) {
    TRY(body(std::string_view(answer.body).substr(at, kPiece)));
  }
  return response;
}

Result<Credentials> CountingCredentials::get(std::stop_token) {
  return Credentials{"key" + std::to_string(forgotten + 1), os::Secret("secret"), {}, {}};
}

ScriptedClient::ScriptedClient(BucketConfig config) {
  auto opened = Client::open(std::move(config), "prefix", server, credentials, clock, rng, {});
  CHECK(opened.ok());
  client = std::move(*opened);
}

std::string error_document(const std::string& code, const std::string& message, const std::string& region) {
  return "<Error><Code>" + code + "</Code><Message>" + message + "</Message>" +
         (region.empty() ? "" : "<Region>" + region + "</Region>") + "</Error>";
}

}  // namespace salvor::s3::testing
