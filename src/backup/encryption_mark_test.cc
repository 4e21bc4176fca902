#include "backup/encryption_mark.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "backup/layout.h"
#include "backup/stored_testing.h"
#include "base/clock.h"
#include "store/memory.h"

namespace salvor::backup {
namespace {

using ::testing::HasSubstr;

std::string marked(std::string_view text) {
  auto made = with_mark(text);
  EXPECT_TRUE(made.ok()) << text << ": " << made.error().message();
  return made.ok() ? *std::move(made) : "";
}

TEST(EncryptionMark, IsAnAnnotationAndIsTakenOutAgainByteForByte) {
  for (
      const std::string_view text : {
          R"({"metadata":{"name":"b","annotations":{"a":"1"}}})",
          R"({"metadata":{"name":"b","annotations":{}}})",
          R"({"metadata": { "annotations" : { } , "name":"b"}})",
          R"({"metadata":{"name":"b"}})",
          R"({"metadata":{}})",
          "{\n  \"spec\": {\"metadata\": {\"annotations\": {}}},\n  \"metadata\": {\n    \"name\": \"b\"\n  }\n}\n",
          R"({"metadata":{"annotations":null,"name":"b"}})",
          R"({"a":["metadata",{"metadata":{}}],"metadata":{"labels":{"annotations":"x"},"name":"\"annotations\":{\\"}})",
      }) {
    const std::string with = marked(text);
    const auto json = codec::parse_json(with);
    ASSERT_TRUE(json.ok()) << with;
    EXPECT_TRUE(with.find(kEncryptedAnnotation) != with.npos);
    EXPECT_EQ(without_mark(with), text) << with;
    EXPECT_EQ(without_mark(text), text);
    if (text.find("null") == text.npos) {
      EXPECT_TRUE(is_marked(*json)) << with;
    }
    EXPECT_EQ(with_mark(with).error().code(), Code::conflict);
  }
}

TEST(EncryptionMark, NeedsMetadata) {
  for (const std::string_view text : {"", "{", "[]", "{}", R"({"metadata":[]})", R"({"metadata":"x"})"}) {
    EXPECT_EQ(with_mark(text).error().code(), Code::invalid) << text;
  }
}

TEST(EncryptionMark, IsForVelerosFileOnly) {
  EXPECT_TRUE(is_metadata(BackupKeys("b").metadata()));
  for (const auto key : {"backups/b/b.tar.gz", "backups/velero-backup.json", "restores/b/velero-backup.json",
                         "backups/a/b/velero-backup.json", "backups/b/x-velero-backup.json"}) {
    EXPECT_FALSE(is_metadata(key)) << key;
  }
}

TEST(MarkingStorage, ShowsWhatWasWrittenAndStoresItMarked) {
  FakeClock clock;
  store::MemoryStorage plain(clock);
  testing::store_backup(plain, "b");
  const auto expected = testing::contents_of(plain);

  auto inner = std::make_unique<store::MemoryStorage>(clock);
  store::MemoryStorage& stored = *inner;
  MarkingStorage marking(std::move(inner));
  for (const auto& [key, bytes] : expected) testing::put_bytes(marking, key, bytes);
  EXPECT_EQ(testing::contents_of(marking), expected);
  EXPECT_THAT(testing::problems_of(marking, "b"), ::testing::IsEmpty());
  const std::string key = BackupKeys("b").metadata();
  EXPECT_EQ(marking.stat(key, {}).value().size, expected.at(key).size());
  auto difference = testing::contents_of(stored);
  EXPECT_THAT(difference.at(key), HasSubstr(kEncryptedAnnotation));
  difference[key] = expected.at(key);
  EXPECT_EQ(difference, expected);
}

}  // namespace
}  // namespace salvor::backup
