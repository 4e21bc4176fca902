#include "store/s3_threats.h"

#include <gmock/gmock.h>

namespace salvor::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> threats_of(std::vector<s3::LifecycleRule> rules, const std::string& prefix = "home/") {
  std::vector<std::string> all;
  for (const Threat& threat : threats_by_rules(rules, prefix)) {
    EXPECT_FALSE(threat.advice.empty());
    all.push_back(threat.what);
  }
  return all;
}

s3::LifecycleRule rule(const std::string& prefix) { return {.id = "r", .prefix = prefix, .enabled = true}; }

TEST(S3Threats, TellsOfRulesThatRemoveBackups) {
  auto expires = rule("home/backups/");
  expires.expiration_days = 30;
  EXPECT_THAT(threats_of({expires}),
              ElementsAre("removes objects below home/backups/ after 30 days (lifecycle rule r)"));
  auto everything = rule("");
  everything.id = "";
  everything.filtered = true;
  everything.expiration_date = parse_rfc3339("2027-01-02T00:00:00Z").value();
  EXPECT_THAT(threats_of({everything}),
              ElementsAre("removes some objects on 2027-01-02 (a lifecycle rule without a name)"));
}

TEST(S3Threats, TellsOfRulesThatFreezeBackups) {
  auto moves = rule("home");
  moves.transitions = {{30, "STANDARD_IA"}, {60, "GLACIER_IR"}, {1, "GLACIER"}, {{}, "DEEP_ARCHIVE"}};
  EXPECT_THAT(threats_of({moves}), ElementsAre("moves objects below home to GLACIER after 1 day (lifecycle rule r)",
                                               "moves objects below home to DEEP_ARCHIVE (lifecycle rule r)"));
}

TEST(S3Threats, IsSilentAboutRulesThatHarmNoBackup) {
  auto elsewhere = rule("homely/");
  elsewhere.expiration_days = 1;
  auto disabled = rule("");
  disabled.enabled = false;
  disabled.expiration_days = 1;
  auto old_versions = rule("");
  old_versions.noncurrent_days = 1;
  old_versions.abort_upload_days = 1;
  EXPECT_THAT(threats_of({elsewhere, disabled, old_versions}), IsEmpty());
}

}  // namespace
}  // namespace salvor::store
