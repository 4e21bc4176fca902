#include "config/edit.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/rng.h"
#include "config/config.h"

namespace salvor::config {
namespace {

const Json kNew = {{"url", "/new"}};

constexpr const char* kCommented = R"(# My places
locations:   # all of them
  # the box in the cellar
  nas:
    url: "/mnt/nas"   # NFS
    # slow
    limits:
      upload: 5MiB

  # another continent
  offsite:
    url: s3://bucket/x
    encrypt:
    - age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p

# the end
)";

TEST(Edit, AFirstLocationMakesTheMap) {
  for (const char* text : {"", "locations:\n", "locations: {}\n"}) {
    EXPECT_EQ(with_location(text, "nas", kNew).value(), "locations:\n  nas:\n    url: /new\n") << text;
  }
  EXPECT_EQ(with_location("# mine\n", "nas", kNew).value(), "# mine\nlocations:\n  nas:\n    url: /new\n");
}

TEST(Edit, AnotherLocationLeavesEveryOtherLineAsItIs) {
  std::string expected = kCommented;
  const std::string last = "sfn9aqmcac8p\n";
  expected.insert(expected.find(last) + last.size(), "  disk:\n    url: /new\n");
  EXPECT_EQ(with_location(kCommented, "disk", kNew).value(), expected);
}

TEST(Edit, AReplacedLocationLeavesEveryOtherLineAsItIs) {
  std::string expected = kCommented;
  const std::size_t begin = expected.find("  nas:"), end = expected.find("\n  # another");
  expected.replace(begin, end - begin, "  nas:\n    url: /new\n");
  EXPECT_EQ(with_location(kCommented, "nas", kNew).value(), expected);
}

TEST(Edit, ARemovedLocationLeavesEveryOtherLineAsItIs) {
  std::string expected = kCommented;
  const std::size_t begin = expected.find("  nas:"), end = expected.find("\n  # another");
  expected.erase(begin, end - begin);
  EXPECT_EQ(without_location(kCommented, "nas").value(), expected);
  EXPECT_EQ(without_location(kCommented, "absent").value(), kCommented);
}

TEST(Edit, TheLastLocationLeavesAnEmptyMapAndTheComments) {
  EXPECT_EQ(without_location("locations:\n  # one\n  a:\n    url: /a\n# end\n", "a").value(),
            "locations: {}\n  # one\n# end\n");
}

TEST(Edit, NamesThatYamlWouldReadOtherwiseAreQuoted) {
  for (const char* name : {"yes", "1e3", "null", "0777", "on"}) {
    const std::string text = with_location("", name, kNew).value();
    EXPECT_EQ(parse_config(text, "c").value().locations.count(name), 1u) << text;
    EXPECT_EQ(parse_config(without_location(text, name).value(), "c").value().locations.size(), 0u) << text;
  }
}

TEST(Edit, OtherStylesAreWrittenAnewWhenThereAreNoCommentsToLose) {
  const std::string flow = "locations: {a: {url: /a},\n  b: {url: /b}}\n";
  const Config config = parse_config(with_location(flow, "nas", kNew).value(), "c").value();
  EXPECT_EQ(config.locations.size(), 3u);
  EXPECT_EQ(parse_config(without_location(flow, "a").value(), "c").value().locations.size(), 1u);
  const std::string json = R"({"locations": {"a": {"url": "/a"}}})";
  EXPECT_EQ(parse_config(with_location(json, "nas", kNew).value(), "c").value().locations.size(), 2u);
}

TEST(Edit, CommentsInOtherStylesAreNotLost) {
  const auto refused = with_location("locations: {a: {url: /a}}  # precious\n", "nas", kNew);
  EXPECT_EQ(refused.error().code(), Code::unsupported);
  EXPECT_NE(refused.error().hint(), "");
}

TEST(Edit, WindowsLineEndsAndDocumentMarksAreNoObstacle) {
  const std::string text = "---\r\nlocations:\r\n  a:\r\n    url: /a\r\n";
  const Config config = parse_config(with_location(text, "nas", kNew).value(), "c").value();
  EXPECT_EQ(config.locations.at("a").url, "/a");
  EXPECT_EQ(config.locations.at("nas").url, "/new");
}

// Any walk of additions and removals ends with the locations that a map would hold, and with all comments.
TEST(Edit, ManyEditsEndWhereAMapWould) {
  SeededRng rng(7);
  for (int round = 0; round < 200; ++round) {
    std::string text = "# first\nlocations:\n  # second\n";
    std::map<std::string, std::string> model;
    for (int step = 0; step < 20; ++step) {
      const std::string name = "l" + std::to_string(rng.below(5)), url = "/u" + std::to_string(rng.below(100));
      if (rng.below(3) == 0) {
        text = without_location(text, name).value();
        model.erase(name);
      } else {
        text = with_location(text, name, {{"url", url}, {"encrypt", Json::array()}}).value();
        model[name] = url;
      }
      const Config config = parse_config(text, "c").value();
      std::map<std::string, std::string> found;
      for (const auto& [key, settings] : config.locations) found[key] = settings.url;
      ASSERT_EQ(found, model) << text;
      ASSERT_THAT(text, testing::AllOf(testing::HasSubstr("# first"), testing::HasSubstr("# second"))) << text;
    }
  }
}

}  // namespace
}  // namespace salvor::config
