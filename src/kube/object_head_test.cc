#include "kube/object_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salvor::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

std::string error_of(std::string_view text) {
  auto head = HeadReader().read(text);
  if (head.ok()) return "read";
  EXPECT_EQ(head.error().code(), Code::invalid);
  return head.error().message();
}

TEST(HeadReader, ReadsWhatSelectionNeeds) {
  auto head = HeadReader().read(R"({
    "apiVersion": "v1", "kind": "Pod", "spec": {"metadata": {"name": "no"}},
    "metadata": {"name": "web-0", "namespace": "team", "uid": "u-1", "resourceVersion": "812",
      "deletionTimestamp": "2026-11-23T06:34:48Z", "labels": {"app": "web", "tier": "", "größe": "\u00fc"},
      "ownerReferences": [
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "u-0", "controller": true},
        {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u-9"}]}})");
  ASSERT_TRUE(head.ok()) << head.error().message();
  EXPECT_EQ(head->api_version, "v1");
  EXPECT_EQ(head->kind, "Pod");
  EXPECT_EQ(head->ns, "team");
  EXPECT_EQ(head->name, "web-0");
  EXPECT_EQ(head->uid, "u-1");
  EXPECT_EQ(head->resource_version, "812");
  EXPECT_TRUE(head->deleting);
  EXPECT_THAT(head->labels, ElementsAre(Pair("app", "web"), Pair("tier", ""), Pair("größe", "ü")));
  ASSERT_EQ(head->owners.size(), 2U);
  EXPECT_EQ(head->owners[0].api_version, "apps/v1");
  EXPECT_EQ(head->owners[0].kind, "StatefulSet");
  EXPECT_EQ(head->owners[0].name, "web");
  EXPECT_EQ(head->owners[0].uid, "u-0");
  EXPECT_TRUE(head->owners[0].controller);
  EXPECT_FALSE(head->owners[1].controller);
}

TEST(HeadReader, TakesAbsentAndNullMembersAsEmpty) {
  auto head = HeadReader().read(
      R"({"metadata":{"name":"x","labels":null,"ownerReferences":null,"deletionTimestamp":null,"namespace":null}})");
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->api_version, "");
  EXPECT_EQ(head->ns, "");
  EXPECT_FALSE(head->deleting);
  EXPECT_THAT(head->labels, IsEmpty());
  EXPECT_EQ(head->label("app"), nullptr);
}

TEST(HeadReader, FindsLabelsAndLetsTheLastOfTwoWin) {
  auto head = HeadReader().read(R"({"metadata":{"name":"x","labels":{"a":"1","a":"2","b":"3"}}})");
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(*head->label("a"), "2");
  EXPECT_EQ(*head->label("b"), "3");
}

TEST(HeadReader, ForgetsTheObjectBefore) {
  HeadReader reader;
  ASSERT_TRUE(reader.read(R"({"kind":"Pod","metadata":{"name":"a","namespace":"n","labels":{"x":"y"}}})").ok());
  auto second = reader.read(R"({"metadata":{"name":"b"}})");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->kind, "");
  EXPECT_EQ(second->ns, "");
  EXPECT_THAT(second->labels, IsEmpty());
  EXPECT_FALSE(reader.read("{").ok());
  EXPECT_TRUE(reader.read(R"({"metadata":{"name":"c"}})").ok());
}

TEST(HeadReader, RefusesWhatIsNotAnObjectWithAName) {
  EXPECT_THAT(error_of(R"({"metadata":{}})"), HasSubstr("no metadata.name"));
  EXPECT_THAT(error_of(R"({"kind":"Pod"})"), HasSubstr("no metadata.name"));
  EXPECT_THAT(error_of(R"({"metadata":{"name":7}})"), HasSubstr("metadata.name is not a string"));
  EXPECT_THAT(error_of(R"({"metadata":[]})"), HasSubstr("metadata is not an object"));
  EXPECT_THAT(error_of(R"({"metadata":{"name":"x","labels":{"a":1}}})"), HasSubstr("a label's value"));
  EXPECT_THAT(error_of(R"({"metadata":{"name":"x","ownerReferences":{}}})"), HasSubstr("not an array"));
  for (std::string_view text : {"", "[]", "null", "\"x\"", "7"}) EXPECT_NE(error_of(text), "read") << text;
}

TEST(HeadReader, ChecksTheWholeText) {
  for (std::string_view text :
       {R"({"metadata":{"name":"x"})", R"({"metadata":{"name":"x"}}})", R"({"metadata":{"name":"x"},"a":tru})",
        R"({"metadata":{"name":"x"},"a":"\q"})", R"({"metadata":{"name":"x"},})",
        R"({"metadata":{"name":"x"},"a":[1,]})", "{\"metadata\":{\"name\":\"x\"},\"a\":\"\xff\"}"}) {
    EXPECT_NE(error_of(text), "read") << text;
  }
}

TEST(HeadReader, NeverQuotesTheText) {
  EXPECT_THAT(error_of(R"({"metadata":{"name":"x"},"data":{"password":hunter2}})"), Not(HasSubstr("hunter2")));
}

TEST(HeadReader, DoesNotMindNumbersBeyond64Bits) {
  EXPECT_EQ(error_of(R"({"metadata":{"name":"x"},"spec":{"ratio":100000000000000000000}})"), "read");
}

TEST(HeadReader, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) {
    return R"({"metadata":{"name":"x"},"a":)" + std::string(depth, '[') + "1" + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(error_of(nested(511)), "read");
  EXPECT_NE(error_of(nested(512)), "read");
  EXPECT_NE(error_of(std::string(1'000'000, '[')), "read");
}

TEST(HeadReader, ReadsLargeObjectsAndSmallOnesAfterThem) {
  HeadReader reader;
  auto large = reader.read(R"({"data":")" + std::string(3 << 20, 'x') + R"(","metadata":{"name":"big"}})");
  ASSERT_TRUE(large.ok()) << large.error().message();
  EXPECT_EQ(large->name, "big");
  EXPECT_TRUE(reader.read(R"({"metadata":{"name":"small"}})").ok());
}

}  // namespace
}  // namespace salvor::kube
