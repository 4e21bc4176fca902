#include "kube/warning.h"

#include <gmock/gmock.h>

namespace salvor::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Warnings read(std::string_view header) {
  Warnings warnings;
  append_warnings(warnings, header);
  return warnings;
}

TEST(Warning, ReadsWhatAnApiServerSends) {
  EXPECT_THAT(read(R"(299 - "unknown field \"spec.replica\"")"), ElementsAre(R"(unknown field "spec.replica")"));
  EXPECT_THAT(read(R"(299 kube "v1 Endpoints is deprecated" "Sat, 28 Nov 2026 14:00:00 GMT", 299 - "b\\c")"),
              ElementsAre("v1 Endpoints is deprecated", "b\\c"));
}

TEST(Warning, WhatIsNoWarningEndsTheReading) {
  for (const char* header :
       {"", "299", "299 - ", "299 - text", "299 - \"open", "299 - \"open\\", "abc - \"x\"", "299"}) {
    EXPECT_THAT(read(header), IsEmpty()) << header;
  }
  EXPECT_THAT(read(R"(299 - "a", nonsense, 299 - "b")"), ElementsAre("a"));
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "299 - \"x\",";
  EXPECT_THAT(read(many), SizeIs(1000));
}

TEST(Warning, AnUnknownFieldIsALoss) {
  EXPECT_TRUE(is_loss(R"(unknown field "spec.a")"));
  EXPECT_FALSE(is_loss("v1 Endpoints is deprecated in v1.33+"));
}

}  // namespace
}  // namespace salvor::kube
