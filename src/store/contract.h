// The promises of storage.h as checks that run against any Storage.
//
// Each check is one sentence and one function that works below a prefix of its own and returns the first broken promise
// as an Error. The tests run them over every implementation (store/contract_testing.h); a user can have them run
// against a location of theirs, so they touch nothing but their prefix and leave it empty.
#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "store/storage.h"

namespace salvor::store {

struct ContractCheck {
  std::string_view name;  // "RefusedKeysStayAsTheyAre"
  // `prefix` ends in '/'; nothing else uses it meanwhile.
  Result<> (*run)(Storage& storage, const std::string& prefix, Rng& rng, std::stop_token stop);
  // Only kept by stores that offer it (Capabilities).
  bool needs_conditional_put = false;
};

std::span<const ContractCheck> contract_checks();

}  // namespace salvor::store
