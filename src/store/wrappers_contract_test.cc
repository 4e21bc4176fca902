// The contract of storage.h holds through every wrapper, over memory and over a directory on disk.
#include "os/temporary_directory.h"
#include "store/caching.h"
#include "store/contract_testing.h"
#include "store/counting.h"
#include "store/directory.h"
#include "store/faulty.h"
#include "store/memory.h"
#include "store/mirror.h"
#include "store/read_only.h"
#include "store/retrying.h"
#include "store/throttled.h"

namespace salvor::store {
namespace {

// What the storages stand on.
struct Ground {
  FakeClock clock;
  SeededRng rng{20261123};
  Throttle throttle{clock, {.up = 100 * kMiB, .down = 100 * kMiB, .requests = 10'000}};
  UsageCounter counter;
  std::vector<os::TemporaryDirectory> directories;
};

using Base = std::unique_ptr<Storage> (*)(Ground&);
using Wrap = std::unique_ptr<Storage> (*)(Ground&, Base);

std::unique_ptr<Storage> memory(Ground& ground) { return std::make_unique<MemoryStorage>(ground.clock); }

std::unique_ptr<Storage> directory(Ground& ground) {
  ground.directories.push_back(os::TemporaryDirectory::make().value());
  return DirectoryStorage::open_path(ground.directories.back().path(), Missing::refuse, ground.rng).value();
}

std::unique_ptr<Storage> mirror(Ground& ground, Base base) {
  std::vector<std::unique_ptr<Storage>> places;
  for (int i = 0; i < 2; ++i) places.push_back(base(ground));
  return std::make_unique<MirrorStorage>(std::move(places));
}

std::unique_ptr<Storage> retrying(Ground& ground, std::unique_ptr<Storage> inner, RetryPolicy policy = {}) {
  return std::make_unique<RetryingStorage>(std::move(inner), policy, ground.clock, ground.rng);
}

std::unique_ptr<Storage> caching(Ground& ground, std::unique_ptr<Storage> inner) {
  return std::make_unique<CachingStorage>(std::move(inner), CachePolicy{.max_bytes = 64 * kKiB}, ground.clock);
}

// What is written goes past the read-only door, what is read through it.
class WritesBeside final : public ForwardingStorage {
 public:
  WritesBeside(std::unique_ptr<ReadOnlyStorage> door, Storage& behind)
      : ForwardingStorage(std::move(door)), behind_(behind) {}
  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override {
    return behind_.create(key, exists, std::move(stop));
  }
  Result<> remove(const std::string& key, std::stop_token stop) override {
    return behind_.remove(key, std::move(stop));
  }

 private:
  Storage& behind_;
};

struct Wrapper {
  const char* name;
  Wrap wrap;
};

const Wrapper kWrappers[] = {
    {"Retrying", [](Ground& ground, Base base) { return retrying(ground, base(ground)); }},
    {"Throttled",
     [](Ground& ground, Base base) -> std::unique_ptr<Storage> {
       return std::make_unique<ThrottledStorage>(base(ground), ground.throttle);
     }},
    {"Counting",
     [](Ground& ground, Base base) -> std::unique_ptr<Storage> {
       return std::make_unique<CountingStorage>(base(ground), ground.counter);
     }},
    {"Caching", [](Ground& ground, Base base) { return caching(ground, base(ground)); }},
    {"Mirror", mirror},
    {"ReadOnly",
     [](Ground& ground, Base base) -> std::unique_ptr<Storage> {
       auto inner = base(ground);
       Storage& behind = *inner;
       return std::make_unique<WritesBeside>(std::make_unique<ReadOnlyStorage>(std::move(inner)), behind);
     }},
    {"All",
     [](Ground& ground, Base base) {
       auto counted = std::make_unique<CountingStorage>(mirror(ground, base), ground.counter);
       auto throttled = std::make_unique<ThrottledStorage>(std::move(counted), ground.throttle);
       return caching(ground, retrying(ground, std::move(throttled)));
     }},
};

const bool kRegistered = [] {
  for (const auto& [base_name, base] : {std::pair<const char*, Base>{"Memory", memory}, {"Directory", directory}}) {
    for (const Wrapper& wrapper : kWrappers) {
      register_contract(std::string(wrapper.name) + "Over" + base_name + "Contract", [base = base, &wrapper] {
        auto ground = std::make_shared<Ground>();
        auto storage = wrapper.wrap(*ground, base);
        return StorageUnderTest{ground, std::move(storage)};
      });
    }
  }
  return true;
}();

// Every fifth call goes wrong, in turn without effect, with a lost answer, or half-way.
std::optional<StorageFault> often(const StorageCall& call) {
  using Kind = StorageFault::Kind;
  if (call.total % 5 != 0) return std::nullopt;
  const Kind kinds[] = {Kind::fail, Kind::fail_after, Kind::cut};
  return StorageFault{.kind = kinds[call.total / 5 % 3]};
}

struct FaultyGround : Ground {
  MemoryStorage healthy{clock};
};

const bool kRegisteredOverFaults = register_contract("RetryingOverFaultsContract", [] {
  auto ground = std::make_shared<FaultyGround>();
  auto faulty = std::make_unique<FaultyStorage>(ground->healthy, &ground->clock);
  faulty->set_script(often);
  return StorageUnderTest{ground, retrying(*ground, std::move(faulty), {.tries = 30, .budget = 1'000'000})};
});

}  // namespace
}  // namespace salvor::store
