#include "s3/container_credentials.h"

#include "codec/json_access.h"
#include "net/url.h"

#include <nlohmann/json.hpp>

namespace salvor::s3 {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kContainerTimeout{2'000};  // as botocore and the SDK for Go

bool is_near(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "169.254.170.2" || host == "169.254.170.23" ||
         host == "fd00:ec2::23";
}

// 127.0.0.0/8, written as four numbers: "127.example.org" is a name.
bool is_loopback_address(const std::string& host) {
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
}

Error refusal(const SmallAnswer& answer, const os::Secret& token) {
  std::string why = "the container's endpoint answers with status " + std::to_string(answer.status);
  if (const Result<Json> body = codec::parse_json(answer.body.reveal()); body.ok()) {
    std::string code = codec::text_member(*body, "code");
    if (code.empty()) code = codec::text_member(*body, "Code");
    if (!code.empty()) why += ": " + fit_to_show(code, token);
  }
  if (answer.status == 429 || answer.status >= 500) return Error(Code::unavailable, std::move(why));
  return Error(Code::unauthenticated, std::move(why))
      .hint("Check the task's role or the pod identity association, and the authorization token.");
}

}  // namespace

Result<std::optional<AskContainer>> find_container(const net::Environment& environment) {
  const std::string relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) return std::optional<AskContainer>();
  AskContainer step;
  step.url = relative.empty() ? full : "http://169.254.170.2" + relative;
  const std::string variable =
      relative.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI" : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
  if (!relative.empty() && !relative.starts_with('/')) {
    return Error(Code::invalid, variable + " does not begin with '/'");
  }
  const Result<net::Url> url = net::parse_url(step.url);
  if (!url.ok() || !url->user.empty() || (url->scheme != "http" && url->scheme != "https")) {
    return Error(Code::invalid, variable + " is no http or https address");
  }
  if (!url->is_tls() && !is_near(url->host) && !is_loopback_address(url->host)) {
    return Error(Code::invalid, variable + " names " + url->host + ", which may be asked over https only")
        .hint("Plain http is for this machine and the addresses of ECS and EKS.");
  }
  step.shown = url->origin();
  step.token_file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  step.token = os::Secret::take(environment("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  return std::optional<AskContainer>(std::move(step));
}

Result<Credentials> ask_container(const AskContainer& step, const ReadFile& files, const HttpDoor& door,
                                  std::stop_token stop) {
  os::Secret token = step.token.copy();
  if (!step.token_file.empty()) {
    Result<os::Secret> text = files(step.token_file);
    if (!text.ok()) {
      return Error(Code::unauthenticated, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: " + text.error().message());
    }
    token = std::move(*text);
  }
  std::string_view shown = token.reveal();
  while (shown.ends_with('\n') || shown.ends_with('\r')) shown.remove_suffix(1);
  if (shown.find_first_of(std::string_view("\r\n\0", 3)) != shown.npos) {
    return Error(Code::unauthenticated, "the container's authorization token has a line break");
  }
  const auto make = [&]() -> Result<net::HttpRequest> {
    net::HttpRequest request{.url = step.url,
                             .headers = {{"accept", "application/json"}},
                             .connect_timeout = kContainerTimeout,
                             .idle_timeout = kContainerTimeout};
    if (!shown.empty()) request.headers.emplace_back("authorization", std::string(shown));
    return request;
  };
  const SmallAnswer answer = TRY(ask(door, make, {}, stop).context("the container's endpoint " + step.shown));
  if (answer.status != 200) return refusal(answer, token);
  return parse_json_credentials(answer.body.reveal(), "Token").context("the container's endpoint");
}

}  // namespace salvor::s3
