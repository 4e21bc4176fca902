// RetryingStorage: tries again what failed for now.
//
// Only errors whose code says so (is_retryable) are tried again, after a random wait (net::backoff) or as long as the
// store asked for. What is done again is safe to do again:
//
//   open, stat, free_space, ...   change nothing
//   list, list_directories        go on behind the last name that the visitor saw; its own errors are never retried
//   remove                        has the same end however often it is done
//   reading                       goes on at its offset with a new ranged open, if the store says that the object still
//                                 is the same (Content::version); otherwise the error is passed on. A stream that ends
//                                 before its length counts as broken.
//   writing                       the whole object is sent anew, as long as it is not larger than `resend_limit` and so
//                                 still in memory. Of larger objects the bytes are gone: the error is passed on, and
//                                 only the store itself (parts of an S3 upload) or the caller can try again.
//
// When the answer to a commit got lost, the second try may meet the object of the first. With Exists::replace it is
// written once more. With Exists::refuse already_exists is looked into: if exactly our bytes stand there, that is
// success. So writers that use a refusal as a lock must write something of their own into it.
//
// A call gives up after `tries` or when its next try would begin behind `deadline`. Over all calls a budget holds:
// each retry takes one from it, ten successes put one back; when it is empty calls fail at once, so that an outage is
// not answered with a storm.
#pragma once

#include <chrono>
#include <functional>

#include "base/guarded.h"
#include "base/rng.h"
#include "base/units.h"
#include "store/forwarding.h"

namespace salvor::store {

struct RetryPolicy {
  int tries = 10;  // of one call, the first one included
  Duration deadline = std::chrono::minutes(5);
  std::chrono::milliseconds first_wait{200}, longest_wait{30'000};  // before jitter
  int budget = 200;
  std::uint64_t resend_limit = 4 * kMiB;  // memory per open write stream
  // Told before each wait, on the thread of the call. May be empty.
  std::function<void(const Error& failed, Duration wait)> notice;
};

class RetryingStorage final : public ForwardingStorage {
 public:
  // `rng` is only asked here, for a seed.
  RetryingStorage(std::unique_ptr<Storage> inner, RetryPolicy policy, Clock& clock, Rng& rng);

  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override;
  Result<Capabilities> capabilities(std::stop_token stop) override;
  Result<std::optional<Time>> server_time(std::stop_token stop) override;
  Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop) override;

 private:
  class Writer;
  class Reader;
  struct Attempt;
  struct State {
    SeededRng rng;
    int tenths;  // of the budget
  };

  // Until it succeeds or must not be tried again. `failed` is the error of a try that was already made.
  template <class Call>
  auto persist(const std::stop_token& stop, Call&& call, std::optional<Error> failed = std::nullopt)
      -> decltype(call());
  // Success when `attempt` may go on, after the wait; else the error for the caller.
  Result<> wait_after(Error failed, Attempt& attempt, const std::stop_token& stop);
  void succeeded();

  const RetryPolicy policy_;
  Clock& clock_;
  Guarded<State> state_;
};

}  // namespace salvor::store
