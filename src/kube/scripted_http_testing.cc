#include "kube/scripted_http_testing.h"

#include <algorithm>

namespace salvor::kube::testing {

Result<ScriptedAnswer> ScriptedHttp::next(const net::HttpRequest& request) {
  constexpr std::string_view kServer = "https://test";
  std::lock_guard hold(mutex_);
  requests.push_back(request.method + " " + request.url.substr(kServer.size()));
  bodies.emplace_back(request.body);
  for (const auto& [name, value] : request.headers) {
    if (name == "accept") accepted.push_back(value);
  }
  asked_.notify_all();
  if (answers.empty()) return Error(Code::internal, "the script has no answer for " + requests.back());
  ScriptedAnswer answer = std::move(answers.front());
  answers.pop_front();
  return answer;
}

bool ScriptedHttp::wait_for_requests(std::size_t count) {
  std::unique_lock hold(mutex_);
  return asked_.wait_for(hold, std::chrono::seconds(10), [&] { return requests.size() >= count; });
}

Result<net::HttpResponse> ScriptedHttp::exchange(const net::HttpRequest& request,
                                                 const std::function<void(const net::HttpResponse&)>& on_head,
                                                 const net::BodySink& body, std::stop_token stop) {
  const ScriptedAnswer answer = TRY(next(request));
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
  if (answer.no_connection) return Error(Code::unavailable, "connection refused");
  net::HttpResponse response{answer.status, answer.headers, false};
  if (on_head) on_head(response);
  const std::size_t whole = std::min(answer.body.size(), answer.cut_after);
  constexpr std::size_t kPiece = 37;
  for (std::size_t at = 0; at < whole; at += kPiece) {
    TRY(body(std::string_view(answer.body).substr(at, std::min(kPiece, whole - at))));
  }
  if (answer.cut_after != std::string::npos) return Error(Code::unavailable, "the connection was cut");
  return response;
}

Resource secrets() {
  Resource resource;
  resource.version = "v1";
  resource.plural = "secrets";
  resource.kind = "Secret";
  resource.namespaced = true;
  return resource;
}

std::string secret_list(const std::vector<std::string>& names, const std::string& continue_token,
                        const std::string& resource_version) {
  std::string text =
      R"({"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":")" + resource_version + '"';
  if (!continue_token.empty()) text += R"(,"continue":")" + continue_token + '"';
  text += R"(},"items":[)";
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i ? "," : "") + (R"({"metadata":{"name":")" + names[i] + R"(","namespace":"team"}})");
  }
  return text + "]}\n";
}

std::string status_body(int code, const std::string& reason, const std::string& message,
                        const std::string& continue_token) {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{"continue":")" + continue_token +
         R"("},"status":"Failure","message":")" + message + R"(","reason":")" + reason + R"(","code":)" +
         std::to_string(code) + "}\n";
}

}  // namespace salvor::kube::testing
