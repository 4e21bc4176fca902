#include "kube/labels.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace salvor::kube {

namespace {

bool matches(std::string_view selector, const Labels& labels) {
  const Result<LabelSelector> parsed = parse_label_selector(selector);
  EXPECT_TRUE(parsed.ok()) << selector;
  return parsed.ok() && parsed->matches(labels);
}

std::string normal(std::string_view selector) {
  const Result<LabelSelector> parsed = parse_label_selector(selector);
  return parsed.ok() ? to_string(*parsed) : "refused";
}

std::string from_json(const char* json) {
  const Result<LabelSelector> parsed = label_selector_from_json(Json::parse(json));
  return parsed.ok() ? to_string(*parsed) : "refused";
}

}  // namespace

TEST(LabelSelector, PrintsWhatItReadsInOneNormalForm) {
  EXPECT_EQ(normal(""), "");
  EXPECT_EQ(normal("  "), "");
  EXPECT_EQ(normal("a=b"), "a=b");
  EXPECT_EQ(normal("a==b"), "a=b");
  EXPECT_EQ(normal(" z != b , a = c "), "a=c,z!=b");
  EXPECT_EQ(normal("a in (c,b,c)"), "a in (b,c)");
  EXPECT_EQ(normal("a notin(b)"), "a notin (b)");
  EXPECT_EQ(normal("!a,b"), "!a,b");
  EXPECT_EQ(normal("a>1,b<2"), "a>1,b<2");
  EXPECT_EQ(normal("in in (in,notin)"), "in in (in,notin)");
  EXPECT_EQ(normal("a="), "a=");
  EXPECT_EQ(normal("a=,b=c"), "a=,b=c");
  EXPECT_EQ(normal("a in ()"), "a in ()");
  EXPECT_EQ(normal("a in (,b)"), "a in (,b)");
  EXPECT_EQ(normal("example.com/team=core"), "example.com/team=core");
}

TEST(LabelSelector, RefusesWhatTheServerRefuses) {
  for (const char* bad :
       {"a=b,",    ",a=b",    "a b",  "a=b c",  "a in b", "a in (b", "a in (b c)", "a in (b)c",  "=b",
        "!",       "!a=b x",  "a>b",  "a>",     "a=b=c",  "-a=b",    "a=-b",       "a b in (c)", "a=(b)",
        "x/y/z=b", "UP/er=b", "/a=b", "a=b\\c", "a<1.5",  "a((b)",   "a=!b"}) {
    EXPECT_EQ(normal(bad), "refused") << bad;
  }
  EXPECT_EQ(normal(std::string("a\0=b", 4)), "refused");
  EXPECT_EQ(normal(std::string(64, 'k') + "=v"), "refused");
  EXPECT_EQ(normal("k=" + std::string(64, 'v')), "refused");
  EXPECT_EQ(normal(std::string(254, 'p') + "/k=v"), "refused");
}

TEST(LabelSelector, TreatsAnAbsentLabelAsDifferentFromEveryValue) {
  const Labels web{{"app", "web"}, {"size", "5"}};
  EXPECT_TRUE(matches("", web));
  EXPECT_TRUE(matches("app=web", web));
  EXPECT_FALSE(matches("app=db", web));
  EXPECT_TRUE(matches("app!=db", web));
  EXPECT_TRUE(matches("tier!=front", web));
  EXPECT_TRUE(matches("tier notin (front,back)", web));
  EXPECT_FALSE(matches("tier in (front,back)", web));
  EXPECT_FALSE(matches("tier=", web));
  EXPECT_TRUE(matches("!tier", web));
  EXPECT_FALSE(matches("!app", web));
  EXPECT_TRUE(matches("app", web));
  EXPECT_FALSE(matches("app=web,tier", web));
}

TEST(LabelSelector, ComparesIntegersOnly) {
  EXPECT_TRUE(matches("size>4", {{"size", "5"}}));
  EXPECT_FALSE(matches("size>5", {{"size", "5"}}));
  EXPECT_TRUE(matches("size<6", {{"size", "5"}}));
  EXPECT_FALSE(matches("size<6", {{"size", "small"}}));
  EXPECT_FALSE(matches("size<6", {}));
}

TEST(LabelSelector, ReadsTheJsonForm) {
  EXPECT_EQ(from_json("{}"), "");
  EXPECT_EQ(from_json(R"({"matchLabels":{"b":"2","a":"1"}})"), "a=1,b=2");
  EXPECT_EQ(from_json(R"({"matchExpressions":[{"key":"t","operator":"In","values":["y","x"]},
                          {"key":"u","operator":"NotIn","values":["x"]},{"key":"v","operator":"Exists"},
                          {"key":"w","operator":"DoesNotExist","values":[]}]})"),
            "t in (x,y),u notin (x),v,!w");
}

TEST(LabelSelector, RefusesMalformedJson) {
  for (const char* bad :
       {"[]", R"("a=b")", R"({"matchLabels":[]})", R"({"matchLabels":{"a":1}})", R"({"matchLabel":{}})",
        R"({"matchExpressions":{}})", R"({"matchExpressions":[{"key":"a","operator":"Is"}]})",
        R"({"matchExpressions":[{"operator":"Exists"}]})",
        R"({"matchExpressions":[{"key":"a","operator":"In","values":[]}]})",
        R"({"matchExpressions":[{"key":"a","operator":"Exists","values":["b"]}]})",
        R"({"matchExpressions":[{"key":"a b","operator":"Exists"}]})",
        R"({"matchExpressions":[{"key":"a","operator":"In","values":[1]}]})"}) {
    EXPECT_EQ(from_json(bad), "refused") << bad;
  }
}

TEST(LabelSelector, WritesAJsonFormThatMeansTheSame) {
  for (const char* text : {"", "a=b", "a=b,c in (d,e),f notin (g),h,!i", "a=b,a=c"}) {
    const LabelSelector selector = *parse_label_selector(text);
    EXPECT_EQ(normal(to_string(*label_selector_from_json(*label_selector_to_json(selector)))),
              std::string(text) == "a=b,a=c" ? "a=b,a in (c)" : text);
  }
  EXPECT_EQ(to_string(*label_selector_from_json(*label_selector_to_json(*parse_label_selector("a!=b")))),
            "a notin (b)");
  EXPECT_FALSE(label_selector_to_json(*parse_label_selector("a>1")).ok());
}

}  // namespace salvor::kube
