#include "restore/modifiers.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "backup/filter.h"
#include "codec/json_access.h"
#include "codec/yaml.h"
#include "kube/labels.h"
#include "kube/patch.h"

namespace salvor::restore {
namespace {

using codec::member;
using codec::text_at;
using codec::text_member;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// A glob whose '*' stops at dots, as a regular expression; "**" runs over them, {a,b} is a choice.
std::string regex_of(std::string_view glob) {
  std::string regex = "^";
  int choices = 0;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    if (c == '*' && i + 1 < glob.size() && glob[i + 1] == '*') {
      regex += ".*", ++i;
    } else if (c == '*') {
      regex += "[^.]*";
    } else if (c == '?') {
      regex += "[^.]";
    } else if (c == '[') {
      const std::size_t end = std::min(glob.find(']', i), glob.size() - 1);
      std::string set(glob.substr(i, end - i + 1));
      if (set.size() > 1 && set[1] == '!') set[1] = '^';
      regex += set, i = end;
    } else if (c == '{') {
      regex += "(?:", ++choices;
    } else if (c == '}' && choices > 0) {
      regex += ')', --choices;
    } else if (c == ',' && choices > 0) {
      regex += '|';
    } else if (c == '\\' && i + 1 < glob.size()) {
      regex += RE2::QuoteMeta(glob.substr(++i, 1));
    } else {
      regex += RE2::QuoteMeta(glob.substr(i, 1));
    }
  }
  return regex + "$";
}

Result<std::shared_ptr<const RE2>> compile(const std::string& pattern, std::string_view what) {
  auto regex = std::make_shared<RE2>(pattern, RE2::Quiet);
  if (!regex->ok()) return Error(Code::invalid, std::string(what) + ": " + regex->error());
  return std::shared_ptr<const RE2>(std::move(regex));
}

// The members that an object may have; anything else is a misspelling.
Result<> check_members(const Json& object, std::string_view where, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return Error(Code::invalid, std::string(where) + " is not an object");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Error(Code::invalid, std::string(where) + " has no member \"" + key + "\"");
    }
  }
  return {};
}

// A scalar where Velero wants a string: YAML may have read it as a number or a boolean.
Result<std::string> scalar_text(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || value->is_null()) return std::string();
  if (value->is_string()) return value->get<std::string>();
  if (value->is_structured()) return Error(Code::invalid, "\"" + std::string(key) + "\" is not a string");
  return codec::dump_json(*value);
}

// Velero's reading of a patch's value: JSON where it looks like JSON, else a string. Quotes make a string of anything.
Result<Json> value_of(std::string text) {
  const bool quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  if (!text.empty() && !quoted) {
    char* end = nullptr;
    std::strtod(text.c_str(), &end);
    const std::string word = lower(text);
    const bool is_number = end == text.c_str() + text.size();
    const bool is_json =
        text == "null" || word == "true" || word == "false" || text.front() == '{' || text.front() == '[' || is_number;
    if (is_json) return codec::parse_json(text);
  }
  return codec::parse_json(quoted ? text : "\"" + text + "\"");
}

Result<Json> operation_of(const std::string& op, const Json& from) {
  Json operation = {{"op", op}, {"path", TRY(scalar_text(from, "path"))}, {"from", TRY(scalar_text(from, "from"))}};
  const std::string text = TRY(scalar_text(from, "value"));
  auto value = value_of(text);
  if (!value.ok()) return std::move(value).error().context("value of " + op + " " + text_member(operation, "path"));
  operation["value"] = std::move(*value);
  return operation;
}

}  // namespace

struct Modifiers::Rule {
  backup::IncludesExcludes namespaces;
  std::shared_ptr<const RE2> group_resource, name;
  std::optional<kube::LabelSelector> selector;
  Json matches = Json::array();  // JSON patch tests
  Json patches = Json::array();
  std::vector<Json> merge_patches, strategic_patches;

  static Result<Rule> parse(const Json& from);
  Result<> parse_conditions(const Json& from);
  Result<> parse_patches(const Json& from);
  static Result<std::vector<Json>> parse_documents(const Json& from, std::string_view key);

  Result<bool> applies_to(const Json& object, std::string_view kind) const;
  Result<> apply(Json& object) const;
};

Result<> Modifiers::Rule::parse_conditions(const Json& from) {
  TRY(check_members(from, "conditions",
                    {"namespaces", "groupResource", "resourceNameRegex", "labelSelector", "matches"}));
  const std::string glob = text_member(from, "groupResource");
  if (glob.empty()) return Error(Code::invalid, "a rule's conditions lack groupResource");
  group_resource = TRY(compile(regex_of(glob), "groupResource \"" + glob + "\""));
  namespaces = backup::IncludesExcludes(codec::texts_member(from, "namespaces"), {});
  if (const std::string regex = text_member(from, "resourceNameRegex"); !regex.empty()) {
    name = TRY(compile(regex, "resourceNameRegex \"" + regex + "\""));
  }
  if (const Json* labels = member(from, "labelSelector"); labels != nullptr && !labels->is_null()) {
    selector = TRY(kube::label_selector_from_json(*labels));
  }
  for (const Json& match : codec::array_member(from, "matches")) {
    TRY(check_members(match, "a match", {"path", "value"}));
    if (text_member(match, "path").empty()) return Error(Code::invalid, "a match lacks its path");
    matches.push_back(TRY(operation_of("test", match)));
  }
  return {};
}

Result<std::vector<Json>> Modifiers::Rule::parse_documents(const Json& from, std::string_view key) {
  std::vector<Json> documents;
  for (const Json& patch : codec::array_member(from, key)) {
    TRY(check_members(patch, std::string(key), {"patchData"}));
    documents.push_back(TRY(codec::parse_yaml(text_member(patch, "patchData")).context(key)));
  }
  return documents;
}

Result<> Modifiers::Rule::parse_patches(const Json& from) {
  constexpr std::array<std::string_view, 6> kOperations = {"add", "remove", "replace", "test", "move", "copy"};
  merge_patches = TRY(parse_documents(from, "mergePatches"));
  strategic_patches = TRY(parse_documents(from, "strategicPatches"));
  for (const Json& patch : codec::array_member(from, "patches")) {
    TRY(check_members(patch, "a patch", {"operation", "from", "path", "value"}));
    const std::string operation = lower(text_member(patch, "operation"));
    if (std::find(kOperations.begin(), kOperations.end(), operation) == kOperations.end()) {
      return Error(Code::invalid, "\"" + text_member(patch, "operation") + "\" is no operation of a JSON patch");
    }
    if (text_member(patch, "path").empty()) return Error(Code::invalid, "a patch lacks its path");
    patches.push_back(TRY(operation_of(operation, patch)));
  }
  if (!patches.empty() + !merge_patches.empty() + !strategic_patches.empty() > 1) {
    return Error(Code::invalid, "a rule has more than one of patches, mergePatches and strategicPatches");
  }
  return {};
}

Result<Modifiers::Rule> Modifiers::Rule::parse(const Json& from) {
  TRY(check_members(from, "a rule", {"conditions", "patches", "mergePatches", "strategicPatches"}));
  Rule rule;
  TRY(rule.parse_conditions(codec::object_member(from, "conditions")));
  TRY(rule.parse_patches(from));
  return rule;
}

Result<bool> Modifiers::Rule::applies_to(const Json& object, std::string_view kind) const {
  const std::string ns = text_at(object, {"metadata", "namespace"});
  if (!ns.empty() && !namespaces.includes(ns)) return false;
  if (!RE2::FullMatch(kind, *group_resource)) return false;
  if (name != nullptr && !RE2::PartialMatch(text_at(object, {"metadata", "name"}), *name)) return false;
  if (selector) {
    kube::Labels labels;
    for (const auto& [key, value] : codec::object_member(codec::object_member(object, "metadata"), "labels").items()) {
      if (value.is_string()) labels.emplace_back(key, value.get<std::string>());
    }
    if (!selector->matches(labels)) return false;
  }
  Json copy = object;
  const auto held = kube::apply_json_patch(copy, matches);
  if (held.ok()) return true;
  if (held.error().code() == Code::conflict || held.error().code() == Code::not_found) return false;
  return held.error().clone();
}

Result<> Modifiers::Rule::apply(Json& object) const {
  if (patches.empty() && merge_patches.empty() && strategic_patches.empty()) {
    return Error(Code::invalid, "the rule has no patches");
  }
  Json changed = object;
  if (!patches.empty()) {
    const auto done = kube::apply_json_patch(changed, patches);
    if (!done.ok() && done.error().code() == Code::conflict) return {};  // a test that fails makes the rule not apply
    if (!done.ok()) return done.error().clone();
  }
  for (const Json& patch : merge_patches) kube::apply_merge_patch(changed, patch);
  for (const Json& patch : strategic_patches) {
    TRY(kube::apply_strategic_patch(changed, patch, text_member(object, "apiVersion"), text_member(object, "kind")));
  }
  if (!changed.is_object()) return Error(Code::invalid, "the patch leaves no object");
  object = std::move(changed);
  return {};
}

Modifiers::Modifiers() = default;
Modifiers::~Modifiers() = default;
Modifiers::Modifiers(Modifiers&&) noexcept = default;
Modifiers& Modifiers::operator=(Modifiers&&) noexcept = default;

Result<Modifiers> Modifiers::parse(std::string_view yaml) {
  const Json document = TRY(codec::parse_yaml(yaml).context("resource modifiers"));
  TRY(check_members(document, "resource modifiers", {"version", "resourceModifierRules"}));
  const std::string version = TRY(scalar_text(document, "version"));
  if (lower(version) != "v1") {
    return Error(Code::invalid, "resource modifiers have version \"" + version + "\", only v1 is known");
  }
  Modifiers modifiers;
  for (const Json& rule : codec::array_member(document, "resourceModifierRules")) {
    modifiers.rules_.push_back(TRY(Rule::parse(rule).context("resource modifiers")));
  }
  if (modifiers.rules_.empty()) return Error(Code::invalid, "resource modifiers hold no resourceModifierRules");
  return modifiers;
}

Result<Modifiers> Modifiers::from_config_map(const Json& config_map) {
  const Json& data = codec::object_member(config_map, "data");
  const std::string name =
      text_at(config_map, {"metadata", "namespace"}) + "/" + text_at(config_map, {"metadata", "name"});
  if (data.size() != 1 || !data.begin()->is_string()) {
    return Error(Code::invalid,
                 "ConfigMap " + name + " of resource modifiers holds " + std::to_string(data.size()) + " keys")
        .hint("Put all rules into one key.");
  }
  return parse(data.begin()->get_ref<const std::string&>()).context("ConfigMap " + name);
}

bool Modifiers::empty() const { return rules_.empty(); }

std::vector<Error> Modifiers::apply(Json& object, std::string_view group_resource) const {
  std::vector<Error> errors;
  if (rules_.empty()) return errors;
  const Json original = object;
  for (const Rule& rule : rules_) {
    auto applies = rule.applies_to(original, group_resource);
    if (!applies.ok()) {
      errors.push_back(std::move(applies).error().context("resource modifier"));
    } else if (*applies) {
      if (auto done = rule.apply(object); !done.ok()) {
        errors.push_back(std::move(done).error().context("resource modifier"));
      }
    }
  }
  return errors;
}

}  // namespace salvor::restore
