#include "kube/patch.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace salvor::kube {
namespace {

Json parse(const char* text) { return Json::parse(text); }

// ---- JSON patch ----

struct JsonPatchCase {
  const char* name;
  const char* document;
  const char* patch;
  const char* result;  // empty: refused with `code`
  Code code = Code::invalid;
};

class JsonPatch : public ::testing::TestWithParam<JsonPatchCase> {};

TEST_P(JsonPatch, DoesWhatTheApiServerDoes) {
  const JsonPatchCase& test = GetParam();
  Json document = parse(test.document);
  const auto done = apply_json_patch(document, parse(test.patch));
  if (*test.result == '\0') {
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code(), test.code) << done.error().message();
  } else {
    ASSERT_TRUE(done.ok()) << done.error().message();
    EXPECT_EQ(document, parse(test.result));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, JsonPatch,
    ::testing::Values(
        JsonPatchCase{"AddsAMember", R"({"a":1})", R"([{"op":"add","path":"/b","value":2}])", R"({"a":1,"b":2})"},
        JsonPatchCase{"AddReplacesAMember", R"({"a":1})", R"([{"op":"add","path":"/a","value":[2]}])", R"({"a":[2]})"},
        JsonPatchCase{"AddsBeforeAnElement", R"({"a":[1,3]})", R"([{"op":"add","path":"/a/1","value":2}])",
                      R"({"a":[1,2,3]})"},
        JsonPatchCase{"AddsAtTheEnd", R"({"a":[1]})", R"([{"op":"add","path":"/a/-","value":2}])", R"({"a":[1,2]})"},
        JsonPatchCase{"AddsAtTheIndexBehindTheLast", R"({"a":[1]})", R"([{"op":"add","path":"/a/1","value":2}])",
                      R"({"a":[1,2]})"},
        JsonPatchCase{"RefusesAnIndexTooFar", R"({"a":[1]})", R"([{"op":"add","path":"/a/3","value":2}])", "",
                      Code::not_found},
        JsonPatchCase{"CountsNegativeIndicesFromTheEnd", R"({"a":[1,2,3]})", R"([{"op":"remove","path":"/a/-1"}])",
                      R"({"a":[1,2]})"},
        JsonPatchCase{"AddAtMinusOneAppends", R"({"a":[1]})", R"([{"op":"add","path":"/a/-1","value":2}])",
                      R"({"a":[1,2]})"},
        JsonPatchCase{"RefusesToAddBelowNothing", R"({})", R"([{"op":"add","path":"/a/b","value":2}])", "",
                      Code::not_found},
        JsonPatchCase{"UnescapesTildeAndSlash", R"({"a/b":1,"c~d":2})",
                      R"([{"op":"replace","path":"/a~1b","value":3},{"op":"remove","path":"/c~0d"}])", R"({"a/b":3})"},
        JsonPatchCase{"RefusesToRemoveNothing", R"({"a":1})", R"([{"op":"remove","path":"/b"}])", "", Code::not_found},
        JsonPatchCase{"RefusesToReplaceNothing", R"({"a":1})", R"([{"op":"replace","path":"/b","value":1}])", "",
                      Code::not_found},
        JsonPatchCase{"ReplacesTheWholeDocument", R"({"a":1})", R"([{"op":"replace","path":"","value":{"b":2}}])",
                      R"({"b":2})"},
        JsonPatchCase{"Moves", R"({"a":{"b":1}})", R"([{"op":"move","from":"/a/b","path":"/c"}])", R"({"a":{},"c":1})"},
        JsonPatchCase{"Copies", R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/c"}])",
                      R"({"a":{"b":1},"c":{"b":1}})"},
        JsonPatchCase{"RefusesToMoveNothing", R"({"a":1})", R"([{"op":"move","from":"/x","path":"/c"}])", "",
                      Code::not_found},
        JsonPatchCase{"GoesOnAfterATestThatHolds", R"({"a":1})",
                      R"([{"op":"test","path":"/a","value":1},{"op":"remove","path":"/a"}])", R"({})"},
        JsonPatchCase{"StopsAtATestThatDoesNotHold", R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])", "",
                      Code::conflict},
        JsonPatchCase{"TestsAnAbsentMemberAsNull", R"({"a":1})", R"([{"op":"test","path":"/b","value":null}])",
                      R"({"a":1})"},
        JsonPatchCase{"TestsAnAbsentMemberAgainstAValue", R"({"a":1})", R"([{"op":"test","path":"/b","value":1}])", "",
                      Code::conflict},
        JsonPatchCase{"TestsBelowNothing", R"({"a":1})", R"([{"op":"test","path":"/b/c","value":null}])", "",
                      Code::not_found},
        JsonPatchCase{"RefusesAnUnknownOperation", R"({})", R"([{"op":"merge","path":"/a"}])", ""},
        JsonPatchCase{"RefusesAPathWithoutSlash", R"({"a":1})", R"([{"op":"remove","path":"a"}])", ""},
        JsonPatchCase{"RefusesAnIndexThatIsAWord", R"({"a":[1]})", R"([{"op":"remove","path":"/a/x"}])", ""},
        JsonPatchCase{"RefusesAnAddWithoutValue", R"({})", R"([{"op":"add","path":"/a"}])", ""},
        JsonPatchCase{"RefusesADocumentThatIsNoList", R"({})", R"({"op":"add"})", ""}),
    [](const auto& info) { return std::string(info.param.name); });

// ---- merge patch ----

struct MergeCase {
  const char *from, *patch, *to;
};

// RFC 7386, appendix A.
TEST(MergePatch, HoldsForTheExamplesOfTheStandard) {
  for (const MergeCase& test : {
           MergeCase{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
           MergeCase{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
           MergeCase{R"({"a":"b"})", R"({"a":null})", R"({})"},
           MergeCase{R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
           MergeCase{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
           MergeCase{R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
           MergeCase{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
           MergeCase{R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
           MergeCase{R"({"a":"foo"})", R"("bar")", R"("bar")"},
           MergeCase{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
           MergeCase{R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
       }) {
    Json document = parse(test.from);
    apply_merge_patch(document, parse(test.patch));
    EXPECT_EQ(document, parse(test.to)) << test.from << " + " << test.patch;
  }
}

TEST(MergePatch, CreatedFromTwoDocumentsLeadsFromOneToTheOther) {
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"a":1})", R"({"a":1})"},
           {R"({"a":1})", R"({"b":{"c":[1,{"d":2}]}})"},
           {R"({"a":{"b":1,"c":2}})", R"({"a":{"c":3}})"},
           {R"({"a":{"b":1}})", R"({"a":[1]})"},
           {R"({"a":[1]})", R"({"a":{"b":{}}})"},
           {R"({"metadata":{"labels":{"x":"1"}}})", R"({"metadata":{}})"},
       }) {
    Json document = parse(from);
    const Json patch = create_merge_patch(document, parse(to));
    apply_merge_patch(document, patch);
    EXPECT_EQ(document, parse(to)) << patch.dump();
  }
}

TEST(MergePatch, BetweenEqualDocumentsIsEmpty) {
  EXPECT_EQ(create_merge_patch(parse(R"({"a":{"b":[1]}})"), parse(R"({"a":{"b":[1]}})")), Json::object());
}

// ---- strategic merge patch; tests/peer/strategic_merge_test.py compares with a real API server ----

struct StrategicCase {
  const char* name;
  const char *document, *patch, *result;  // empty result: refused as invalid
};

class StrategicPatch : public ::testing::TestWithParam<StrategicCase> {};

TEST_P(StrategicPatch, OfAPod) {
  const StrategicCase& test = GetParam();
  Json document = parse(test.document);
  const auto done = apply_strategic_patch(document, parse(test.patch), "v1", "Pod");
  if (*test.result == '\0') {
    ASSERT_FALSE(done.ok()) << document.dump();
    EXPECT_EQ(done.error().code(), Code::invalid);
  } else {
    ASSERT_TRUE(done.ok()) << done.error().message();
    EXPECT_EQ(document, parse(test.result));
  }
}

constexpr const char* kTwoContainers =
    R"({"spec":{"containers":[{"name":"a","image":"a:1","env":[{"name":"X","value":"1"}]},{"name":"b","image":"b:1"}]}})";

INSTANTIATE_TEST_SUITE_P(
    Cases, StrategicPatch,
    ::testing::Values(
        StrategicCase{
            "MergesContainersByName", kTwoContainers, R"({"spec":{"containers":[{"name":"b","image":"b:2"}]}})",
            R"({"spec":{"containers":[{"name":"a","image":"a:1","env":[{"name":"X","value":"1"}]},{"name":"b","image":"b:2"}]}})"},
        StrategicCase{
            "MergesListsInsideElements", kTwoContainers,
            R"({"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"2"},{"name":"Y","value":"3"}]}]}})",
            R"({"spec":{"containers":[{"name":"a","image":"a:1","env":[{"name":"X","value":"2"},{"name":"Y","value":"3"}]},{"name":"b","image":"b:1"}]}})"},
        StrategicCase{"DeletesAnElement", kTwoContainers, R"({"spec":{"containers":[{"name":"a","$patch":"delete"}]}})",
                      R"({"spec":{"containers":[{"name":"b","image":"b:1"}]}})"},
        StrategicCase{"ReplacesAList", kTwoContainers,
                      R"({"spec":{"containers":[{"$patch":"replace"},{"name":"c","image":"c:1"}]}})",
                      R"({"spec":{"containers":[{"name":"c","image":"c:1"}]}})"},
        StrategicCase{"ReplacesAnObject", R"({"metadata":{"labels":{"a":"1"}}})",
                      R"({"metadata":{"labels":{"$patch":"replace","b":"2"}}})",
                      R"({"metadata":{"labels":{"b":"2"}}})"},
        StrategicCase{"EmptiesAnObject", R"({"metadata":{"labels":{"a":"1"}}})",
                      R"({"metadata":{"labels":{"$patch":"delete"}}})", R"({"metadata":{"labels":{}}})"},
        StrategicCase{"RemovesByNull", R"({"metadata":{"labels":{"a":"1","b":"2"}}})",
                      R"({"metadata":{"labels":{"a":null,"c":null}}})", R"({"metadata":{"labels":{"b":"2"}}})"},
        StrategicCase{"PutsNewValuesOfASetFirst", R"({"metadata":{"finalizers":["a","b"]}})",
                      R"({"metadata":{"finalizers":["c"]}})", R"({"metadata":{"finalizers":["c","a","b"]}})"},
        StrategicCase{"DeletesFromASet", R"({"metadata":{"finalizers":["a","b"]}})",
                      R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}})",
                      R"({"metadata":{"finalizers":["b"]}})"},
        StrategicCase{"OrdersASet", R"({"metadata":{"finalizers":["a","b"]}})",
                      R"({"metadata":{"$setElementOrder/finalizers":["b","c","a"],"finalizers":["c"]}})",
                      R"({"metadata":{"finalizers":["b","c","a"]}})"},
        StrategicCase{
            "OrdersElements", kTwoContainers, R"({"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}})",
            R"({"spec":{"containers":[{"name":"b","image":"b:1"},{"name":"a","image":"a:1","env":[{"name":"X","value":"1"}]}]}})"},
        StrategicCase{"ReplacesListsWithoutAKey", R"({"spec":{"tolerations":[{"key":"a"}]}})",
                      R"({"spec":{"tolerations":[{"key":"b"}]}})", R"({"spec":{"tolerations":[{"key":"b"}]}})"},
        StrategicCase{
            "RetainsKeys", R"({"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})",
            R"({"spec":{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]}})",
            R"({"spec":{"volumes":[{"name":"v","configMap":{"name":"c"}}]}})"},
        StrategicCase{"RefusesAKeyThatIsNotRetained", R"({"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})",
                      R"({"spec":{"volumes":[{"name":"v","$retainKeys":["name"],"configMap":{"name":"c"}}]}})", ""},
        StrategicCase{"RefusesAnElementWithoutItsKey", kTwoContainers, R"({"spec":{"containers":[{"image":"x"}]}})",
                      ""},
        StrategicCase{"RefusesAnUnknownDirective", kTwoContainers, R"({"spec":{"$patch":"merge"}})", ""},
        StrategicCase{"RefusesAnOrderThatContradictsThePatch", kTwoContainers,
                      R"({"spec":{"$setElementOrder/containers":[{"name":"b"}],"containers":[{"name":"a"}]}})", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(StrategicPatch, FindsPodsInsideWorkloads) {
  Json cron =
      parse(R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}}}}})");
  const Json patch =
      parse(R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"b","image":"x"}]}}}}}})");
  ASSERT_TRUE(apply_strategic_patch(cron, patch, "batch/v1", "CronJob").ok());
  EXPECT_EQ(cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"],
            parse(R"([{"name":"a"},{"name":"b","image":"x"}])"));
}

TEST(StrategicPatch, DoesNotExistForCustomKinds) {
  Json document = Json::object();
  const auto done = apply_strategic_patch(document, Json::object(), "cert-manager.io/v1", "Certificate");
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code(), Code::unsupported);
  EXPECT_FALSE(has_strategic_patch("example.com/v1", "Pod"));
  EXPECT_TRUE(has_strategic_patch("v1", "ConfigMap"));
}

}  // namespace
}  // namespace salvor::kube
