#include "backup/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "backup/wildcard.h"

namespace salvor::backup {

namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kSnapshots = "volumesnapshots.snapshot.storage.k8s.io";
constexpr std::string_view kSnapshotContents = "volumesnapshotcontents.snapshot.storage.k8s.io";
constexpr std::string_view kDefaultGroupLabel = "velero.io/volume-group";
constexpr std::size_t kMaxNamespaceLength = 63;

bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void exclude(std::string_view name, Names& included, Names& excluded) {
  if (!holds(excluded, name)) excluded.emplace_back(name);
  std::erase(included, name);
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

enum class ExcludeAll { allowed, refused };

// The rules that hold for every pair of lists; "*" stands alone where it may stand at all.
void check_lists(std::string_view what, const Names& included, const Names& excluded, ExcludeAll exclude_all,
                 std::vector<std::string>& problems) {
  const std::set<std::string> in(included.begin(), included.end());
  const std::set<std::string> out(excluded.begin(), excluded.end());
  const auto problem = [&](std::string_view text) { problems.push_back(fmt::format("{}: {}", what, text)); };
  if (in.size() > 1 && in.contains("*")) problem("\"*\" among the included ones must stand alone");
  if (exclude_all == ExcludeAll::refused) {
    if (out.contains("*")) problem("\"*\" cannot be excluded");
  } else {
    // The kinds that apply_defaults adds do not count as company.
    const std::size_t added = out.count(std::string(kSnapshots)) + out.count(std::string(kSnapshotContents));
    if (out.size() - added > 1 && out.contains("*")) problem("\"*\" among the excluded ones must stand alone");
    if (!in.empty() && out.contains("*")) problem("when \"*\" is excluded, nothing can be included");
  }
  for (const std::string& name : out) {
    if (in.contains(name)) problem(fmt::format("\"{}\" is both included and excluded", name));
  }
}

// An RFC 1123 label, once wildcards are taken for letters. The empty name means "no namespace" and passes.
void check_namespace(const std::string& name, std::vector<std::string>& problems) {
  if (name.empty()) return;
  if (const Result<> pattern = check_namespace_pattern(name); !pattern.ok()) {
    problems.push_back("included and excluded namespaces: " + pattern.error().message());
    return;
  }
  std::string plain = name;
  for (char& c : plain) {
    if (std::string_view("*?[]").find(c) != std::string_view::npos) c = 'x';
  }
  const auto letter_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool good = plain.size() <= kMaxNamespaceLength && letter_or_digit(plain.front()) &&
                    letter_or_digit(plain.back()) &&
                    std::all_of(plain.begin(), plain.end(), [&](char c) { return letter_or_digit(c) || c == '-'; });
  if (good) return;
  problems.push_back(
      fmt::format("included and excluded namespaces: \"{}\" cannot be a namespace: at most 63 lower-case "
                  "letters, digits and '-', with a letter or digit at both ends",
                  name));
}

void check_resources(const BackupSpec& spec, std::vector<std::string>& problems) {
  const bool new_ones =
      !spec.included_cluster_scoped_resources.empty() || !spec.excluded_cluster_scoped_resources.empty() ||
      !spec.included_namespace_scoped_resources.empty() || !spec.excluded_namespace_scoped_resources.empty();
  if (spec.uses_old_filters() && new_ones) {
    problems.push_back(
        "includedResources, excludedResources and includeClusterResources cannot be used together with "
        "the filters for cluster-scoped and namespace-scoped resources");
  }
  if (spec.uses_old_filters()) {
    check_lists("included and excluded resources", spec.included_resources, spec.excluded_resources,
                ExcludeAll::refused, problems);
    return;
  }
  check_lists("included and excluded cluster-scoped resources", spec.included_cluster_scoped_resources,
              spec.excluded_cluster_scoped_resources, ExcludeAll::allowed, problems);
  check_lists("included and excluded namespace-scoped resources", spec.included_namespace_scoped_resources,
              spec.excluded_namespace_scoped_resources, ExcludeAll::allowed, problems);
}

}  // namespace

bool BackupSpec::uses_old_filters() const {
  return include_cluster_resources.has_value() || !included_resources.empty() || !excluded_resources.empty();
}

void apply_defaults(BackupSpec& spec, const std::vector<NamespaceInfo>& live) {
  if (spec.ttl == Duration{}) spec.ttl = std::chrono::hours(720);
  if (spec.csi_snapshot_timeout == Duration{}) spec.csi_snapshot_timeout = std::chrono::minutes(10);
  if (spec.item_operation_timeout == Duration{}) spec.item_operation_timeout = std::chrono::hours(4);
  if (spec.volume_group_snapshot_label_key.empty()) spec.volume_group_snapshot_label_key = kDefaultGroupLabel;
  if (!spec.default_volumes_to_fs_backup) spec.default_volumes_to_fs_backup = false;
  if (!spec.snapshot_move_data) spec.snapshot_move_data = false;

  for (const NamespaceInfo& ns : live) {
    const std::string* label = kube::find_label(ns.labels, kExcludeLabel);
    if (label != nullptr && *label == "true" && !holds(spec.excluded_namespaces, ns.name)) {
      spec.excluded_namespaces.push_back(ns.name);
    }
  }
  if (spec.uses_old_filters()) {
    exclude(kSnapshots, spec.included_resources, spec.excluded_resources);
    exclude(kSnapshotContents, spec.included_resources, spec.excluded_resources);
  } else {
    exclude(kSnapshotContents, spec.included_cluster_scoped_resources, spec.excluded_cluster_scoped_resources);
    exclude(kSnapshots, spec.included_namespace_scoped_resources, spec.excluded_namespace_scoped_resources);
  }
  if (spec.included_namespaces.empty()) spec.included_namespaces = {"*"};
}

std::vector<std::string> validate(const BackupSpec& spec) {
  std::vector<std::string> problems;
  check_resources(spec, problems);
  check_lists("included and excluded namespaces", spec.included_namespaces, spec.excluded_namespaces,
              ExcludeAll::refused, problems);
  for (const std::string& name : std::set(spec.included_namespaces.begin(), spec.included_namespaces.end())) {
    check_namespace(name, problems);
  }
  for (const std::string& name : std::set(spec.excluded_namespaces.begin(), spec.excluded_namespaces.end())) {
    check_namespace(name, problems);
  }
  if (spec.label_selector && !spec.or_label_selectors.empty()) {
    problems.push_back("labelSelector and orLabelSelectors cannot be used together");
  }
  return problems;
}

Result<std::map<std::string, std::string>> parse_ordered_resources(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const std::string_view entry : split(text, ";")) {
    const std::vector<std::string_view> sides = split(entry, "=");
    if (sides.size() != 2) {
      return Error(Code::invalid, fmt::format("ordered resources: \"{}\" is not kind=names", entry))
          .hint("Write them as pods=ns1/pod1,ns1/pod2;persistentvolumes=pv4.");
    }
    out[std::string(trim(sides[0]))] = trim(sides[1]);
  }
  return out;
}

Result<std::vector<kube::LabelSelector>> parse_or_selectors(std::string_view text) {
  std::vector<kube::LabelSelector> out;
  for (const std::string_view part : split(text, " or ")) out.push_back(TRY(kube::parse_label_selector(part)));
  return out;
}

}  // namespace salvor::backup
