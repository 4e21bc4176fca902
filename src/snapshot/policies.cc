#include "snapshot/policies.h"

#include <algorithm>
#include <utility>

namespace salvor::snapshot {

namespace {

constexpr std::string_view kAnySlash = "/\\";

std::string label(const repo::Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

std::string_view kind_of(const Source& target) {
  if (!target.path.empty()) return "path";
  if (!target.user.empty()) return "user";
  return target.host.empty() ? "global" : "host";
}

bool is_drive(std::string_view path) {
  return path.size() >= 3 && path[1] == ':' && kAnySlash.find(path[2]) != kAnySlash.npos;
}

// Stock looks upward past slashes of either kind, whatever the system, and never above a drive's root.
std::string parent_of(std::string_view path) {
  const std::string_view drive = path.substr(0, is_drive(path) ? 2 : 0);
  std::string_view rest = path.substr(drive.size());
  std::size_t last = rest.find_last_of(kAnySlash);
  if (last != rest.npos && last != 0 && last == rest.size() - 1) {
    rest = rest.substr(0, last);
    last = rest.find_last_of(kAnySlash);
  }
  if (last == rest.npos) return std::string(path);
  return std::string(drive).append(rest.substr(0, std::max<std::size_t>(last, 1)));
}

// Empty when `child` is not below.
std::string relative_to(std::string_view parent, std::string_view child) {
  const bool windows = is_drive(parent);
  if (parent.ends_with('/')) parent.remove_suffix(1);
  if (parent.ends_with('\\')) parent.remove_suffix(1);
  if (child.size() <= parent.size() || !child.starts_with(parent) ||
      kAnySlash.find(child[parent.size()]) == kAnySlash.npos) {
    return "";
  }
  std::string relative(child.substr(parent.size() + 1));
  if (windows) std::ranges::replace(relative, '\\', '/');
  return relative;
}

}  // namespace

std::string to_string(const Source& source) {
  if (source == Source()) return "(global)";
  const std::string who = source.user + "@" + source.host;
  return source.path.empty() ? who : who + ":" + source.path;
}

Policies::Policies(const repo::ManifestSet& manifests) {
  for (const repo::ManifestEntry* entry : manifests.find({{std::string(repo::kTypeLabel), "policy"}})) {
    Stored stored{.kind = label(entry->labels, "policyType"),
                  .defined = {.id = entry->id,
                              .target = {.host = label(entry->labels, "hostname"),
                                         .user = label(entry->labels, "username"),
                                         .path = label(entry->labels, "path")},
                              .policy = {}},
                  .damage = {}};
    Result<Policy> policy = parse_policy(entry->data);
    if (policy.ok()) {
      stored.defined.policy = *std::move(policy);
    } else {
      stored.damage = policy.error().message();
    }
    all_.push_back(std::move(stored));
  }
}

Result<Policies> Policies::load(repo::Repository& repository, std::stop_token stop) {
  return Policies(TRY(repository.manifests(std::move(stop))));
}

Result<> Policies::append(const Source& target, std::vector<const DefinedPolicy*>& found) const {
  for (const Stored& stored : all_) {
    if (stored.kind != kind_of(target) || stored.defined.target != target) continue;
    if (!stored.damage.empty()) {
      return Error(Code::corrupt, "policy " + stored.defined.id + " of " + to_string(target) + ": " + stored.damage)
          .hint("Set it anew or remove it with `kopia policy`.");
    }
    found.push_back(&stored.defined);
  }
  return {};
}

Result<EffectivePolicy> Policies::effective(const Source& source) const {
  std::vector<const DefinedPolicy*> found;
  for (Source at = source; !at.path.empty();) {
    TRY(append(at, found));
    std::string above = parent_of(at.path);
    if (above == at.path) break;
    at.path = std::move(above);
  }
  if (!source.user.empty()) TRY(append({.host = source.host, .user = source.user, .path = {}}, found));
  if (!source.host.empty()) TRY(append({.host = source.host, .user = {}, .path = {}}, found));
  TRY(append({}, found));
  const DefinedPolicy nothing{.id = {}, .target = source, .policy = {}};
  if (found.empty() || found.front()->target != source) found.insert(found.begin(), &nothing);
  return merge_policies(found);
}

Result<std::map<std::string, const DefinedPolicy*> > Policies::below(const Source& source) const {
  std::map<std::string, const DefinedPolicy*> found;
  for (const Stored& stored : all_) {
    const Source& target = stored.defined.target;
    if (stored.kind != "path" || target.host != source.host || target.user != source.user) continue;
    std::string relative = relative_to(source.path, target.path);
    if (relative.empty()) continue;
    std::vector<const DefinedPolicy*> whole;
    TRY(append(target, whole));
    found.insert_or_assign(std::move(relative), &stored.defined);
  }
  return found;
}

}  // namespace salvor::snapshot
