#include "store/memory.h"

#include "store/contract_testing.h"

namespace salvor::store {
namespace {

const bool kRegistered = register_contract("MemoryStorageContract", [] {
  auto clock = std::make_shared<FakeClock>();
  return StorageUnderTest{clock, std::make_unique<MemoryStorage>(*clock)};
});

}  // namespace
}  // namespace salvor::store
