#include "store/s3_threats.h"

namespace salvor::store {

namespace {

std::string days(std::uint32_t count) { return std::to_string(count) + (count == 1 ? " day" : " days"); }

// Classes from which an object must be asked back, for minutes to hours, before it can be read.
bool is_frozen(const std::string& storage_class) {
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

std::string subject(const s3::LifecycleRule& rule) {
  return (rule.filtered ? "some objects" : "objects") + (rule.prefix.empty() ? std::string() : " below " + rule.prefix);
}

std::string name(const s3::LifecycleRule& rule) {
  return rule.id.empty() ? " (a lifecycle rule without a name)" : " (lifecycle rule " + rule.id + ")";
}

}  // namespace

std::vector<Threat> threats_by_rules(const std::vector<s3::LifecycleRule>& rules, const std::string& full_prefix) {
  std::vector<Threat> threats;
  for (const s3::LifecycleRule& rule : rules) {
    // One begins with the other, or no object can begin with both.
    const bool concerns_us = rule.prefix.starts_with(full_prefix) || full_prefix.starts_with(rule.prefix);
    if (!rule.enabled || !concerns_us) continue;
    if (rule.expiration_days || rule.expiration_date) {
      const std::string when = rule.expiration_days ? " after " + days(*rule.expiration_days)
                                                    : " on " + format_rfc3339(*rule.expiration_date).substr(0, 10);
      threats.push_back(
          {"removes " + subject(rule) + when + name(rule),
           "Backups that are kept longer get lost: let salvor delete them, or give the rule another prefix."});
    }
    for (const auto& transition : rule.transitions) {
      if (!is_frozen(transition.storage_class)) continue;
      const std::string when = transition.days ? " after " + days(*transition.days) : "";
      threats.push_back(
          {"moves " + subject(rule) + " to " + transition.storage_class + when + name(rule),
           "They cannot be read at once then: a restore waits until they were asked back, which takes minutes to "
           "hours and costs. GLACIER_IR can be read at once."});
    }
  }
  return threats;
}

}  // namespace salvor::store
