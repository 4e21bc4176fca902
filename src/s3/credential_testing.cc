#include "s3/credential_testing.h"

#include <algorithm>

namespace salvor::s3::testing {

std::string Question::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    std::string lower = key;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower == name) return value;
  }
  return {};
}

void ScriptedServices::answer(Answer answer) {
  const std::lock_guard hold(mutex_);
  answers_.push_back(std::move(answer));
}

std::vector<Question> ScriptedServices::questions() const {
  const std::lock_guard hold(mutex_);
  return questions_;
}

Result<net::HttpResponse> ScriptedServices::exchange(const net::HttpRequest& request,
                                                     const std::function<void(const net::HttpResponse&)>& on_head,
                                                     const net::BodySink& body, std::stop_token stop) {
  std::unique_lock hold(mutex_);
  questions_.push_back({request.method, request.url, std::string(request.body), request.headers});
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
  if (answers_.empty()) return Error(Code::internal, "the script has no answer for " + request.url);
  const Answer answer = std::move(answers_.front());
  answers_.pop_front();
  hold.unlock();
  if (answer.no_connection) return Error(Code::unavailable, "connection refused");
  const net::HttpResponse response{answer.status, answer.headers, false};
  if (on_head) on_head(response);
  constexpr std::size_t kPiece = 1000;
  for (std::size_t at = 0; at < answer.body.size(); at += kPiece) {
    TRY(body(std::string_view(answer.body).substr(at, kPiece)));
  }
  return response;
}

net::Environment variables_of(const Texts& variables) {
  return [&variables](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
}

ReadFile files_of(const Texts& files) {
  return [&files](const std::string& path) -> Result<os::Secret> {
    const auto found = files.find(path);
    if (found == files.end()) return Error(Code::not_found, "open " + path + ": No such file or directory");
    return os::Secret(found->second);
  };
}

std::string sts_answer(const std::string& action, const std::string& access_key_id, const std::string& expiration) {
  return "<" + action + R"(Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><)" + action +
         "Result><AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser><Credentials><AccessKeyId>" + access_key_id +
         "</AccessKeyId><SecretAccessKey>secret&amp;of " + access_key_id + "</SecretAccessKey><SessionToken>token of " +
         access_key_id + "</SessionToken><Expiration>" + expiration + "</Expiration></Credentials></" + action +
         "Result></" + action + "Response>";
}

std::string sts_refusal(const std::string& code, const std::string& message) {
  return R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>)" + code +
         "</Code><Message>" + message + "</Message></Error><RequestId>1</RequestId></ErrorResponse>";
}

std::string json_credentials(const std::string& access_key_id, const std::string& expiration) {
  return R"({"Code":"Success","AccessKeyId":")" + access_key_id + R"(","SecretAccessKey":"secret of )" + access_key_id +
         R"(","Token":"token of )" + access_key_id + R"(","Expiration":")" + expiration + R"("})";
}

}  // namespace salvor::s3::testing
