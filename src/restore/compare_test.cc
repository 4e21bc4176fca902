#include "restore/compare.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "codec/json.h"

namespace salvor::restore {
namespace {

Json parse(const char* text) { return Json::parse(text); }

Digest digest(const char* text) {
  SeededRng rng(7);
  Digester digester(rng);
  const auto found = digester.of(std::string_view(text));
  EXPECT_TRUE(found.ok());
  return found->digest;
}

TEST(Digest, IsTheSameForTextAndDocument) {
  SeededRng rng(7);
  const Digester digester(rng);
  for (
      const char* text : {
          R"({"metadata":{"name":"a","labels":{"x":"y"}},"data":{"k":"v","n":1,"f":1.5,"b":true,"z":null,"l":[1,[2],{"a":[]}]}})",
          R"({})",
          R"({"a":18446744073709551615,"b":-9223372036854775808,"c":1e300,"d":0.1})",
          R"({"s":"\u00e4\ud83d\ude00 \" \\ \n","":""})",
      }) {
    EXPECT_EQ(digester.of(parse(text)), digest(text)) << text;
  }
}

TEST(Digest, DoesNotCareForOrderNullsAndWhatTheServerOwns) {
  const Digest plain = digest(R"({"metadata":{"labels":{"a":"1"}},"spec":{"x":1,"y":2}})");
  for (
      const char* same : {
          R"({"spec":{"y":2,"x":1},"metadata":{"labels":{"a":"1"}}})",
          R"({"metadata":{"labels":{"a":"1"},"annotations":{}},"spec":{"x":1.0,"y":2,"z":null},"status":{"q":1}})",
          R"({"apiVersion":"v1","kind":"K","metadata":{"name":"n","namespace":"s","uid":"u","resourceVersion":"1","generation":1,
             "creationTimestamp":"t","managedFields":[{"a":1}],"ownerReferences":[{"uid":"o"}],
             "labels":{"a":"1","velero.io/backup-name":"b","velero.io/restore-name":"r"}},"spec":{"x":1,"y":2}})",
      }) {
    EXPECT_EQ(digest(same), plain) << same;
  }
}

TEST(Digest, DiffersWhereTheMeaningDiffers) {
  const char* texts[] = {R"({"a":{"b":1}})",
                         R"({"a":{"b":2}})",
                         R"({"a":{"c":1}})",
                         R"({"a":{"b":"1"}})",
                         R"({"a":{"b":[1]}})",
                         R"({"a":{"b":[1,2]}})",
                         R"({"a":{"b":[2,1]}})",
                         R"({"a":{}})",
                         R"({})",
                         R"({"a":[]})",
                         R"({"a":true})",
                         R"({"a":false})",
                         R"({"b":{"a":1}})",
                         R"({"a":{"b":1},"c":{"d":2}})",
                         R"({"a":{"d":2},"c":{"b":1}})",
                         R"({"a":{"b":1.5}})",
                         R"({"a":[[1],[2]]})",
                         R"({"a":[[1,2]]})"};
  for (const char* one : texts) {
    for (const char* other : texts) {
      if (one == other) continue;
      EXPECT_NE(digest(one), digest(other)) << one << " " << other;
    }
  }
}

TEST(Digest, TellsWhoseObjectItIs) {
  SeededRng rng(1);
  Digester digester(rng);
  const auto found =
      digester.of(std::string_view(R"({"metadata":{"name":"n","namespace":"s","ownerReferences":[{"controller":true}],
    "labels":{"velero.io/backup-name":"b","velero.io/restore-name":"r"}}})"));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->name, "n");
  EXPECT_EQ(found->ns, "s");
  EXPECT_EQ(found->backup_label, "b");
  EXPECT_EQ(found->restore_label, "r");
  EXPECT_TRUE(found->controlled);
}

TEST(Digest, RefusesWhatIsNoObject) {
  SeededRng rng(1);
  Digester digester(rng);
  EXPECT_FALSE(digester.of(std::string_view("[1]")).ok());
  EXPECT_FALSE(digester.of(std::string_view("{")).ok());
}

TEST(Digest, NeedsItsKey) {
  SeededRng one(1), other(2);
  EXPECT_NE(Digester(one).of(parse(R"({"a":1})")), Digester(other).of(parse(R"({"a":1})")));
}

TEST(Differences, NameTheFieldsThatDiffer) {
  const auto changes = differences(
      parse(
          R"({"spec":{"replicas":1,"gone":true,"containers":[{"name":"a","image":"x"},{"name":"b"}]},"metadata":{"labels":{"app.kubernetes.io/name":"1"}}})"),
      parse(
          R"({"spec":{"replicas":2,"new":{"k":1},"containers":[{"name":"a","image":"y"},{"name":"c"}]},"metadata":{"labels":{"app.kubernetes.io/name":"2"}}})"),
      "deployments.apps");
  std::vector<std::string> lines;
  for (const FieldChange& change : changes) lines.push_back(change.path + ": " + change.live + " -> " + change.backup);
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "metadata.labels[app.kubernetes.io/name]: 1 -> 2",
                       "spec.containers[a].image: x -> y",
                       R"(spec.containers[b]: {"name":"b"} -> )",
                       R"(spec.containers[c]:  -> {"name":"c"})",
                       "spec.gone: true -> ",
                       "spec.replicas: 1 -> 2",
                       R"(spec.new:  -> {"k":1})",
                   }));
}

TEST(Differences, NeverShowASecret) {
  for (const FieldChange& change : differences(parse(R"({"data":{"password":"c2VjcmV0"}})"),
                                               parse(R"({"data":{"password":"b3RoZXI="}})"), "secrets")) {
    EXPECT_EQ(change.path, "data.password");
    EXPECT_EQ(change.live.find("c2Vj"), std::string::npos);
    EXPECT_EQ(change.backup.find("b3Ro"), std::string::npos);
  }
}

TEST(Differences, AreBoundedAndSayWhatIsLeftOut) {
  Json live = Json::object(), backup = Json::object();
  for (int i = 0; i < 10; ++i) live["k" + std::to_string(i)] = i, backup["k" + std::to_string(i)] = i + 1;
  const auto changes = differences(live, backup, "configmaps", 3);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes.back().path, "… and 8 more");
  const auto shortened = differences(parse(R"({"a":1})"), {{"a", std::string(5000, 'x')}}, "configmaps");
  EXPECT_LT(shortened.front().backup.size(), 200U);
}

TEST(ServiceAccountMerge, AddsWhatIsMissingAndKeepsWhatIsLive) {
  const Json merged = merge_service_accounts(
      parse(R"({"metadata":{"labels":{"a":"live"}},"secrets":[{"name":"one"}],"automountServiceAccountToken":false})"),
      parse(
          R"({"metadata":{"labels":{"a":"backup","b":"2"},"annotations":{"n":"1"}},"secrets":[{"name":"one","x":1},{"name":"two"}],
        "imagePullSecrets":[{"name":"p"}],"automountServiceAccountToken":true})"));
  EXPECT_EQ(merged, parse(R"({"metadata":{"labels":{"a":"live","b":"2"},"annotations":{"n":"1"}},
    "secrets":[{"name":"one"},{"name":"two"}],"imagePullSecrets":[{"name":"p"}],"automountServiceAccountToken":false})"));
}

}  // namespace
}  // namespace salvor::restore
