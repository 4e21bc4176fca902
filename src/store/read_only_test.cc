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

}  // namespace
}  // namespace salvor::store
