#include "kube/status.h"

#include <array>
#include <nlohmann/json.hpp>

#include "codec/json_access.h"

namespace salvor::kube {

namespace {

struct ReasonCode {
  std::string_view reason;
  Code code;
};
// metav1.StatusReason (apimachinery pkg/apis/meta/v1/types.go).
constexpr std::array kReasons = {
    ReasonCode{"NotFound", Code::not_found},
    ReasonCode{"AlreadyExists", Code::already_exists},
    ReasonCode{"Conflict", Code::conflict},
    ReasonCode{"Forbidden", Code::denied},
    ReasonCode{"Unauthorized", Code::unauthenticated},
    ReasonCode{"Invalid", Code::invalid},
    ReasonCode{"BadRequest", Code::invalid},
    ReasonCode{"MethodNotAllowed", Code::unsupported},
    ReasonCode{"NotAcceptable", Code::unsupported},
    ReasonCode{"UnsupportedMediaType", Code::unsupported},
    ReasonCode{"RequestEntityTooLarge", Code::invalid},
    ReasonCode{"Expired", Code::expired},
    ReasonCode{"Gone", Code::expired},
    ReasonCode{"TooManyRequests", Code::throttled},
    ReasonCode{"Timeout", Code::deadline},
    ReasonCode{"ServerTimeout", Code::deadline},
    ReasonCode{"ServiceUnavailable", Code::unavailable},
    ReasonCode{"InternalError", Code::unavailable},
};

Code code_of_http(int status) {
  switch (status) {
    case 400:
    case 413:
    case 422: return Code::invalid;
    case 401: return Code::unauthenticated;
    case 403: return Code::denied;
    case 404: return Code::not_found;
    case 405:
    case 406:
    case 415: return Code::unsupported;
    case 408:
    case 504: return Code::deadline;
    case 409: return Code::conflict;
    case 410: return Code::expired;
    case 429: return Code::throttled;
    default: return status >= 500 ? Code::unavailable : Code::invalid;
  }
}

// A proxy's HTML page or an empty body, cut to something that fits a line.
std::string plain_body(const Refusal& refusal) {
  std::string text = "HTTP " + std::to_string(refusal.http_status);
  std::string_view body = refusal.body.substr(0, 200);
  if (body.empty()) return text;
  text += ": ";
  for (const char c : body) text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return text;
}

Error with_hint(Error error) {
  switch (error.code()) {
    case Code::unauthenticated:
      return std::move(error).hint(
          "The cluster does not accept these credentials. Check the user of the kubeconfig context.");
    case Code::denied:
      return std::move(error).hint("Give this user the missing permission (kubectl auth can-i tells what it may do).");
    default: return error;
  }
}

}  // namespace

Error refusal_error(std::string_view what, const Refusal& refusal) {
  Code code = code_of_http(refusal.http_status);
  std::string message;
  if (Result<Json> status = codec::parse_json(refusal.body); status.ok() && status->is_object()) {
    message = codec::text_member(*status, "message");
    const std::string reason = codec::text_member(*status, "reason");
    for (const ReasonCode& known : kReasons) {
      if (known.reason == reason) code = known.code;
    }
  }
  if (message.empty()) message = plain_body(refusal);
  Error error = Error(code, std::move(message)).context(what);
  if (refusal.retry_after) error = std::move(error).retry_after(*refusal.retry_after);
  return with_hint(std::move(error));
}

std::string continue_token_of(std::string_view body) {
  Result<Json> status = codec::parse_json(body);
  return status.ok() ? codec::text_at(*status, {"metadata", "continue"}) : std::string();
}

}  // namespace salvor::kube
