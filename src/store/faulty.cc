#include "store/faulty.h"

namespace salvor::store {

using Kind = StorageFault::Kind;
using Stop = std::stop_token;

namespace {

Error planned(const StorageFault& fault, const std::string& operation) {
  Error error(fault.code, operation + ": planned fault");
  return fault.retry_after ? std::move(error).retry_after(*fault.retry_after) : std::move(error);
}

}  // namespace

StorageScript fault_at(std::uint64_t total, StorageFault fault) {
  return [=](const StorageCall& call) { return call.total == total ? std::optional(fault) : std::nullopt; };
}

void FaultyStorage::plan(const std::string& operation, std::uint64_t number, StorageFault fault) {
  script_.with([&](Script& script) { script.faults[{operation, number}] = fault; });
}

void FaultyStorage::set_script(StorageScript script) {
  script_.with([&](Script& state) { state.script = std::move(script); });
}

std::uint64_t FaultyStorage::calls(const std::string& operation) const {
  return script_.with([&](const Script& script) {
    const auto found = script.calls.find(operation);
    return found == script.calls.end() ? 0 : found->second;
  });
}

std::uint64_t FaultyStorage::calls() const {
  return script_.with([](const Script& script) { return script.total; });
}

std::optional<StorageFault> FaultyStorage::count(const std::string& operation, const Stop& stop) {
  auto fault = script_.with([&](Script& script) -> std::optional<StorageFault> {
    const StorageCall call{operation, ++script.calls[operation], ++script.total};
    const auto found = script.faults.find({operation, call.number});
    if (found != script.faults.end()) return found->second;
    return script.script ? script.script(call) : std::nullopt;
  });
  if (fault && clock_ && fault->delay > Duration(0)) (void)clock_->wait(fault->delay, stop);
  return fault;
}

template <class Call>
auto FaultyStorage::guarded(const std::string& operation, const Stop& stop, Call&& call) -> decltype(call()) {
  const auto fault = count(operation, stop);
  if (fault && (fault->kind == Kind::fail || fault->kind == Kind::cut)) return planned(*fault, operation);
  auto outcome = call();
  if (fault && fault->kind == Kind::fail_after) return planned(*fault, operation);
  return outcome;
}

class FaultyStorage::Writer final : public WriteStream {
 public:
  Writer(FaultyStorage& storage, std::unique_ptr<WriteStream> inner, Stop stop)
      : storage_(storage), inner_(std::move(inner)), stop_(std::move(stop)) {}
  Result<> write(ByteView bytes) override {
    return storage_.guarded("write", stop_, [&] { return inner_->write(bytes); });
  }
  Result<> commit() override {
    return storage_.guarded("commit", stop_, [&] { return inner_->commit(); });
  }

 private:
  FaultyStorage& storage_;
  const std::unique_ptr<WriteStream> inner_;
  const Stop stop_;
};

class FaultyStorage::Reader final : public ReadStream {
 public:
  Reader(FaultyStorage& storage, std::unique_ptr<ReadStream> inner, Stop stop)
      : storage_(storage), inner_(std::move(inner)), stop_(std::move(stop)) {}
  Result<std::size_t> read(MutableByteView into) override {
    const auto fault = storage_.count("read", stop_);
    if (cut_ || (fault && fault->kind == Kind::cut)) {
      cut_ = true;
      return std::size_t{0};
    }
    if (fault && fault->kind == Kind::fail) return planned(*fault, "read");
    const std::size_t got = TRY(inner_->read(into));
    if (fault && fault->kind == Kind::flip && got > 0) {
      into[fault->bit / 8 % got] ^= std::byte{1} << (fault->bit % 8);
    }
    if (fault && fault->kind == Kind::fail_after) return planned(*fault, "read");
    return got;
  }
  Content about() const override { return inner_->about(); }

 private:
  FaultyStorage& storage_;
  const std::unique_ptr<ReadStream> inner_;
  const Stop stop_;
  bool cut_ = false;
};

Result<std::unique_ptr<WriteStream>> FaultyStorage::create(const std::string& key, Exists exists, Stop stop) {
  auto inner = TRY(guarded("create", stop, [&] { return inner_.create(key, exists, stop); }));
  return std::make_unique<Writer>(*this, std::move(inner), std::move(stop));
}

Result<std::unique_ptr<ReadStream>> FaultyStorage::open(const std::string& key, ByteRange range, Stop stop) {
  auto inner = TRY(guarded("open", stop, [&] { return inner_.open(key, range, stop); }));
  return std::make_unique<Reader>(*this, std::move(inner), std::move(stop));
}

Result<Entry> FaultyStorage::stat(const std::string& key, Stop stop) {
  return guarded("stat", stop, [&] { return inner_.stat(key, stop); });
}

// Without the lock: the visitor may call us.
template <class Name, class Visit>
Result<> FaultyStorage::show(const std::string& operation, const std::optional<StorageFault>& fault,
                             std::vector<Name> names, std::vector<Name>& last, const Visit& visit) {
  const bool stale = fault && fault->kind == Kind::stale;
  names = script_.with([&](Script&) {
    std::vector<Name> shown = stale ? last : names;
    last = std::move(names);
    return shown;
  });
  const bool cut = fault && fault->kind == Kind::cut;
  for (std::size_t i = 0; i < (cut ? names.size() / 2 : names.size()); ++i) TRY(visit(names[i]));
  if (cut || (fault && fault->kind == Kind::fail_after)) return planned(*fault, operation);
  return {};
}

Result<> FaultyStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit, Stop stop) {
  const auto fault = count("list", stop);
  if (fault && fault->kind == Kind::fail) return planned(*fault, "list");
  std::vector<Entry> entries;
  TRY(inner_.list(prefix, [&](const Entry& entry) { return (entries.push_back(entry), Result<>{}); }, stop));
  auto& last = script_.with([&](Script& script) -> std::vector<Entry>& { return script.last_lists[prefix]; });
  return show("list", fault, std::move(entries), last, visit);
}

Result<> FaultyStorage::list_directories(const std::string& prefix,
                                         const std::function<Result<>(std::string_view)>& visit, Stop stop) {
  const auto fault = count("list_directories", stop);
  if (fault && fault->kind == Kind::fail) return planned(*fault, "list_directories");
  std::vector<std::string> names;
  TRY(inner_.list_directories(
      prefix, [&](std::string_view name) { return (names.emplace_back(name), Result<>{}); }, stop));
  auto& last =
      script_.with([&](Script& script) -> std::vector<std::string>& { return script.last_directories[prefix]; });
  return show("list_directories", fault, std::move(names), last, visit);
}

Result<> FaultyStorage::remove(const std::string& key, Stop stop) {
  return guarded("remove", stop, [&] { return inner_.remove(key, stop); });
}

Result<std::optional<std::uint64_t>> FaultyStorage::free_space(Stop stop) {
  return guarded("free_space", stop, [&] { return inner_.free_space(stop); });
}

Result<Capabilities> FaultyStorage::capabilities(Stop stop) {
  return guarded("capabilities", stop, [&] { return inner_.capabilities(stop); });
}

Result<std::optional<Time>> FaultyStorage::server_time(Stop stop) {
  return guarded("server_time", stop, [&] { return inner_.server_time(stop); });
}

Result<std::vector<Right>> FaultyStorage::excess_rights(const std::string& prefix, Stop stop) {
  return guarded("excess_rights", stop, [&] { return inner_.excess_rights(prefix, stop); });
}

Result<std::vector<Threat>> FaultyStorage::threats(const std::string& prefix, Stop stop) {
  return guarded("threats", stop, [&] { return inner_.threats(prefix, stop); });
}

Result<> FaultyStorage::clear_leftovers(const std::function<bool(const Leftover&)>& take, Stop stop) {
  return guarded("clear_leftovers", stop, [&] { return inner_.clear_leftovers(take, stop); });
}

Result<> FaultyStorage::undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                                 Stop stop) {
  return guarded("undelete", stop, [&] { return inner_.undelete(prefix, take, stop); });
}

}  // namespace salvor::store
