#include "store/mirror.h"

#include <algorithm>

#include "base/units.h"
#include "crypto/sha256.h"
#include "store/resumed_list.h"
#include "store/stopped.h"

namespace salvor::store {

using Stop = std::stop_token;

namespace {

// What the other places cannot do better: the request itself, or its caller, is at fault.
bool is_final(Code code) { return code == Code::cancelled || code == Code::invalid; }

// What each place said about one write or removal.
class Outcomes {
 public:
  explicit Outcomes(std::size_t places) : errors_(places) {}

  void failed(std::size_t place, Error error) { errors_[place] = std::move(error); }
  bool has_failed(std::size_t place) const { return errors_[place].has_value(); }
  bool all_failed() const {
    return std::ranges::all_of(errors_, [](const auto& error) { return error.has_value(); });
  }
  Error first() {
    const auto found = std::ranges::find_if(errors_, [](const auto& error) { return error.has_value(); });
    return std::move(**found);
  }

  // Success, or an error with the first failure's code: "a/key is written to /one, not to s3://two: ...".
  Result<> sum(const std::string& done, const std::vector<std::unique_ptr<Storage>>& places) {
    if (std::ranges::none_of(errors_, [](const auto& error) { return error.has_value(); })) return {};
    if (all_failed() && errors_.size() == 1) return first();
    std::string well, badly;
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      if (!errors_[i]) well += (well.empty() ? "" : " and ") + places[i]->describe();
      if (errors_[i]) badly += "; not in " + places[i]->describe() + " (" + errors_[i]->message() + ")";
    }
    const Error cause = first();
    Error error(cause.code(), done + (well.empty() ? " nowhere" : " in " + well) + badly);
    if (!cause.hint().empty()) std::move(error).hint(cause.hint());
    if (cause.retry_after()) std::move(error).retry_after(*cause.retry_after());
    return error;
  }

 private:
  std::vector<std::optional<Error>> errors_;
};

}  // namespace

MirrorStorage::MirrorStorage(std::vector<std::unique_ptr<Storage>> places) : places_(std::move(places)) {
  CHECK(!places_.empty());
  for (const auto& place : places_) CHECK(place != nullptr);
}

std::string MirrorStorage::describe() const {
  std::string all;
  for (const auto& place : places_) all += (all.empty() ? "" : " + ") + place->describe();
  return all;
}

// Errors: a final one at once; otherwise the first that does not merely say that there is nothing, because that place
// may have it.
template <class Ask>
auto MirrorStorage::first_answer(Ask&& ask) -> decltype(ask(std::declval<Storage&>(), std::size_t{})) {
  std::optional<Error> worst;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto answer = ask(*places_[i], i);
    if (answer.ok() || is_final(answer.error().code())) return answer;
    if (!worst || worst->code() == Code::not_found) worst = std::move(answer).error();
  }
  return std::move(*worst);
}

class MirrorStorage::Writer final : public WriteStream {
 public:
  Writer(MirrorStorage& mirror, std::string key, Exists exists, std::vector<std::unique_ptr<WriteStream>> streams,
         Outcomes outcomes)
      : mirror_(mirror),
        key_(std::move(key)),
        exists_(exists),
        streams_(std::move(streams)),
        outcomes_(std::move(outcomes)) {}

  Result<> write(ByteView bytes) override {
    return on_each([&](WriteStream& stream) { return stream.write(bytes); });
  }
  Result<> commit() override {
    TRY(on_each([](WriteStream& stream) { return stream.commit(); }));
    return outcomes_.sum(key_ + " is stored", mirror_.places_);
  }

 private:
  // One place may fall behind, but not the deciding one, and not all.
  template <class Step>
  Result<> on_each(Step&& step) {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      if (!streams_[i]) continue;
      auto outcome = step(*streams_[i]);
      if (outcome.ok()) continue;
      const bool decides = i == 0 && exists_ == Exists::refuse;
      if (decides || is_final(outcome.error().code())) return outcome;
      streams_[i].reset();
      outcomes_.failed(i, std::move(outcome).error());
    }
    if (outcomes_.all_failed()) return outcomes_.sum(key_ + " is stored", mirror_.places_);
    return {};
  }

  MirrorStorage& mirror_;
  const std::string key_;
  const Exists exists_;
  std::vector<std::unique_ptr<WriteStream>> streams_;
  Outcomes outcomes_;
};

class MirrorStorage::Reader final : public ReadStream {
 public:
  Reader(MirrorStorage& mirror, std::string key, ByteRange range, std::size_t place, std::unique_ptr<ReadStream> inner,
         Stop stop)
      : mirror_(mirror),
        key_(std::move(key)),
        range_(range),
        stop_(std::move(stop)),
        place_(place),
        inner_(std::move(inner)),
        content_(inner_->about()) {
    if (!content_.version.empty()) content_.version.insert(0, std::to_string(place_) + ":");
  }

  Result<std::size_t> read(MutableByteView into) override {
    auto outcome = read_here(into);
    if (outcome.ok() || is_final(outcome.error().code()) || place_ + 1 == mirror_.places_.size()) return outcome;
    const auto delivered = seen_.finish();
    while (++place_ < mirror_.places_.size()) {
      const auto moved = go_on_here(delivered);
      if (!moved.ok() && moved.error().code() == Code::cancelled) return moved.error().clone();
      if (!moved.ok()) continue;  // the first place's error says most
      auto again = read_here(into);
      if (again.ok() || is_final(again.error().code())) return again;
    }
    --place_;
    return outcome;
  }
  Content about() const override { return content_; }

 private:
  Result<std::size_t> read_here(MutableByteView into) {
    const std::size_t got = TRY(inner_->read(into));
    if (got == 0 && !into.empty() && content_.length && delivered_ < *content_.length) {
      return Error(Code::unavailable, key_ + " in " + mirror_.places_[place_]->describe() +
                                          ": the answer ended after " + std::to_string(delivered_) + " of " +
                                          std::to_string(*content_.length) + " bytes");
    }
    if (mirror_.places_.size() > 1) seen_.update(into.first(got));
    delivered_ += got;
    return got;
  }

  // Takes the stream of this place when it begins with the bytes that were delivered.
  Result<> go_on_here(const crypto::Sha256Digest& delivered) {
    auto stream = TRY(mirror_.places_[place_]->open(key_, range_, stop_));
    const auto differs = [&] { return Error(Code::conflict, key_ + " differs between its places"); };
    const auto length = stream->about().length;
    if (length && content_.length && *length != *content_.length) return differs();
    crypto::Sha256 compared, seen;
    Bytes buffer(64 * kKiB);
    for (std::uint64_t rest = delivered_; rest > 0;) {
      const auto part = MutableByteView(buffer).first(std::min<std::uint64_t>(buffer.size(), rest));
      const std::size_t got = TRY(stream->read(part));
      if (got == 0) return differs();
      compared.update(part.first(got));
      seen.update(part.first(got));
      rest -= got;
    }
    if (compared.finish() != delivered) return differs();
    inner_ = std::move(stream);
    seen_ = std::move(seen);
    return {};
  }

  MirrorStorage& mirror_;
  const std::string key_;
  const ByteRange range_;
  const Stop stop_;
  std::size_t place_;
  std::unique_ptr<ReadStream> inner_;
  Content content_;
  crypto::Sha256 seen_;
  std::uint64_t delivered_ = 0;
};

Result<std::unique_ptr<WriteStream>> MirrorStorage::create(const std::string& key, Exists exists, Stop stop) {
  std::vector<std::unique_ptr<WriteStream>> streams(places_.size());
  Outcomes outcomes(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    // The first place has decided before the others hear of it, and what they hold is behind.
    auto stream = places_[i]->create(key, i == 0 ? exists : Exists::replace, stop);
    if (stream.ok()) {
      streams[i] = std::move(*stream);
      continue;
    }
    const bool decides = i == 0 && exists == Exists::refuse;
    if (decides || is_final(stream.error().code())) return std::move(stream).error();
    outcomes.failed(i, std::move(stream).error());
  }
  if (outcomes.all_failed()) TRY(outcomes.sum(key + " is stored", places_));
  return std::make_unique<Writer>(*this, key, exists, std::move(streams), std::move(outcomes));
}

Result<std::unique_ptr<ReadStream>> MirrorStorage::open(const std::string& key, ByteRange range, Stop stop) {
  return first_answer([&](Storage& place, std::size_t i) -> Result<std::unique_ptr<ReadStream>> {
    auto stream = TRY(place.open(key, range, stop));
    return std::make_unique<Reader>(*this, key, range, i, std::move(stream), stop);
  });
}

Result<Entry> MirrorStorage::stat(const std::string& key, Stop stop) {
  return first_answer([&](Storage& place, std::size_t) { return place.stat(key, stop); });
}

template <class Name, class List>
Result<> MirrorStorage::list_somewhere(const std::function<Result<>(Name)>& visit, List&& list) {
  ResumedList<Name> resumed(visit);
  TRY(first_answer(
      [&](Storage& place, std::size_t) { return resumed.run([&](auto& once) { return list(place, once); }); }));
  return std::move(resumed).end();
}

Result<> MirrorStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit, Stop stop) {
  return list_somewhere(visit, [&](Storage& place, auto& once) { return place.list(prefix, once, stop); });
}

Result<> MirrorStorage::list_directories(const std::string& prefix,
                                         const std::function<Result<>(std::string_view)>& visit, Stop stop) {
  return list_somewhere(visit, [&](Storage& place, auto& once) { return place.list_directories(prefix, once, stop); });
}

Result<> MirrorStorage::remove(const std::string& key, Stop stop) {
  Outcomes outcomes(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto removed = places_[i]->remove(key, stop);
    if (removed.ok()) continue;
    if (is_final(removed.error().code())) return removed;
    outcomes.failed(i, std::move(removed).error());
  }
  return outcomes.sum(key + " is removed", places_);
}

Result<std::optional<std::uint64_t>> MirrorStorage::free_space(Stop stop) {
  std::optional<std::uint64_t> least;
  for (const auto& place : places_) {
    const auto space = TRY(place->free_space(stop));
    if (space) least = std::min(*space, least.value_or(UINT64_MAX));
  }
  return least;
}

Result<Capabilities> MirrorStorage::capabilities(Stop stop) {
  const auto both = [](Offered one, Offered other) {
    if (one == Offered::no || other == Offered::no) return Offered::no;
    return one == Offered::yes && other == Offered::yes ? Offered::yes : Offered::unknown;
  };
  Capabilities all = TRY(places_[0]->capabilities(stop));
  for (std::size_t i = 1; i < places_.size(); ++i) {
    const Capabilities here = TRY(places_[i]->capabilities(stop));
    all.versioning = both(all.versioning, here.versioning);
    all.object_lock = both(all.object_lock, here.object_lock);
  }
  return all;
}

Result<std::optional<Time>> MirrorStorage::server_time(Stop stop) {
  return first_answer([&](Storage& place, std::size_t) { return place.server_time(stop); });
}

Result<std::vector<Right>> MirrorStorage::excess_rights(const std::string& prefix, Stop stop) {
  std::vector<Right> all;
  for (const auto& place : places_) {
    for (Right& right : TRY(place->excess_rights(prefix, stop))) {
      right.action += " in " + place->describe();
      all.push_back(std::move(right));
    }
  }
  return all;
}

Result<std::vector<Threat>> MirrorStorage::threats(const std::string& prefix, Stop stop) {
  std::vector<Threat> all;
  for (const auto& place : places_) {
    for (Threat& threat : TRY(place->threats(prefix, stop))) {
      threat.what = place->describe() + " " + threat.what;
      all.push_back(std::move(threat));
    }
  }
  return all;
}

Result<> MirrorStorage::clear_leftovers(const std::function<bool(const Leftover&)>& take, Stop stop) {
  for (const auto& place : places_) {
    const auto named = [&](const Leftover& one) {
      return take({one.name + " in " + place->describe(), one.size, one.modified});
    };
    TRY(place->clear_leftovers(named, stop));
  }
  return {};
}

Result<> MirrorStorage::undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                                 Stop stop) {
  for (const auto& place : places_) TRY(place->undelete(prefix, take, stop));
  return {};
}

}  // namespace salvor::store
