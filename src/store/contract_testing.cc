#include "store/contract_testing.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "store/contract.h"

namespace salvor::store {

namespace {

using Make = std::function<StorageUnderTest()>;
constexpr std::uint64_t kSeed = 20261123;

class ContractTest : public testing::Test {
 public:
  ContractTest(const ContractCheck& check, const Make& make) : check_(check), make_(make) {}

  void TestBody() override {
    StorageUnderTest subject = make_();
    SeededRng rng(kSeed);
    const Result<> outcome = check_.run(*subject.storage, "contract/check/", rng, {});
    EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
    // The checks promise to leave nothing, and the stores to show that.
    std::string left;
    const auto listed =
        subject.storage->list("", [&](const Entry& entry) { return (left += entry.key + " ", Result<>{}); }, {});
    EXPECT_TRUE(listed.ok() && left.empty()) << left;
  }

 private:
  const ContractCheck& check_;
  const Make make_;
};

}  // namespace

bool register_contract(const std::string& suite, Make make) {
  for (const ContractCheck& check : contract_checks()) {
    const auto build = [&check, make]() -> testing::Test* { return new ContractTest(check, make); };
    testing::RegisterTest(suite.c_str(), std::string(check.name).c_str(), nullptr, nullptr, __FILE__, __LINE__, build);
  }
  return true;
}

}  // namespace salvor::store
