#include "restore/patience.h"

#include <algorithm>

#include "base/units.h"

namespace salvor::restore {
namespace {

using namespace std::chrono_literals;

bool says(const Error& error, std::string_view words) { return error.message().find(words) != std::string::npos; }

}  // namespace

Refusal judge_refusal(const Error& error) {
  switch (error.code()) {
    case Code::unauthenticated:
    case Code::cancelled: return Refusal::fatal;
    case Code::unavailable:
    case Code::deadline:
    case Code::throttled:
    case Code::conflict:
    case Code::expired:
    case Code::not_found: return Refusal::not_yet;
    case Code::denied:
      if (says(error, "being terminated")) return Refusal::not_yet;
      return says(error, " cannot create ") || says(error, " cannot patch ") || says(error, " cannot get ")
                 ? Refusal::final
                 : Refusal::decision;
    case Code::invalid: return says(error, "admission webhook") ? Refusal::decision : Refusal::final;
    default: return Refusal::final;
  }
}

bool is_about_namespace(const Error& error) {
  if (error.code() == Code::not_found) return says(error, "namespaces \"");
  return error.code() == Code::denied && says(error, "being terminated");
}

bool is_port_taken(const Error& error) { return says(error, "provided port is already allocated"); }

Result<bool> ServerPatience::await_server(std::stop_token stop) {
  const Duration start = clock_.monotonic();
  for (Duration wait = 500ms;; wait = std::min<Duration>(wait * 2, 10s)) {
    const auto answer = cluster_.ping(stop);
    if (answer.ok()) return wait > 500ms;
    if (answer.error().code() == Code::unauthenticated) return answer.error().clone();
    if (gave_up_ || clock_.monotonic() - start > limit_) {
      gave_up_ = true;
      return Error(Code::unavailable,
                   "the API server does not answer for " + format_duration(limit_) + ": " + answer.error().message())
          .hint("Run the same restore again when the server is back; it goes on where it was.");
    }
    if (!clock_.wait(wait, stop)) return Error(Code::cancelled, "stopped while waiting for the API server");
  }
}

}  // namespace salvor::restore
