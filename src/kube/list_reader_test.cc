#include "kube/list_reader.h"

#include <gmock/gmock.h>

#include "kube/proto_testing.h"

namespace salvor::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

struct Read {
  std::vector<std::string> items;
  codec::JsonListHead head;
  std::string error;
  Code code = Code::internal;
};

Read read(std::string_view text, std::size_t piece = 1 << 20) {
  Read result;
  ListReader reader(ProtoKind::find("v1", "Secret"), [&](std::string_view item) -> Result<> {
    result.items.emplace_back(item);
    return {};
  });
  const auto failed = [&](const Error& error) {
    result.error = error.message();
    result.code = error.code();
    return result;
  };
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    const std::string part(text.substr(0, piece));
    if (const auto fed = reader.feed(part); !fed.ok()) return failed(fed.error());
  }
  const auto head = reader.finish();
  if (!head.ok()) return failed(head.error());
  result.head = *head;
  return result;
}

const std::string kTwo = ProtoList{.continue_token = "next", .items = proto_secret("a") + proto_secret("b")}.text();

TEST(ListReader, ReadsProtobufInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= kTwo.size(); ++piece) {
    const Read got = read(kTwo, piece);
    EXPECT_EQ(got.error, "") << piece;
    EXPECT_THAT(got.items, ElementsAre(R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}})",
                                       R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"b"}})"))
        << piece;
    EXPECT_EQ(got.head.resource_version + got.head.continue_token, "812next") << piece;
  }
}

TEST(ListReader, AListThatEndsEarlyIsCorrupt) {
  const std::size_t tail = proto_field(3, "").size() + proto_field(4, "").size();  // nothing is lost with them
  for (std::size_t size = 1; size < kTwo.size() - tail; ++size) {
    EXPECT_EQ(read(kTwo.substr(0, size)).code, Code::corrupt) << size;
    EXPECT_EQ(read(kTwo.substr(0, size), 3).code, Code::corrupt) << size;
  }
}

TEST(ListReader, ReadsJsonWhereTheServerChoseIt) {
  const Read got =
      read(R"({"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"a":1}]})", 5);
  EXPECT_EQ(got.error, "");
  EXPECT_THAT(got.items, ElementsAre(R"({"a":1})"));
  EXPECT_EQ(got.head.resource_version, "7");
  EXPECT_EQ(read("").code, Code::corrupt);
}

TEST(ListReader, WhatItDoesNotKnowIsUnsupported) {
  const auto error = [](const std::string& text) {
    const Read got = read(text);
    EXPECT_EQ(got.code, Code::unsupported) << got.error;
    return got.error;
  };
  EXPECT_THAT(error(ProtoList{.items = proto_secret("a", proto_field(50, "x"))}.text()), HasSubstr("the number 50"));
  EXPECT_THAT(error(ProtoList{.items = proto_field(3, "x")}.text()), HasSubstr("the number 3"));
  EXPECT_THAT(error(ProtoList{.items = proto_number(2, 1)}.text()), HasSubstr("not made of bytes"));
  EXPECT_THAT(error(ProtoList{.kind = "ConfigMapList"}.text()), HasSubstr("holds a ConfigMapList of v1"));
  EXPECT_THAT(error(ProtoList{.api_version = "v2"}.text()), HasSubstr("of v2"));
  EXPECT_THAT(error(ProtoList{}.text() + proto_field(3, "gzip")), HasSubstr("encoded again"));
  EXPECT_THAT(error(ProtoList{}.text() + proto_field(2, "x")), HasSubstr("a second list"));
  EXPECT_THAT(error(ProtoList{.items = proto_field(1, proto_field(5, "shard"))}.text()), HasSubstr("its metadata"));
  EXPECT_THAT(error(ProtoList{.items = "\x12\xff\xff\xff\xff\x0f"}.text()), HasSubstr("an item of"));
}

TEST(ListReader, AnItemThatReachesBeyondItsListIsCorrupt) {
  const std::string text = ProtoList{.items =
                                         "\x12\x7f"
                                         "abc"}
                               .text();
  EXPECT_EQ(read(text).code, Code::corrupt);
  EXPECT_EQ(read("k8sx").code, Code::corrupt);
}

}  // namespace
}  // namespace salvor::kube
