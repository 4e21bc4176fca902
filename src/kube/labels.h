// Labels and label selectors: which objects a selector means, in both of its spellings.
//
//   as text, in the API's query syntax:  app=web,tier in (front,back),!canary
//   as JSON, metav1.LabelSelector:       {"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier",...}]}
//
// Every requirement must hold. A label that is absent fails `equals` and `in` but satisfies `not_equals` and `not_in`.
// A selector without requirements matches everything. Keys and values are checked as the server checks them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace salvor::kube {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Null when there is no such label.
const std::string* find_label(const Labels& labels, std::string_view key);

enum class LabelOperator { equals, not_equals, in, not_in, exists, does_not_exist, greater_than, less_than };

struct LabelRequirement {
  std::string key;
  LabelOperator op = LabelOperator::exists;
  std::vector<std::string> values;  // sorted; one for equals and the comparisons, none for existence

  bool matches(const Labels& labels) const;
  bool operator==(const LabelRequirement&) const = default;
};

struct LabelSelector {
  std::vector<LabelRequirement> requirements;  // sorted by key

  bool matches(const Labels& labels) const;
  bool matches_everything() const { return requirements.empty(); }
  bool operator==(const LabelSelector&) const = default;
};

// The API's query syntax; `invalid` names what was found and what was expected.
Result<LabelSelector> parse_label_selector(std::string_view text);
// Empty for a selector that matches everything.
std::string to_string(const LabelSelector& selector);

// metav1.LabelSelector. Unknown operators, wrong numbers of values and malformed keys are `invalid`.
Result<LabelSelector> label_selector_from_json(const Json& json);
// `a!=b` becomes a NotIn; comparisons have no JSON spelling and are `invalid`.
Result<Json> label_selector_to_json(const LabelSelector& selector);

// "example.com/name" or "name": at most 63 characters after an optional DNS prefix of at most 253.
Result<> check_label_key(std::string_view key);
// At most 63 characters of letters, digits, '-', '_' and '.', beginning and ending with a letter or digit; or empty.
Result<> check_label_value(std::string_view value);

}  // namespace salvor::kube
