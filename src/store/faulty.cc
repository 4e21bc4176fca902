#include "store/faulty.h"

namespace salvor::store {

namespace {

Error planned(const StorageFault& fault, const std::string& operation) {
  return Error(fault.code, operation + ": planned fault");
}

}  // namespace

void FaultyStorage::plan(const std::string& operation, std::uint64_t number, StorageFault fault) {
  script_.with([&](Script& script) { script.faults[{operation, number}] = fault; });
}

std::uint64_t FaultyStorage::calls(const std::string& operation) const {
  return script_.with([&](const Script& script) {
    const auto found = script.calls.find(operation);
    return found == script.calls.end() ? 0 : found->second;
  });
}

std::optional<StorageFault> FaultyStorage::count(const std::string& operation) {
  return script_.with([&](Script& script) -> std::optional<StorageFault> {
    const auto found = script.faults.find({operation, ++script.calls[operation]});
    if (found == script.faults.end()) return std::nullopt;
    return found->second;
  });
}

template <class Call>
auto FaultyStorage::guarded(const std::string& operation, Call&& call) -> decltype(call()) {
  const auto fault = count(operation);
  if (fault && fault->kind == StorageFault::Kind::fail) return planned(*fault, operation);
  auto outcome = call();
  if (fault && fault->kind == StorageFault::Kind::fail_after) return planned(*fault, operation);
  return outcome;
}

class FaultyStorage::Writer final : public WriteStream {
 public:
  Writer(FaultyStorage& storage, std::unique_ptr<WriteStream> inner) : storage_(storage), inner_(std::move(inner)) {}
  Result<> write(ByteView bytes) override {
    return storage_.guarded("write", [&] { return inner_->write(bytes); });
  }
  Result<> commit() override {
    return storage_.guarded("commit", [&] { return inner_->commit(); });
  }

 private:
  FaultyStorage& storage_;
  const std::unique_ptr<WriteStream> inner_;
};

class FaultyStorage::Reader final : public ReadStream {
 public:
  Reader(FaultyStorage& storage, std::unique_ptr<ReadStream> inner) : storage_(storage), inner_(std::move(inner)) {}
  Result<std::size_t> read(MutableByteView into) override {
    const auto fault = storage_.count("read");
    if (cut_ || (fault && fault->kind == StorageFault::Kind::cut)) {
      cut_ = true;
      return std::size_t{0};
    }
    if (fault && fault->kind == StorageFault::Kind::fail) return planned(*fault, "read");
    const std::size_t got = TRY(inner_->read(into));
    if (fault && fault->kind == StorageFault::Kind::flip && got > 0) {
      into[fault->bit / 8 % got] ^= std::byte{1} << (fault->bit % 8);
    }
    if (fault && fault->kind == StorageFault::Kind::fail_after) return planned(*fault, "read");
    return got;
  }

 private:
  FaultyStorage& storage_;
  const std::unique_ptr<ReadStream> inner_;
  bool cut_ = false;
};

Result<std::unique_ptr<WriteStream>> FaultyStorage::create(const std::string& key, Exists exists,
                                                           std::stop_token stop) {
  auto inner = TRY(guarded("create", [&] { return inner_.create(key, exists, stop); }));
  return std::make_unique<Writer>(*this, std::move(inner));
}

Result<std::unique_ptr<ReadStream>> FaultyStorage::open(const std::string& key, ByteRange range, std::stop_token stop) {
  auto inner = TRY(guarded("open", [&] { return inner_.open(key, range, stop); }));
  return std::make_unique<Reader>(*this, std::move(inner));
}

Result<Entry> FaultyStorage::stat(const std::string& key, std::stop_token stop) {
  return guarded("stat", [&] { return inner_.stat(key, stop); });
}

Result<> FaultyStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                             std::stop_token stop) {
  return guarded("list", [&] { return inner_.list(prefix, visit, stop); });
}

Result<> FaultyStorage::list_directories(const std::string& prefix,
                                         const std::function<Result<>(std::string_view)>& visit, std::stop_token stop) {
  return guarded("list_directories", [&] { return inner_.list_directories(prefix, visit, stop); });
}

Result<> FaultyStorage::remove(const std::string& key, std::stop_token stop) {
  return guarded("remove", [&] { return inner_.remove(key, stop); });
}

Result<std::optional<std::uint64_t>> FaultyStorage::free_space(std::stop_token stop) {
  return guarded("free_space", [&] { return inner_.free_space(stop); });
}

}  // namespace salvor::store
