#include "snapshot/ignore_rules.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "snapshot/ignore_classes.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kLongestLine = 65'535;

bool is_blank_line(std::string_view line) { return std::ranges::all_of(to_runes(line), is_space_rune); }

void append_unless_there(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
}

Result<> add_policy(IgnoreRules& rules, const Policy& policy, std::string_view base) {
  if (policy.no_parent_dot_ignore) rules.dot_files.clear();
  append_unless_there(rules.dot_files, policy.dot_ignore);
  if (policy.max_file_size != 0) {
    rules.max_file_size = policy.max_file_size < 0 ? 0 : static_cast<std::uint64_t>(policy.max_file_size);
  }
  rules.one_file_system = policy.one_file_system.value_or(false);
  for (const std::string& rule : policy.ignore) {
    rules.patterns.push_back(TRY(IgnorePattern::parse(rule, base).context("a policy")));
  }
  return {};
}

}  // namespace

// A chain is as long as directories are deep, so neither end of it is reached by recursion.
IgnoreRules::~IgnoreRules() {
  std::shared_ptr<const IgnoreRules> next = std::move(above);
  while (next && next.use_count() == 1) next = std::move(const_cast<IgnoreRules&>(*next).above);
}

IgnoreRules::Verdict IgnoreRules::judge(std::u32string_view path, bool is_directory) const {
  std::vector<const IgnoreRules*> chain;
  for (const IgnoreRules* link = this; link && !link->is_empty; link = link->above.get()) chain.push_back(link);
  Verdict verdict;
  for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
    for (const IgnorePattern& pattern : (*link)->patterns) {
      if (verdict.left_out == pattern.negated()) verdict.left_out = pattern.leaves_out(path, is_directory);
    }
    if (verdict.left_out) ++verdict.times;
  }
  return verdict;
}

Result<std::shared_ptr<const IgnoreRules> > extend_rules(std::shared_ptr<const IgnoreRules> above, const Policy* policy,
                                                         std::vector<std::string> dot_files,
                                                         const std::vector<std::string>& files, std::string_view base) {
  auto rules = std::make_shared<IgnoreRules>();
  rules->dot_files = std::move(dot_files);
  if (above) {
    rules->max_file_size = above->max_file_size;
    rules->one_file_system = above->one_file_system;
  }
  if (policy) TRY(add_policy(*rules, *policy, base));
  for (const std::string& text : files) {
    std::vector<IgnorePattern> more = TRY(parse_ignore_file(text, base));
    std::ranges::move(more, std::back_inserter(rules->patterns));
  }
  rules->is_empty = rules->patterns.empty() && (!above || above->is_empty);
  rules->above = std::move(above);
  return std::shared_ptr<const IgnoreRules>(std::move(rules));
}

Result<std::vector<IgnorePattern> > parse_ignore_file(std::string_view text, std::string_view base) {
  std::vector<IgnorePattern> patterns;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    if (line.size() > kLongestLine) break;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#') || is_blank_line(line)) continue;
    patterns.push_back(TRY(IgnorePattern::parse(line, base)));
  }
  return patterns;
}

}  // namespace salvor::snapshot
