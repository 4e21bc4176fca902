// The epochs as stock sees them: golden/epochs.txt holds what its epoch manager answered about made-up blobs.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "repo/epoch_plan.h"
#include "repo/golden_lines_testing.h"

namespace salvor::repo {
namespace {

using Ids = std::set<std::string>;

struct Case {
  std::string name;
  EpochParameters parameters;
  std::vector<BlobMetadata> blobs;
  std::map<std::string, std::string> answers;
  EpochState state() const { return read_epochs(blobs, Time{}, parameters); }
};

std::string padded(const std::string& digits, std::size_t size) {
  return std::string(size - digits.size(), '0') + digits;
}

// "xn3_#1f-$c-c1": the hash and the name of the set without their zeros.
std::string expanded(const std::string& text) {
  std::string id;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '#' && text[at] != '$') {
      id += text[at];
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789abcdef", at + 1), text.size());
    const std::string digits = text.substr(at + 1, end - at - 1);
    id += text[at] == '#' ? padded(digits, 32) : "s" + padded(digits, 16);
    at = end - 1;
  }
  return id;
}

Time at(std::int64_t seconds_of_2026) { return Time(std::chrono::seconds(1'767'225'600 + seconds_of_2026)); }

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  for (const std::string& line : golden_lines("epochs.txt")) {
    std::istringstream words(line);
    std::string first, id;
    words >> first;
    if (first == "case") {
      cases.emplace_back().name = line;
    } else if (first == "parameters") {
      std::int64_t margin = 0, duration = 0;
      EpochParameters& p = cases.back().parameters = default_epoch_parameters();
      words >> p.full_checkpoint_frequency >> margin >> duration >> p.epoch_advance_on_count_threshold >>
          p.epoch_advance_on_total_size_bytes_threshold;
      p.cleanup_safety_margin = std::chrono::seconds(margin);
      p.min_epoch_duration = std::chrono::seconds(duration);
    } else if (first == "blob") {
      std::uint64_t size = 0;
      std::int64_t time = 0;
      words >> id >> size >> time;
      cases.back().blobs.push_back({expanded(id), size, at(time)});
    } else {
      cases.back().answers[first] = line.size() > first.size() ? line.substr(first.size() + 1) : "";
    }
  }
  for (Case& c : cases) std::ranges::sort(c.blobs, {}, &BlobMetadata::id);
  return cases;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = read_cases();
  return kCases;
}

Ids ids_of(const std::vector<BlobMetadata>& blobs) {
  Ids ids;
  for (const BlobMetadata& blob : blobs) ids.insert(blob.id);
  return ids;
}

Ids ids_in(const std::string& text) {
  Ids ids;
  std::istringstream words(text);
  for (std::string id; words >> id;) ids.insert(expanded(id));
  return ids;
}

TEST(EpochsOfStock, AreManyCases) { EXPECT_EQ(cases().size(), 90u); }

TEST(EpochsOfStock, HaveTheSameCurrentEpochAndWatermark) {
  for (const Case& c : cases()) {
    const EpochState state = c.state();
    EXPECT_EQ(std::to_string(state.write_epoch), c.answers.at("epoch")) << c.name;
    const auto& mark = state.watermark;
    EXPECT_EQ(mark ? std::to_string(mark->time_since_epoch().count()) : "-", c.answers.at("watermark")) << c.name;
  }
}

TEST(EpochsOfStock, AreMadeUpOfTheSameIndexBlobs) {
  for (const Case& c : cases()) EXPECT_EQ(ids_of(c.state().current_indexes()), ids_in(c.answers.at("view"))) << c.name;
}

TEST(EpochsOfStock, EndAtTheSameTime) {
  for (const Case& c : cases()) {
    EXPECT_EQ(should_advance(c.state(), c.parameters) ? "true" : "false", c.answers.at("advance")) << c.name;
  }
}

// A plan as the golden file has it: the prefix of what is written, and the inputs.
std::string shown(const std::optional<MergePlan>& plan, Ids& inputs) {
  if (!plan) return "-";
  inputs = ids_of(plan->inputs);
  const std::string first = std::to_string(plan->first);
  return plan->kind == BlobKind::range ? "xr" + first + "_" + std::to_string(plan->last) + "_" : "xs" + first + "_";
}

void expect_plan(const Case& c, const std::string& key, const std::optional<MergePlan>& plan) {
  std::string answer = c.answers.at(key);
  const std::string prefix = answer.substr(0, answer.find(' '));
  answer.erase(0, prefix.size());
  Ids inputs;
  // Stock merges nothing into an index of nothing; that is no plan here.
  EXPECT_EQ(shown(plan, inputs), answer.empty() ? "-" : prefix) << c.name;
  EXPECT_EQ(inputs, ids_in(answer)) << c.name;
}

TEST(EpochsOfStock, AreMergedAlike) {
  for (const Case& c : cases()) {
    expect_plan(c, "compact", next_compaction(c.state()));
    expect_plan(c, "range", next_range(c.state(), c.parameters));
  }
}

TEST(EpochsOfStock, LeaveNoMarkersBehindThatStockWouldKeep) {
  for (const Case& c : cases()) {
    const Ids ours = ids_of(superseded_markers(c.state(), c.parameters));
    for (const std::string& id : ids_in(c.answers.at("markers"))) {
      if (parse_blob_id(id)) {
        EXPECT_TRUE(ours.contains(id)) << c.name << " " << id;
      }
    }
    for (const std::string& id : ours) EXPECT_TRUE(ids_in(c.answers.at("markers")).contains(id)) << c.name << " " << id;
  }
}

// Nothing that stock keeps is deleted, and what it deletes is kept only for one of the reasons of epoch_plan.h.
TEST(EpochsOfStock, LoseNoIndexThatStockWouldKeep) {
  std::size_t deleted = 0, kept = 0;
  for (const Case& c : cases()) {
    const EpochState state = c.state();
    const Ids ours = ids_of(superseded_indexes(state, c.parameters)), stocks = ids_in(c.answers.at("superseded"));
    for (const std::string& id : ours) EXPECT_TRUE(stocks.contains(id)) << c.name << " " << id;
    deleted += ours.size();
    for (const std::string& id : stocks) {
      if (ours.contains(id)) continue;
      ++kept;
      const Epoch epoch = parse_blob_id(id)->epoch;
      const auto& set = state.compactions.at(epoch);
      const auto blob = std::ranges::find(c.blobs, id, &BlobMetadata::id);
      const bool is_newer = std::ranges::all_of(set, [&](const auto& b) { return b.modified < blob->modified; });
      const bool is_unnamed = std::ranges::any_of(set, [](const auto& b) { return !parse_blob_id(b.id); });
      EXPECT_TRUE(!state.is_settled(epoch) || is_newer || is_unnamed) << c.name << " " << id;
    }
  }
  EXPECT_GT(deleted, 20u);
  EXPECT_GT(kept, 3u);
}

}  // namespace
}  // namespace salvor::repo
