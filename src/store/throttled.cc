#include "store/throttled.h"

#include <algorithm>

namespace salvor::store {

using Stop = std::stop_token;

namespace {

constexpr std::size_t kBurstBytes = 64 * kKiB;

class Writer final : public WriteStream {
 public:
  Writer(Throttle& throttle, std::unique_ptr<WriteStream> inner, Stop stop)
      : throttle_(throttle), inner_(std::move(inner)), stop_(std::move(stop)) {}

  Result<> write(ByteView bytes) override {
    do {  // an empty write is passed on too
      const ByteView piece = bytes.first(std::min(bytes.size(), kBurstBytes));
      bytes = bytes.subspan(piece.size());
      TRY(throttle_.take_up(piece.size(), stop_));
      TRY(inner_->write(piece));
    } while (!bytes.empty());
    return {};
  }
  Result<> commit() override { return inner_->commit(); }

 private:
  Throttle& throttle_;
  const std::unique_ptr<WriteStream> inner_;
  const Stop stop_;
};

class Reader final : public ReadStream {
 public:
  Reader(Throttle& throttle, std::unique_ptr<ReadStream> inner, Stop stop)
      : throttle_(throttle), inner_(std::move(inner)), stop_(std::move(stop)) {}

  Result<std::size_t> read(MutableByteView into) override {
    const std::size_t got = TRY(inner_->read(into.first(std::min(into.size(), kBurstBytes))));
    TRY(throttle_.take_down(got, stop_));
    return got;
  }
  Content about() const override { return inner_->about(); }

 private:
  Throttle& throttle_;
  const std::unique_ptr<ReadStream> inner_;
  const Stop stop_;
};

}  // namespace

Result<std::unique_ptr<WriteStream>> ThrottledStorage::create(const std::string& key, Exists exists, Stop stop) {
  TRY(throttle_.take_request(stop));
  auto stream = TRY(inner().create(key, exists, stop));
  return std::make_unique<Writer>(throttle_, std::move(stream), std::move(stop));
}

Result<std::unique_ptr<ReadStream>> ThrottledStorage::open(const std::string& key, ByteRange range, Stop stop) {
  TRY(throttle_.take_request(stop));
  auto stream = TRY(inner().open(key, range, stop));
  return std::make_unique<Reader>(throttle_, std::move(stream), std::move(stop));
}

Result<Entry> ThrottledStorage::stat(const std::string& key, Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().stat(key, std::move(stop));
}

Result<> ThrottledStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                                Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().list(prefix, visit, std::move(stop));
}

Result<> ThrottledStorage::list_directories(const std::string& prefix,
                                            const std::function<Result<>(std::string_view)>& visit, Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().list_directories(prefix, visit, std::move(stop));
}

Result<> ThrottledStorage::remove(const std::string& key, Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().remove(key, std::move(stop));
}

Result<std::optional<std::uint64_t>> ThrottledStorage::free_space(Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().free_space(std::move(stop));
}

Result<Capabilities> ThrottledStorage::capabilities(Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().capabilities(std::move(stop));
}

Result<std::optional<Time>> ThrottledStorage::server_time(Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().server_time(std::move(stop));
}

Result<std::vector<Right>> ThrottledStorage::excess_rights(const std::string& prefix, Stop stop) {
  TRY(throttle_.take_request(stop));
  return inner().excess_rights(prefix, std::move(stop));
}

}  // namespace salvor::store
