// The plan for people and for programs.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "restore/judge.h"
#include "restore/plan.h"

namespace salvor::restore {
namespace {

constexpr std::size_t kMostAlike = 3;      // entries of a kind that are listed although they say the same
constexpr std::size_t kListedExtras = 10;  // of a kind, unless every object is asked for

constexpr std::array<Action, kActions> kAll = {Action::create, Action::unchanged, Action::differs,
                                               Action::update, Action::skip,      Action::extra};

std::size_t index(Action action) { return static_cast<std::size_t>(action); }

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// A column is as wide as its title or six digits, with two blanks before it.
std::string cell(Action action, std::string_view text) {
  const std::size_t width = std::max<std::size_t>(to_string(action).size(), 6);
  return std::string(2 + (width > text.size() ? width - text.size() : 0), ' ') + std::string(text);
}

std::string target_name(const Plan& plan, const PlannedKind& kind, const Entry& entry) {
  const auto mapped = [&](const std::string& ns) {
    const auto found = plan.namespace_mapping.find(ns);
    return found == plan.namespace_mapping.end() || entry.action == Action::extra ? ns : found->second;
  };
  if (kind.section.group_resource == "namespaces") return mapped(entry.name);
  return entry.ns.empty() ? entry.name : mapped(entry.ns) + "/" + entry.name;
}

std::string_view sign(Action action) {
  switch (action) {
    case Action::create: return "+";
    case Action::update: return "~";
    case Action::differs: return "!";
    case Action::skip: return "-";
    case Action::extra: return "?";
    case Action::unchanged: break;
  }
  return "=";
}

std::string table(const Plan& plan) {
  std::size_t width = 4;
  for (const PlannedKind& kind : plan.kinds) width = std::max(width, kind.section.group_resource.size());
  std::string out = padded("KIND", width);
  for (const Action action : kAll) out += cell(action, to_string(action));
  out += '\n';
  const auto line = [&](const std::string& name, const Counts& counts) {
    out += padded(name, width);
    for (const Action action : kAll) {
      const std::uint64_t count = counts[index(action)];
      out += cell(action, count == 0 ? "-" : std::to_string(count));
    }
    out += '\n';
  };
  for (const PlannedKind& kind : plan.kinds) line(kind.section.group_resource, kind.counts());
  line("all", plan.counts());
  return out;
}

std::string said(const Entry& entry) { return entry.reason + (entry.exists ? " (what is there stays)" : ""); }

void append_entry(const Plan& plan, const PlannedKind& kind, const Entry& entry, std::string& out) {
  out += std::string(sign(entry.action)) + " " + kind.section.group_resource + " " + target_name(plan, kind, entry);
  if (const std::string words = said(entry); !words.empty()) out += ": " + words;
  out += '\n';
  for (const FieldChange& change : entry.changes) {
    out += "    " + change.path;
    if (!change.live.empty() || !change.backup.empty()) {
      out += ": " + (change.live.empty() ? "(absent)" : change.live) + " -> " +
             (change.backup.empty() ? "(absent)" : change.backup);
    }
    out += '\n';
  }
}

// How many of the entries of a kind that say the same are listed; the others are counted. Of extras the first are
// listed.
std::size_t listed_of(Action action, std::size_t count) {
  if (action == Action::extra) return std::min(count, kListedExtras);
  return count > kMostAlike ? 0 : count;
}

// What is neither created nor unchanged. Returns how many objects get labels and nothing else; these are not told here.
std::size_t append_news(const Plan& plan, const PlannedKind& kind, std::string& out) {
  using Sentence = std::pair<Action, std::string>;
  std::map<Sentence, std::size_t> counts, told;
  for (const Entry& entry : kind.entries) {
    if (entry.changes.empty()) ++counts[{entry.action, said(entry)}];
  }
  for (const Entry& entry : kind.entries) {
    if (entry.action == Action::create || entry.action == Action::unchanged || entry.reason == kOnlyLabels) continue;
    const Sentence sentence(entry.action, said(entry));
    if (!entry.changes.empty() || told[sentence]++ < listed_of(entry.action, counts[sentence])) {
      append_entry(plan, kind, entry, out);
    }
  }
  for (const auto& [sentence, count] : told) {
    const std::size_t listed = listed_of(sentence.first, count);
    if (count == listed) continue;
    out += std::string(sign(sentence.first)) + " " + kind.section.group_resource + ", " +
           std::to_string(count - listed) + (listed > 0 ? " more" : " of them");
    if (!sentence.second.empty()) out += ": " + sentence.second;
    out += '\n';
  }
  return counts[{Action::update, std::string(kOnlyLabels)}];
}

Json counts_json(const Counts& counts) {
  Json out = Json::object();
  for (const Action action : kAll) out[std::string(to_string(action))] = counts[index(action)];
  return out;
}

Json entry_json(const Plan& plan, const PlannedKind& kind, const Entry& entry) {
  Json out = {{"name", target_name(plan, kind, entry)}, {"action", to_string(entry.action)}};
  if (!entry.reason.empty()) out["reason"] = entry.reason;
  if (entry.broken) out["broken"] = true;
  for (const FieldChange& change : entry.changes) {
    out["changes"].push_back({{"path", change.path}, {"live", change.live}, {"backup", change.backup}});
  }
  return out;
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::create: return "create";
    case Action::unchanged: return "unchanged";
    case Action::differs: return "differs";
    case Action::update: return "update";
    case Action::skip: return "skip";
    case Action::extra: break;
  }
  return "extra";
}

Counts PlannedKind::counts() const {
  Counts counts{};
  for (const Entry& entry : entries) ++counts[index(entry.action)];
  counts[index(Action::extra)] += owned_extras;
  return counts;
}

Counts Plan::counts() const {
  Counts sum{};
  for (const PlannedKind& kind : kinds) {
    const Counts counts = kind.counts();
    for (std::size_t i = 0; i < kActions; ++i) sum[i] += counts[i];
  }
  return sum;
}

bool Plan::nothing_to_do() const {
  const Counts sum = counts();
  return sum[index(Action::create)] == 0 && sum[index(Action::update)] == 0;
}

std::string print_plan(const Plan& plan, bool every_object) {
  std::string out = "Restore " + plan.restore + " of backup " + plan.backup +
                    ", existing objects: " + (plan.policy == ExistingPolicy::update ? "updated" : "left alone") +
                    "\n\n" + table(plan);
  std::string details;
  std::size_t only_labels = 0;
  for (const PlannedKind& kind : plan.kinds) {
    if (every_object) {
      for (const Entry& entry : kind.entries) append_entry(plan, kind, entry, details);
    } else {
      only_labels += append_news(plan, kind, details);
    }
  }
  if (only_labels > 0) {
    details += "~ " + std::to_string(only_labels) + " objects are as in the backup; they get " +
               std::string(kOnlyLabels) + "\n";
  }
  if (!details.empty()) out += "\n" + details;
  if (!plan.warnings.empty()) out += "\nNot in the backup:\n";
  for (const PlannedWarning& warning : plan.warnings) {
    out += "  " + (warning.ns.empty() ? "" : warning.ns + ": ") + warning.message + "\n";
  }
  if (!plan.unknowns.empty()) out += "\nNot known beforehand:\n";
  for (const std::string& unknown : plan.unknowns) out += "  " + unknown + "\n";
  return out;
}

Json to_json(const Plan& plan) {
  Json out = {{"restore", plan.restore},
              {"backup", plan.backup},
              {"existingResourcePolicy", to_string(plan.policy)},
              {"counts", counts_json(plan.counts())},
              {"kinds", Json::array()},
              {"warnings", Json::array()},
              {"unknowns", plan.unknowns}};
  for (const PlannedKind& kind : plan.kinds) {
    Json objects = Json::array();
    for (const Entry& entry : kind.entries) objects.push_back(entry_json(plan, kind, entry));
    out["kinds"].push_back({{"resource", kind.section.group_resource},
                            {"version", kind.section.version},
                            {"kind", kind.section.kind},
                            {"counts", counts_json(kind.counts())},
                            {"ownedExtras", kind.owned_extras},
                            {"objects", std::move(objects)}});
  }
  for (const PlannedWarning& warning : plan.warnings) {
    out["warnings"].push_back({{"namespace", warning.ns}, {"message", warning.message}});
  }
  return out;
}

}  // namespace salvor::restore
