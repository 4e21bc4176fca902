#include "snapshot/policy.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "codec/json_text.h"
#include "snapshot/fields.h"
#include "snapshot/policy_fields.h"

namespace salvor::snapshot {

namespace {

// Sections are nested where their names have dots.
bool is_section(std::string_view name) {
  return std::ranges::any_of(kPolicyFields, [&](const PolicyField& field) {
    return field.section.starts_with(name) &&
           (field.section.size() == name.size() || field.section[name.size()] == '.');
  });
}

Result<> take_value(std::string_view key, const Element& value, std::optional<bool>& out) {
  return take(key, value, out.emplace());
}
Result<> take_value(std::string_view key, const Element& value, std::optional<std::int64_t>& out) {
  return take(key, value, out.emplace());
}
Result<> take_value(std::string_view key, const Element& value, std::int64_t& out) { return take(key, value, out); }
Result<> take_value(std::string_view key, const Element& value, bool& out) { return take(key, value, out); }
Result<> take_value(std::string_view key, const Element& value, std::string& out) { return take(key, value, out); }
Result<> take_value(std::string_view key, const Element& value, std::vector<std::string>& out) {
  out.clear();
  return each_item(key, value, [&](const Element& item) { return take(key, item, out.emplace_back()); });
}
Result<> take_value(std::string_view key, const Element& value, std::vector<TimeOfDay>& out) {
  out.clear();
  return each_item(key, value, [&](const Element& item) {
    TimeOfDay& time = out.emplace_back();
    return each_field(item, [&](std::string_view name, const Element& field) -> Result<> {
      if (name == "hour") return take(name, field, time.hour);
      if (name == "min") return take(name, field, time.minute);
      return {};
    });
  });
}
// An action, kept as it is.
Result<> take_value(std::string_view key, const Element& value, std::optional<std::string>& out) {
  if (!value.is_object()) return Error(Code::corrupt, "\"" + std::string(key) + "\" is not an object");
  out = simdjson::minify(value);
  return {};
}

Result<> take_section(std::string_view section, const Element& value, Policy& policy) {
  return each_field(value, [&](std::string_view key, const Element& field) -> Result<> {
    for (const PolicyField& known : kPolicyFields) {
      if (known.section != section || known.key != key) continue;
      return std::visit([&](auto member) { return take_value(key, field, policy.*member); }, known.member);
    }
    const std::string below = section.empty() ? std::string(key) : std::string(section) + "." + std::string(key);
    return is_section(below) ? take_section(below, field, policy) : Result<>();
  });
}

// Whether a member is said.
bool is_said(const auto& value) {
  if constexpr (requires { value.has_value(); }) {
    return value.has_value();
  } else if constexpr (requires { value.empty(); }) {
    return !value.empty();
  } else {
    return value != 0;
  }
}

void append_value(std::string& json, bool value) { json += value ? "true" : "false"; }
void append_value(std::string& json, std::int64_t value) { json += std::to_string(value); }
void append_value(std::string& json, const std::string& value) { codec::append_json_text(json, value); }
void append_value(std::string& json, const std::optional<bool>& value) { append_value(json, *value); }
void append_value(std::string& json, const std::optional<std::int64_t>& value) { append_value(json, *value); }
void append_value(std::string& json, const std::optional<std::string>& action) { json += *action; }
void append_value(std::string& json, const std::vector<std::string>& values) {
  char before = '[';
  for (const std::string& value : values) append_value(json += std::exchange(before, ','), value);
  json += ']';
}
void append_value(std::string& json, const std::vector<TimeOfDay>& values) {
  char before = '[';
  for (const TimeOfDay& value : values) {
    json += std::exchange(before, ',');
    json += "{\"hour\":" + std::to_string(value.hour) + ",\"min\":" + std::to_string(value.minute) + "}";
  }
  json += ']';
}

// Leaves the sections of `from` and enters those of `to`.
void change_section(std::string& json, std::string_view from, std::string_view to) {
  const auto parts = [](std::string_view name) {
    std::vector<std::string_view> all;
    while (!name.empty()) {
      const std::string_view part = name.substr(0, name.find('.'));
      all.push_back(part);
      name.remove_prefix(std::min(name.size(), part.size() + 1));
    }
    return all;
  };
  const auto left = parts(from), entered = parts(to);
  const auto shared = static_cast<std::size_t>(std::ranges::mismatch(left, entered).in1 - left.begin());
  json.append(left.size() - shared, '}');
  for (std::size_t i = shared; i < entered.size(); ++i) {
    if (json.back() != '{') json += ',';
    json.append("\"").append(entered[i]).append("\":{");
  }
}

}  // namespace

Result<Policy> parse_policy(std::string_view json) {
  constexpr std::string_view kWrong = "not a policy";
  codec::JsonDom dom;
  const Element root = TRY(codec::parse_element(json, dom).context(kWrong));
  Policy policy;
  TRY(take_section("", root, policy).context(kWrong));
  return policy;
}

std::string encode(const Policy& policy) {
  std::string json = "{";
  std::string_view section;
  for (const PolicyField& field : kPolicyFields) {
    change_section(json, section, field.section);
    section = field.section;
    std::visit(
        [&](auto member) {
          if (!is_said(policy.*member)) return;
          if (json.back() != '{') json += ',';
          json.append("\"").append(field.key).append("\":");
          append_value(json, policy.*member);
        },
        field.member);
  }
  change_section(json, section, "");
  return json += '}';
}

const Policy& default_policy() {
  static const Policy policy = [] {
    Policy made;
    made.keep_latest = 10;
    made.keep_hourly = 48;
    made.keep_daily = 7;
    made.keep_weekly = 4;
    made.keep_monthly = 24;
    made.keep_annual = 3;
    made.ignore_identical = false;
    made.dot_ignore = {".kopiaignore"};
    made.ignore_file_errors = false;
    made.ignore_directory_errors = false;
    made.ignore_unknown_types = true;
    made.compressor = "none";
    made.metadata_compressor = "zstd-fastest";
    made.run_missed = true;
    made.volume_shadow_copy = 0;
    made.log_directories = 5;
    made.log_ignored_directories = 5;
    made.log_entries = 0;
    made.log_ignored_entries = 5;
    made.log_cache_hits = 0;
    made.log_cache_misses = 0;
    made.parallel_snapshots = 1;
    made.parallel_upload_above = std::int64_t{2} << 30;
    return made;
  }();
  return policy;
}

namespace {

// Which target each member of the table came from.
struct Origins {
  std::array<const Source*, std::size(kPolicyFields)> target{};
  std::array<bool, std::size(kPolicyFields)> is_known{};

  void set(std::size_t field, const Source* of) {
    target[field] = of;
    is_known[field] = true;
  }
};

// The first value that is given stays.
void merge_field(std::size_t index, Policy& into, const Policy& from, const Source* target, Origins& origins) {
  std::visit(
      [&](auto member) {
        if (is_said(into.*member) || !is_said(from.*member)) return;
        into.*member = from.*member;
        origins.set(index, target);
      },
      kPolicyFields[index].member);
}

// All values are taken together, until a policy forbids it. Stock names the one that was merged last.
template <class Value>
void merge_together(std::size_t index, std::vector<Value>& into, bool& is_closed, const std::vector<Value>& from,
                    bool closes, const Source* target, Origins& origins) {
  if (!from.empty() && !is_closed) {
    into.insert(into.end(), from.begin(), from.end());
    origins.set(index, target);
  }
  if (!is_closed) {
    std::ranges::sort(into);
    into.erase(std::unique(into.begin(), into.end()), into.end());
  }
  is_closed = is_closed || closes;
}

void merge(Policy& into, const Policy& from, const Source* target, Origins& origins) {
  for (std::size_t i = 0; i < std::size(kPolicyFields); ++i) {
    const PolicyField& field = kPolicyFields[i];
    if (field.merging == Merging::first_wins) {
      merge_field(i, into, from, target, origins);
    } else if (field.key == "onlyCompress") {
      merge_together(i, into.only_compress, into.no_parent_only_compress, from.only_compress,
                     from.no_parent_only_compress, target, origins);
    } else if (field.key == "neverCompress") {
      merge_together(i, into.never_compress, into.no_parent_never_compress, from.never_compress,
                     from.no_parent_never_compress, target, origins);
    } else if (field.key == "timeOfDay") {
      merge_together(i, into.times_of_day, into.no_parent_times_of_day, from.times_of_day, from.no_parent_times_of_day,
                     target, origins);
    }
  }
}

}  // namespace

EffectivePolicy merge_policies(std::span<const DefinedPolicy* const> policies) {
  EffectivePolicy merged;
  Origins origins;
  bool is_closed = false;
  for (const DefinedPolicy* defined : policies) {
    merge(merged.policy, defined->policy, &defined->target, origins);
    is_closed = defined->policy.no_parent;
    if (is_closed) break;
  }
  if (!is_closed) {
    merge(merged.policy, default_policy(), nullptr, origins);
    if (!policies.empty()) {  // the actions of a folder are its own
      merged.policy.before_folder = policies.front()->policy.before_folder;
      merged.policy.after_folder = policies.front()->policy.after_folder;
    }
  }
  for (std::size_t i = 0; i < std::size(kPolicyFields); ++i) {
    if (!origins.is_known[i]) continue;
    const PolicyField& field = kPolicyFields[i];
    merged.origins.push_back({std::string(field.section) + "." + std::string(field.key),
                              origins.target[i] ? std::optional(*origins.target[i]) : std::nullopt});
  }
  return merged;
}

}  // namespace salvor::snapshot
