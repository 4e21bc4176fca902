// What a Kubernetes server says when it does not do as asked: an HTTP status and, nearly always, a Status object.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace salvor::kube {

struct Refusal {
  int http_status = 0;
  std::string_view body;  // a Status object, or whatever a proxy in between answered
  std::optional<std::chrono::milliseconds> retry_after;
};

// The Error for a refused call; `what` names it: "create secrets team/db". The Status's reason decides the code, the
// HTTP status where there is no Status. Hints tell what to do about missing permissions and credentials.
Error refusal_error(std::string_view what, const Refusal& refusal);

// The metadata.continue of a Status, by which an expired LIST goes on from a newer state; empty when absent.
std::string continue_token_of(std::string_view body);

}  // namespace salvor::kube
