// The oracle is the long way: prepare() and what Writer makes of it.
#include "restore/plain.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "restore/prepare.h"
#include "restore/restore_testing.h"

namespace salvor::restore {
namespace {

using testing::make;

class PlainTest : public ::testing::Test {
 protected:
  PlainTest() {
    request_.name = "r";
    request_.spec.backup = "b";
    request_.spec.namespace_mapping["team"] = "crew";
  }
  std::optional<std::string> edit(const std::string& text, bool managed_fields = true) const {
    return edit_plain(text, {.ns = ns_,
                             .name = "x",
                             .target_ns = request_.spec.mapped(ns_),
                             .backup_label = label_value(request_.spec.backup),
                             .restore_label = label_value(request_.name),
                             .managed_fields = managed_fields});
  }
  // What the long way would write.
  Json prepared(const std::string& text, bool managed_fields = true) const {
    const RuleContext rules;
    auto done = Preparer(request_, rules, {}).prepare("secrets", ns_, "x", text);
    EXPECT_TRUE(done.ok()) << done.error().message();
    if (!done.ok()) return {};
    if (managed_fields && !done->managed_fields.is_null()) {
      done->object["metadata"]["managedFields"] = done->managed_fields;
    }
    return done->object;
  }
  void expect_the_same(const Json& object) const {
    const std::string text = codec::dump_json(object);
    for (const bool managed_fields : {true, false}) {
      const auto edited = edit(text, managed_fields);
      ASSERT_TRUE(edited) << text;
      EXPECT_EQ(Json::parse(*edited), prepared(text, managed_fields)) << text;
    }
  }
  Json object(const Json& more) const { return make("v1", "Secret", ns_, "x", more); }

  Request request_;
  std::string ns_ = "team";
};

TEST_F(PlainTest, SaysWhatTheLongWaySays) {
  expect_the_same(object(Json::object()));
  expect_the_same(object({{"type", "Opaque"}, {"data", {{"k", "YQ=="}}}, {"status", {{"ready", true}}}}));
  expect_the_same(
      object({{"metadata", {{"labels", {{"a", "<b>&\u2028\U0001F600"}}}, {"annotations", {{"c", "\"\\\n"}}}}}}));
  expect_the_same(object({{"metadata", {{"labels", nullptr}, {"annotations", nullptr}, {"managedFields", nullptr}}}}));
  expect_the_same(
      object({{"metadata", {{"labels", {{"velero.io/restore-name", "old"}, {"velero.io/backup-name", "b"}}}}}}));
  expect_the_same(
      object({{"spec", {{"n", {0, -1, INT64_MIN, UINT64_MAX}}, {"l", Json::array()}, {"o", Json::object()}}},
              {"immutable", false},
              {"nothing", nullptr}}));
  expect_the_same(object({{"metadata",
                           {{"uid", "u"},
                            {"resourceVersion", "1"},
                            {"generation", 3},
                            {"generateName", "x-"},
                            {"selfLink", "/"},
                            {"creationTimestamp", "2026-01-01T00:00:00Z"},
                            {"deletionTimestamp", "2026-01-01T00:00:00Z"},
                            {"deletionGracePeriodSeconds", 5},
                            {"finalizers", {"f"}},
                            {"ownerReferences", {{{"uid", "o"}}}},
                            {"managedFields", {{{"manager", "m"}, {"fieldsV1", {{"f:data", Json::object()}}}}}}}}}));
}

TEST_F(PlainTest, KnowsObjectsWithoutANamespace) {
  ns_ = "";
  expect_the_same(make("scheduling.k8s.io/v1", "PriorityClass", "", "x", {{"value", 7}}));
}

TEST_F(PlainTest, LeavesTheUnusualToTheLongWay) {
  const auto refuses = [&](const std::string& text) { return !edit(text).has_value(); };
  EXPECT_FALSE(refuses(R"({"metadata":{"name":"x","namespace":"team"}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"team"},"spec":{"ratio":0.10}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"team"},"spec":{"big":100000000000000000000}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"y","namespace":"team"}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"other"}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x"}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","name":"x","namespace":"team"}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"team","namespace":"team"}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"team","labels":{},"labels":{}}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"team","labels":[]}})"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"team"},"metadata":{"name":"x","namespace":"team"}})"));
  EXPECT_TRUE(refuses(R"({"metadata":[]})"));
  EXPECT_TRUE(refuses(R"({"data":{}})"));
  EXPECT_TRUE(refuses(R"([])"));
  EXPECT_TRUE(refuses(R"({"metadata":{"name":"x","namespace":"team"})"));
}

}  // namespace
}  // namespace salvor::restore
