#include "store/retrying.h"

#include <algorithm>

#include "net/retry.h"
#include "store/resumed_list.h"

namespace salvor::store {

using Stop = std::stop_token;

struct RetryingStorage::Attempt {
  Duration begun;
  int tries = 0;
};

RetryingStorage::RetryingStorage(std::unique_ptr<Storage> inner, RetryPolicy policy, Clock& clock, Rng& rng)
    : ForwardingStorage(std::move(inner)),
      policy_(std::move(policy)),
      clock_(clock),
      state_(State{SeededRng(rng.next()), policy_.budget * 10}) {}

Result<> RetryingStorage::wait_after(Error failed, Attempt& attempt, const Stop& stop) {
  if (!is_retryable(failed.code())) return failed;
  ++attempt.tries;
  const Duration elapsed = clock_.monotonic() - attempt.begun;
  const auto gave_up = [&](const std::string& why) {
    if (attempt.tries == 1 && policy_.tries == 1) return std::move(failed);
    return Error(std::move(failed).context("gave up after " + std::to_string(attempt.tries) +
                                           (attempt.tries == 1 ? " try" : " tries") + " in " +
                                           format_duration(elapsed) + why));
  };
  if (attempt.tries >= policy_.tries) return gave_up("");
  const auto wait = state_.with([&](State& state) -> std::optional<std::chrono::milliseconds> {
    if (state.tenths < 10) return std::nullopt;
    state.tenths -= 10;
    const auto chosen = net::backoff(attempt.tries - 1, state.rng, policy_.first_wait, policy_.longest_wait);
    return std::max(chosen, failed.retry_after().value_or(std::chrono::milliseconds(0)));
  });
  if (!wait) return gave_up(", as too many other requests failed");
  if (elapsed + *wait > policy_.deadline) return gave_up("");
  if (policy_.notice) policy_.notice(failed, *wait);
  if (!clock_.wait(*wait, stop)) return Error(Code::cancelled, "stopped on request");
  return {};
}

void RetryingStorage::succeeded() {
  state_.with([&](State& state) { state.tenths = std::min(state.tenths + 1, policy_.budget * 10); });
}

template <class Call>
auto RetryingStorage::persist(const Stop& stop, Call&& call, std::optional<Error> failed) -> decltype(call()) {
  Attempt attempt{clock_.monotonic()};
  if (failed) TRY(wait_after(std::move(*failed), attempt, stop));
  for (;;) {
    auto outcome = call();
    if (outcome.ok()) {
      succeeded();
      return outcome;
    }
    TRY(wait_after(std::move(outcome).error(), attempt, stop));
  }
}

class RetryingStorage::Writer final : public WriteStream {
 public:
  Writer(RetryingStorage& storage, std::string key, Exists exists, std::unique_ptr<WriteStream> inner, Stop stop)
      : storage_(storage), key_(std::move(key)), exists_(exists), stop_(std::move(stop)), inner_(std::move(inner)) {}

  Result<> write(ByteView bytes) override {
    if (kept_whole_ && bytes.size() <= storage_.policy_.resend_limit - kept_.size()) {
      append(kept_, bytes);
    } else {
      kept_whole_ = false;
      kept_ = Bytes();
    }
    auto outcome = inner_->write(bytes);
    if (outcome.ok() || !can_resend(outcome.error())) return outcome;
    return storage_.persist(stop_, [&] { return send_anew(); }, std::move(outcome).error());
  }

  Result<> commit() override {
    auto outcome = inner_->commit();
    if (outcome.ok() || !can_resend(outcome.error())) return outcome;
    return storage_.persist(stop_, [&] { return commit_anew(); }, std::move(outcome).error());
  }

 private:
  bool can_resend(const Error& error) const { return kept_whole_ && is_retryable(error.code()); }

  Result<> send_anew() {
    inner_.reset();
    inner_ = TRY(storage_.inner().create(key_, exists_, stop_));
    return inner_->write(kept_);
  }
  Result<> commit_anew() {
    auto outcome = send_anew();
    if (outcome.ok()) outcome = inner_->commit();
    if (outcome.ok() || exists_ != Exists::refuse || outcome.error().code() != Code::already_exists) return outcome;
    // Ours, by an earlier try whose answer got lost, or another writer's?
    if (TRY(stands_there())) return {};
    return outcome;
  }
  Result<bool> stands_there() {
    const auto stream = TRY(storage_.inner().open(key_, {}, stop_));
    const auto length = stream->about().length;
    if (length && *length != kept_.size()) return false;
    Bytes found(kept_.size() + 1);
    std::size_t size = 0;
    while (size < found.size()) {
      const std::size_t got = TRY(stream->read(MutableByteView(found).subspan(size)));
      if (got == 0) break;
      size += got;
    }
    if (length && size < *length) return Error(Code::unavailable, key_ + ": the answer ended early");
    return std::ranges::equal(ByteView(found).first(size), kept_);
  }

  RetryingStorage& storage_;
  const std::string key_;
  const Exists exists_;
  const Stop stop_;
  std::unique_ptr<WriteStream> inner_;
  Bytes kept_;
  bool kept_whole_ = true;
};

class RetryingStorage::Reader final : public ReadStream {
 public:
  Reader(RetryingStorage& storage, std::string key, ByteRange range, std::unique_ptr<ReadStream> inner, Stop stop)
      : storage_(storage),
        key_(std::move(key)),
        range_(range),
        stop_(std::move(stop)),
        inner_(std::move(inner)),
        content_(inner_->about()) {}

  Result<std::size_t> read(MutableByteView into) override {
    auto outcome = read_on(into);
    if (outcome.ok() || !is_retryable(outcome.error().code()) || content_.version.empty()) return outcome;
    return storage_.persist(
        stop_,
        [&]() -> Result<std::size_t> {
          TRY(open_again());
          return read_on(into);
        },
        std::move(outcome).error());
  }
  Content about() const override { return content_; }

 private:
  Result<std::size_t> read_on(MutableByteView into) {
    const std::size_t got = TRY(inner_->read(into));
    if (got == 0 && !into.empty() && content_.length && delivered_ < *content_.length) {
      return Error(Code::unavailable, key_ + " in " + storage_.describe() + ": the answer ended after " +
                                          std::to_string(delivered_) + " of " + std::to_string(*content_.length) +
                                          " bytes");
    }
    delivered_ += got;
    return got;
  }
  Result<> open_again() {
    ByteRange rest{range_.offset + delivered_, range_.length};
    if (rest.length) *rest.length -= std::min(*rest.length, delivered_);
    auto opened = TRY(storage_.inner().open(key_, rest, stop_));
    if (opened->about().version != content_.version) {
      return Error(Code::conflict, key_ + " in " + storage_.describe() + " was replaced while it was read");
    }
    inner_ = std::move(opened);
    return {};
  }

  RetryingStorage& storage_;
  const std::string key_;
  const ByteRange range_;
  const Stop stop_;
  std::unique_ptr<ReadStream> inner_;
  const Content content_;
  std::uint64_t delivered_ = 0;
};

Result<std::unique_ptr<WriteStream>> RetryingStorage::create(const std::string& key, Exists exists, Stop stop) {
  auto stream = TRY(persist(stop, [&] { return inner().create(key, exists, stop); }));
  return std::make_unique<Writer>(*this, key, exists, std::move(stream), std::move(stop));
}

Result<std::unique_ptr<ReadStream>> RetryingStorage::open(const std::string& key, ByteRange range, Stop stop) {
  auto stream = TRY(persist(stop, [&] { return inner().open(key, range, stop); }));
  return std::make_unique<Reader>(*this, key, range, std::move(stream), std::move(stop));
}

Result<> RetryingStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                               Stop stop) {
  ResumedList<const Entry&> resumed(visit);
  TRY(persist(stop, [&] { return resumed.run([&](auto& once) { return inner().list(prefix, once, stop); }); }));
  return std::move(resumed).end();
}

Result<> RetryingStorage::list_directories(const std::string& prefix,
                                           const std::function<Result<>(std::string_view)>& visit, Stop stop) {
  ResumedList<std::string_view> resumed(visit);
  TRY(persist(stop,
              [&] { return resumed.run([&](auto& once) { return inner().list_directories(prefix, once, stop); }); }));
  return std::move(resumed).end();
}

Result<Entry> RetryingStorage::stat(const std::string& key, Stop stop) {
  return persist(stop, [&] { return inner().stat(key, stop); });
}

Result<> RetryingStorage::remove(const std::string& key, Stop stop) {
  return persist(stop, [&] { return inner().remove(key, stop); });
}

Result<std::optional<std::uint64_t>> RetryingStorage::free_space(Stop stop) {
  return persist(stop, [&] { return inner().free_space(stop); });
}

Result<Capabilities> RetryingStorage::capabilities(Stop stop) {
  return persist(stop, [&] { return inner().capabilities(stop); });
}

Result<std::optional<Time>> RetryingStorage::server_time(Stop stop) {
  return persist(stop, [&] { return inner().server_time(stop); });
}

Result<std::vector<Right>> RetryingStorage::excess_rights(const std::string& prefix, Stop stop) {
  return persist(stop, [&] { return inner().excess_rights(prefix, stop); });
}

}  // namespace salvor::store
