#include "bbolt/database_testing.h"

#include "base/check.h"

namespace salvor::bbolt::testing {

namespace {

class Collector final : public Visitor {
 public:
  Result<> enter(ByteView name, std::uint64_t) override {
    name_ = as_text(name);
    found_[name_];
    return {};
  }
  Result<> entry(ByteView key, ByteView value) override {
    found_[name_][std::string(as_text(key))] = as_text(value);
    return {};
  }
  Result<> leave() override { return {}; }
  Buckets take() { return std::move(found_); }

 private:
  Buckets found_;
  std::string name_;
};

}  // namespace

Bytes written(const Buckets& buckets, std::uint32_t page_size) {
  FakeClock clock;
  os::MemoryFileSystem files(clock);
  const auto file = files.create("db", 0600);
  CHECK(file);
  Writer writer(*file.value, page_size);
  for (const auto& [name, entries] : buckets) {
    CHECK(writer.begin_bucket(as_bytes(name), 0).ok());
    for (const auto& [key, value] : entries) CHECK(writer.put(as_bytes(key), as_bytes(value)).ok());
    CHECK(writer.end_bucket().ok());
  }
  const auto finished = writer.finish();
  CHECK(finished.ok());
  Bytes bytes(finished->bytes);
  OpenFileSource source(*file.value, bytes.size());
  CHECK(source.read_at(bytes, 0).ok());
  return bytes;
}

Result<Buckets> read(ByteView file) {
  MemorySource source(file);
  const Database database = TRY(Database::open(source, file.size()));
  Collector collector;
  TRY(visit(database, collector, {}));
  return collector.take();
}

}  // namespace salvor::bbolt::testing
