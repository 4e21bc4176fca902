// Registers every check of store/contract.h as a test of one Storage implementation.
//
//   const bool kRegistered = register_contract("MemoryStorage", [] { return std::make_unique<...>(); });
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/storage.h"

namespace salvor::store {

// Keeps alive whatever the storage stands on.
struct StorageUnderTest {
  std::shared_ptr<void> ground;
  std::unique_ptr<Storage> storage;
};

// Returns true so that a namespace-scope constant can call it. Each test makes a fresh, empty storage.
bool register_contract(const std::string& suite, std::function<StorageUnderTest()> make);

}  // namespace salvor::store
