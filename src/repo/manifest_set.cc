#include "repo/manifest_set.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace salvor::repo {
namespace {

// The data decides last, so that the order of merging never does.
auto rank(const ManifestEntry& entry) {
  return std::tuple(entry.modified, !entry.deleted, std::string_view(entry.data));
}

bool has_labels(const ManifestEntry& entry, const Labels& labels) {
  return std::ranges::all_of(labels, [&](const auto& label) {
    const auto found = entry.labels.find(label.first);
    return found != entry.labels.end() && found->second == label.second;
  });
}

}  // namespace

void ManifestSet::merge(ManifestEntry entry) {
  const auto known = entries_.find(entry.id);
  if (known == entries_.end()) {
    std::string id = entry.id;
    entries_.emplace(std::move(id), std::move(entry));
  } else if (rank(known->second) < rank(entry)) {
    known->second = std::move(entry);
  }
}

const ManifestEntry* ManifestSet::get(std::string_view id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() || found->second.deleted ? nullptr : &found->second;
}

std::vector<const ManifestEntry*> ManifestSet::find(const Labels& labels) const {
  std::vector<const ManifestEntry*> found;
  for (const auto& [id, entry] : entries_) {
    if (!entry.deleted && has_labels(entry, labels)) found.push_back(&entry);
  }
  std::ranges::stable_sort(found, {}, &ManifestEntry::modified);
  return found;
}

}  // namespace salvor::repo
