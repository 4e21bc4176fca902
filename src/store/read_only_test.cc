#include "store/read_only.h"

#include <gtest/gtest.h>

#include "store/memory.h"

namespace salvor::store {
namespace {

TEST(ReadOnlyStorage, ReadsAndRefusesToChange) {
  FakeClock clock;
  auto memory = std::make_unique<MemoryStorage>(clock, "somewhere");
  ASSERT_TRUE(put(*memory, "key", as_bytes("kept"), Exists::replace, {}).ok());
  ReadOnlyStorage storage(std::move(memory));
  const auto written = put(storage, "key", as_bytes("new"), Exists::replace, {});
  const auto removed = storage.remove("key", {});
  for (const Error* error : {&written.error(), &removed.error()}) {
    EXPECT_EQ(error->code(), Code::denied);
    EXPECT_NE(error->message().find("somewhere"), std::string::npos);
    EXPECT_NE(error->message().find("key"), std::string::npos);
    EXPECT_FALSE(error->hint().empty());
  }
  EXPECT_EQ(as_text(get(storage, "key", 10, {}).value()), "kept");
  EXPECT_FALSE(storage.server_time({}).value().has_value());
}

// Offers one removed object, and tells whether it was taken.
struct OneRemoved final : ForwardingStorage {
  explicit OneRemoved(Clock& clock, bool& taken)
      : ForwardingStorage(std::make_unique<MemoryStorage>(clock)), taken_(taken) {}
  Result<> undelete(const std::string&, const std::function<bool(const Removed&)>& take, std::stop_token) override {
    taken_ = take({.key = "gone"});
    return {};
  }
  bool& taken_;
};

TEST(ReadOnlyStorage, ShowsWhatWasRemovedAndBringsNothingBack) {
  FakeClock clock;
  bool taken = false;
  ReadOnlyStorage storage(std::make_unique<OneRemoved>(clock, taken));
  std::string seen;
  EXPECT_TRUE(storage.undelete("", [&](const Removed& one) { return seen = one.key, false; }, {}).ok());
  EXPECT_EQ(seen, "gone");
  const auto refused = storage.undelete("", [](const Removed&) { return true; }, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::denied);
  EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace salvor::store
