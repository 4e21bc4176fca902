#include "store/counting.h"

namespace salvor::store {

using Stop = std::stop_token;

Usage UsageCounter::so_far() const {
  return {.writes = writes_,
          .commits = commits_,
          .reads = reads_,
          .stats = stats_,
          .lists = lists_,
          .listed = listed_,
          .removes = removes_,
          .others = others_,
          .bytes_up = bytes_up_,
          .bytes_down = bytes_down_};
}

class CountingStorage::Writer final : public WriteStream {
 public:
  Writer(UsageCounter& counter, std::unique_ptr<WriteStream> inner) : counter_(counter), inner_(std::move(inner)) {}

  Result<> write(ByteView bytes) override {
    TRY(inner_->write(bytes));
    counter_.bytes_up_ += bytes.size();
    return {};
  }
  Result<> commit() override {
    ++counter_.commits_;
    return inner_->commit();
  }

 private:
  UsageCounter& counter_;
  const std::unique_ptr<WriteStream> inner_;
};

class CountingStorage::Reader final : public ReadStream {
 public:
  Reader(UsageCounter& counter, std::unique_ptr<ReadStream> inner) : counter_(counter), inner_(std::move(inner)) {}

  Result<std::size_t> read(MutableByteView into) override {
    const std::size_t got = TRY(inner_->read(into));
    counter_.bytes_down_ += got;
    return got;
  }
  Content about() const override { return inner_->about(); }

 private:
  UsageCounter& counter_;
  const std::unique_ptr<ReadStream> inner_;
};

Result<std::unique_ptr<WriteStream>> CountingStorage::create(const std::string& key, Exists exists, Stop stop) {
  ++counter_.writes_;
  auto stream = TRY(inner().create(key, exists, std::move(stop)));
  return std::make_unique<Writer>(counter_, std::move(stream));
}

Result<std::unique_ptr<ReadStream>> CountingStorage::open(const std::string& key, ByteRange range, Stop stop) {
  ++counter_.reads_;
  auto stream = TRY(inner().open(key, range, std::move(stop)));
  return std::make_unique<Reader>(counter_, std::move(stream));
}

Result<Entry> CountingStorage::stat(const std::string& key, Stop stop) {
  ++counter_.stats_;
  return inner().stat(key, std::move(stop));
}

Result<> CountingStorage::list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                               Stop stop) {
  ++counter_.lists_;
  const auto visit_counted = [&](const Entry& entry) {
    ++counter_.listed_;
    return visit(entry);
  };
  return inner().list(prefix, visit_counted, std::move(stop));
}

Result<> CountingStorage::list_directories(const std::string& prefix,
                                           const std::function<Result<>(std::string_view)>& visit, Stop stop) {
  ++counter_.lists_;
  const auto visit_counted = [&](std::string_view name) {
    ++counter_.listed_;
    return visit(name);
  };
  return inner().list_directories(prefix, visit_counted, std::move(stop));
}

Result<> CountingStorage::remove(const std::string& key, Stop stop) {
  ++counter_.removes_;
  return inner().remove(key, std::move(stop));
}

Result<std::optional<std::uint64_t>> CountingStorage::free_space(Stop stop) {
  ++counter_.others_;
  return inner().free_space(std::move(stop));
}

Result<Capabilities> CountingStorage::capabilities(Stop stop) {
  ++counter_.others_;
  return inner().capabilities(std::move(stop));
}

Result<std::optional<Time>> CountingStorage::server_time(Stop stop) {
  ++counter_.others_;
  return inner().server_time(std::move(stop));
}

Result<std::vector<Right>> CountingStorage::excess_rights(const std::string& prefix, Stop stop) {
  ++counter_.others_;
  return inner().excess_rights(prefix, std::move(stop));
}

}  // namespace salvor::store
