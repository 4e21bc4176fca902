#include "snapshot/policy.h"

#include <gmock/gmock.h>

#include "base/sanitized_testing.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kWhole =
    R"({"retention":{"keepLatest":5,"keepHourly":0,"keepDaily":1,"keepWeekly":2,"keepMonthly":3,"keepAnnual":4,)"
    R"("ignoreIdenticalSnapshots":true},"files":{"ignore":["*.tmp","/a b"],"noParentIgnore":true,)"
    R"("ignoreDotFiles":[".x"],"noParentDotFiles":true,"ignoreCacheDirs":false,"maxFileSize":9000,)"
    R"("oneFileSystem":true},"errorHandling":{"ignoreFileErrors":true,"ignoreDirectoryErrors":true,)"
    R"("ignoreUnknownTypes":false},"scheduling":{"intervalSeconds":60,"timeOfDay":[{"hour":1,"min":2}],)"
    R"("noParentTimeOfDay":true,"manual":true,"cron":["* * * * *"],"runMissed":false},)"
    R"("compression":{"compressorName":"zstd","onlyCompress":[".a"],"noParentOnlyCompress":true,)"
    R"("neverCompress":[".b"],"noParentNeverCompress":true,"minSize":1,"maxSize":2},)"
    R"("metadataCompression":{"compressorName":"none"},"splitter":{"algorithm":"FIXED-1M"},)"
    R"("actions":{"beforeFolder":{"path":"/a","mode":"async"},"afterSnapshotRoot":{"script":"x"}},)"
    R"("osSnapshots":{"volumeShadowCopy":{"enable":2}},"logging":{"directories":{"snapshotted":1,"ignored":2},)"
    R"("entries":{"snapshotted":3,"ignored":4,"cacheHit":5,"cacheMiss":6}},)"
    R"("upload":{"maxParallelSnapshots":7,"maxParallelFileReads":8,"parallelUploadAboveSize":9},"noParent":true})";
constexpr std::string_view kEmpty =
    R"({"retention":{},"files":{},"errorHandling":{},"scheduling":{},"compression":{},"metadataCompression":{},)"
    R"("splitter":{},"actions":{},"osSnapshots":{"volumeShadowCopy":{}},"logging":{"directories":{},"entries":{}},)"
    R"("upload":{}})";

DefinedPolicy of(Source target, std::string_view json) { return {"id", std::move(target), *parse_policy(json)}; }

std::string origin(const EffectivePolicy& effective, std::string_view key) {
  for (const PolicyOrigin& one : effective.origins) {
    if (one.key == key)
      return one.target ? one.target->user + "@" + one.target->host + ":" + one.target->path : "default";
  }
  return "nowhere";
}

TEST(Policies, AreWrittenAsTheyWereRead) {
  EXPECT_EQ(encode(*parse_policy(kWhole)), kWhole);
  EXPECT_EQ(encode(*parse_policy("{}")), kEmpty);
  EXPECT_EQ(encode(Policy{}), kEmpty);
}

TEST(Policies, OfNewerKopiasKeepWhatIsKnown) {
  const Policy policy =
      *parse_policy(R"({"new":{"a":[1]},"retention":{"keepLatest":3,"keepForever":true},"files":null})");
  EXPECT_EQ(policy.keep_latest, 3);
  EXPECT_THAT(policy.ignore, IsEmpty());
}

TEST(Policies, ThatAreNoneAreCorrupt) {
  for (const std::string_view bad :
       {"", "[]", R"({"retention":5})", R"({"retention":{"keepLatest":"5"}})", R"({"files":{"ignore":"*"}})",
        R"({"files":{"ignore":[1]}})", R"({"files":{"maxFileSize":1.5}})", R"({"actions":{"beforeFolder":"rm"}})",
        R"({"scheduling":{"timeOfDay":[1]}})", R"({"noParent":1})"}) {
    const auto policy = parse_policy(bad);
    ASSERT_FALSE(policy.ok()) << bad;
    EXPECT_EQ(policy.error().code(), Code::corrupt) << bad;
  }
  for (std::size_t size = 0; size < kWhole.size(); ++size) EXPECT_FALSE(parse_policy(kWhole.substr(0, size)).ok());
}

TEST(Policies, WithAnyBitFlippedAreReadOrRefused) {
  for (std::size_t bit = 0; bit < kWhole.size() * 8; bit += kIsSanitized ? 5 : 1) {
    std::string text(kWhole);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    const auto policy = parse_policy(text);
    if (policy.ok()) {
      EXPECT_EQ(*parse_policy(encode(*policy)), *policy);
    } else {
      EXPECT_EQ(policy.error().code(), Code::corrupt);
    }
  }
}

TEST(MergedPolicies, TakeTheNearestValueAndListsAsAWhole) {
  const DefinedPolicy near =
      of({"host", "user", "/a/b"}, R"({"retention":{"keepLatest":1},"files":{"ignore":["near"]}})");
  const DefinedPolicy far = of({"host", "user", "/a"}, R"({"retention":{"keepLatest":2,"keepDaily":0},)"
                                                       R"("files":{"ignore":["far"],"maxFileSize":7}})");
  const std::array<const DefinedPolicy*, 2> both{&near, &far};
  const EffectivePolicy merged = merge_policies(both);
  EXPECT_EQ(merged.policy.keep_latest, 1);
  EXPECT_EQ(merged.policy.keep_daily, 0) << "zero is said, too";
  EXPECT_EQ(merged.policy.keep_annual, 3);
  EXPECT_EQ(merged.policy.max_file_size, 7);
  EXPECT_THAT(merged.policy.ignore, ElementsAre("near"));
  EXPECT_THAT(merged.policy.dot_ignore, ElementsAre(".kopiaignore"));
  EXPECT_EQ(origin(merged, "retention.keepLatest"), "user@host:/a/b");
  EXPECT_EQ(origin(merged, "files.maxFileSize"), "user@host:/a");
  EXPECT_EQ(origin(merged, "retention.keepAnnual"), "default");
}

TEST(MergedPolicies, TakeExtensionsTogetherUntilOneForbidsIt) {
  const DefinedPolicy near = of({"h", "u", "/a"}, R"({"compression":{"neverCompress":[".zip"]}})");
  const DefinedPolicy mid =
      of({"h", "u", ""}, R"({"compression":{"neverCompress":[".jpg",".zip"],"noParentNeverCompress":true}})");
  const DefinedPolicy far = of({}, R"({"compression":{"neverCompress":[".gz"],"onlyCompress":[".txt"]}})");
  const std::array<const DefinedPolicy*, 3> all{&near, &mid, &far};
  const EffectivePolicy merged = merge_policies(all);
  EXPECT_THAT(merged.policy.never_compress, ElementsAre(".jpg", ".zip"));
  EXPECT_THAT(merged.policy.only_compress, ElementsAre(".txt"));
}

TEST(MergedPolicies, EndWhereOneHasNoParentAndThereIsNoDefaultThen) {
  const DefinedPolicy near = of({"h", "u", "/a"}, R"({"retention":{"keepLatest":1},"noParent":true})");
  const DefinedPolicy far = of({}, R"({"retention":{"keepDaily":5}})");
  const std::array<const DefinedPolicy*, 2> all{&near, &far};
  const Policy merged = merge_policies(all).policy;
  EXPECT_EQ(merged.keep_latest, 1);
  EXPECT_EQ(merged.keep_daily, std::nullopt);
  EXPECT_THAT(merged.dot_ignore, IsEmpty());
  EXPECT_EQ(merged.compressor, "");
}

TEST(MergedPolicies, InheritActionsOfRootsAndNotOfFolders) {
  const DefinedPolicy near = of({"h", "u", "/a"}, R"({"actions":{"beforeFolder":{"path":"/near"}}})");
  const DefinedPolicy far =
      of({}, R"({"actions":{"afterFolder":{"path":"/far"},"beforeSnapshotRoot":{"path":"/root"}}})");
  const std::array<const DefinedPolicy*, 2> all{&near, &far};
  const Policy merged = merge_policies(all).policy;
  EXPECT_EQ(merged.before_folder, R"({"path":"/near"})");
  EXPECT_EQ(merged.after_folder, std::nullopt);
  EXPECT_EQ(merged.before_root, R"({"path":"/root"})");
}

}  // namespace
}  // namespace salvor::snapshot
