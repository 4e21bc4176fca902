#include "s3/instance_metadata.h"

#include <charconv>

#include "codec/json_access.h"
#include "net/url.h"

#include <nlohmann/json.hpp>

namespace salvor::s3 {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
constexpr std::chrono::minutes kExtension{10};

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
  }
  return true;
}

Result<int> number(const net::Environment& environment, const std::string& variable, int most) {
  const std::string text = environment(variable);
  if (text.empty()) return 1;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > most) {
    return Error(Code::invalid, variable + " is no number from 1 to " + std::to_string(most));
  }
  return value;
}

Error no_role() {
  return Error(Code::unauthenticated, "the instance has no role").hint("Attach an instance profile to the instance.");
}

Result<SmallAnswer> get(const AskInstance& step, const std::string& path, const os::Secret& session,
                        const HttpDoor& door, std::stop_token stop) {
  const auto make = [&]() -> Result<net::HttpRequest> {
    return net::HttpRequest{.url = step.endpoint + path,
                            .headers = {{"x-aws-ec2-metadata-token", std::string(session.reveal())}},
                            .connect_timeout = step.timeout,
                            .idle_timeout = step.timeout};
  };
  SmallAnswer answer = TRY(ask(door, make, {.attempts = step.attempts}, stop));
  if (answer.status == 404) return no_role();
  if (answer.status == 200) return answer;
  const Code code = answer.status == 429 || answer.status >= 500 ? Code::unavailable : Code::unauthenticated;
  return Error(code, "it answers with status " + std::to_string(answer.status));
}

Result<os::Secret> begin_session(const AskInstance& step, const HttpDoor& door, std::stop_token stop) {
  const auto make = [&]() -> Result<net::HttpRequest> {
    return net::HttpRequest{.method = "PUT",
                            .url = step.endpoint + "/latest/api/token",
                            .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}},
                            .connect_timeout = step.timeout,
                            .idle_timeout = step.timeout};
  };
  SmallAnswer answer = TRY(ask(door, make, {.attempts = step.attempts}, stop));
  const std::string_view token = answer.body.reveal();
  const bool is_header_value =
      !token.empty() && token.size() <= 4096 && token.find_first_of(std::string_view(" \r\n\t\0", 5)) == token.npos;
  if (answer.status == 200 && is_header_value) return std::move(answer.body);
  if (answer.status == 429 || answer.status >= 500)
    return Error(Code::unavailable, "it answers with status " + std::to_string(answer.status));
  return Error(Code::unauthenticated, "it gives no session (status " + std::to_string(answer.status) + ")")
      .hint("In a container the instance's metadata hop limit must be 2; a role for the pod is better.");
}

Result<Credentials> ask_steps(const AskInstance& step, const HttpDoor& door, std::stop_token stop) {
  const os::Secret session = TRY(begin_session(step, door, stop));
  const SmallAnswer roles = TRY(get(step, std::string(kRoles), session, door, stop));
  const std::string_view role = roles.body.reveal().substr(0, roles.body.reveal().find_first_of("\r\n"));
  if (role.empty()) return no_role();
  const SmallAnswer answer = TRY(get(step, std::string(kRoles) + net::percent_encode(role), session, door, stop));
  if (const auto document = codec::parse_json(answer.body.reveal()); document.ok()) {
    const std::string code = codec::text_member(*document, "Code");
    if (!code.empty() && code != "Success") {
      return Error(Code::unauthenticated, "it has no credentials for the role: " + fit_to_show(code, session));
    }
  }
  Credentials credentials = TRY(parse_json_credentials(answer.body.reveal(), "Token"));
  const Time now = door.clock.now();
  if (credentials.expires && *credentials.expires <= now) credentials.expires = now + kExtension;
  return credentials;
}

}  // namespace

Result<std::optional<AskInstance>> find_instance(const net::Environment& environment, const Settings& profile) {
  if (equals_ignoring_case(environment("AWS_EC2_METADATA_DISABLED"), "true")) return std::optional<AskInstance>();
  AskInstance step;
  step.timeout = std::chrono::seconds(TRY(number(environment, "AWS_METADATA_SERVICE_TIMEOUT", 60)));
  step.attempts = TRY(number(environment, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", 10));
  step.endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (step.endpoint.empty()) step.endpoint = setting(profile, "ec2_metadata_service_endpoint");
  if (step.endpoint.empty()) {
    std::string mode = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    if (mode.empty()) mode = setting(profile, "ec2_metadata_service_endpoint_mode");
    step.endpoint = equals_ignoring_case(mode, "ipv6") ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  }
  const Result<net::Url> url = net::parse_url(step.endpoint);
  if (!url.ok() || !url->user.empty() || !url->query.empty() || (url->scheme != "http" && url->scheme != "https")) {
    return Error(Code::invalid, "AWS_EC2_METADATA_SERVICE_ENDPOINT is no http address");
  }
  while (step.endpoint.ends_with('/')) step.endpoint.pop_back();
  return std::optional<AskInstance>(std::move(step));
}

Result<Credentials> ask_instance(const AskInstance& step, const HttpDoor& door, std::stop_token stop) {
  return ask_steps(step, door, stop).context("EC2 instance metadata at " + step.endpoint);
}

}  // namespace salvor::s3
