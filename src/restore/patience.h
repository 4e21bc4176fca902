// Patience: what a refusal by the API server means for a restore, and the wait for a server that went away.
#pragma once

#include <atomic>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "restore/cluster.h"

namespace salvor::restore {

enum class Refusal {
  final,     // the same request will be refused again
  decision,  // a webhook, a quota or an admission plugin said no; others may change its mind: two more passes
  not_yet,   // something is not there yet or does not answer: every pass
  fatal,     // no request will succeed
};
Refusal judge_refusal(const Error& error);

// The object's namespace is missing or on its way out.
bool is_about_namespace(const Error& error);
// A Service asks for a port that is taken; the API says so instead of "already exists".
bool is_port_taken(const Error& error);

// Repeats an operation over a server's absence. While the server answers pings, errors are the caller's.
class ServerPatience {
 public:
  ServerPatience(Cluster& cluster, Clock& clock, Duration limit) : cluster_(cluster), clock_(clock), limit_(limit) {}

  template <class Operation>
  auto over(const Operation& operation, std::stop_token stop) -> decltype(operation()) {
    for (;;) {
      auto result = operation();
      if (result.ok() || !is_absence(result.error())) return result;
      const bool was_away = TRY(await_server(stop));
      if (!was_away) return result;
    }
  }

  // The server stayed away longer than the limit; errors since then end the restore.
  bool gave_up() const { return gave_up_; }

 private:
  static bool is_absence(const Error& error) {
    return error.code() == Code::unavailable || error.code() == Code::deadline;
  }
  // False when the server had not been away at all. `unavailable` when it stays away longer than the limit.
  Result<bool> await_server(std::stop_token stop);

  Cluster& cluster_;
  Clock& clock_;
  const Duration limit_;
  std::atomic<bool> gave_up_{false};
};

}  // namespace salvor::restore
