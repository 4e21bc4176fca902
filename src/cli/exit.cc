// The table of exit statuses, and where the codes of errors fall in it.
#include "cli/exit.h"

#include "base/check.h"

namespace salvor::cli {

namespace {

constexpr ExitStatus kStatuses[] = {
    {Outcome::done, 0, "done"},
    {Outcome::failed, 1, "failed; the message says why"},
    {Outcome::wrong_usage, 2, "wrong usage; nothing was done"},
    {Outcome::some_items_failed, 3, "done, with errors in some items"},
    {Outcome::not_found, 4, "the named backup, restore or object does not exist"},
    {Outcome::verification_failed, 5, "verification failed: the data is not what was written"},
    {Outcome::interrupted, 130, "interrupted; the same command goes on where it stopped"},
};

}  // namespace

std::span<const ExitStatus> exit_statuses() { return kStatuses; }

int exit_status(Outcome outcome) {
  for (const ExitStatus& status : kStatuses) {
    if (status.outcome == outcome) return status.number;
  }
  CHECK(false);
}

Outcome outcome_of(Code code) {
  switch (code) {
    case Code::not_found: return Outcome::not_found;
    case Code::corrupt: return Outcome::verification_failed;
    case Code::cancelled: return Outcome::interrupted;
    case Code::already_exists:
    case Code::conflict:
    case Code::invalid:
    case Code::unauthenticated:
    case Code::denied:
    case Code::unavailable:
    case Code::deadline:
    case Code::throttled:
    case Code::out_of_space:
    case Code::expired:
    case Code::unsupported:
    case Code::internal: return Outcome::failed;
  }
  return Outcome::failed;
}

}  // namespace salvor::cli
