// Earlier: what earlier snapshots have in a directory, to find what need not be read again.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "snapshot/entry.h"

namespace salvor::snapshot {

// Whether a file is taken for the one that was saved. [kopia snapshot/upload/upload.go metadataEquals]
inline bool is_unchanged(const DirEntry& before, const DirEntry& now) {
  return before.type == now.type && before.mode == now.mode && before.uid == now.uid && before.gid == now.gid &&
         before.size == now.size && before.modified == now.modified;
}

// What earlier snapshots have in a directory.
class Earlier {
 public:
  void add(std::vector<DirEntry> entries) {
    if (!std::ranges::is_sorted(entries, {}, &DirEntry::name)) std::ranges::sort(entries, {}, &DirEntry::name);
    lists_.push_back(std::move(entries));
  }
  // The first that is like this one.
  DirEntry* unchanged(const DirEntry& now) {
    for (std::vector<DirEntry>& list : lists_) {
      DirEntry* const before = find(list, now.name);
      if (before && is_unchanged(*before, now)) return before;
    }
    return nullptr;
  }
  // Directories of this name, each once.
  std::vector<DirEntry> directories(const std::string& name) {
    std::vector<DirEntry> found;
    for (std::vector<DirEntry>& list : lists_) {
      const DirEntry* const before = find(list, name);
      if (!before || before->type != EntryType::directory) continue;
      if (std::ranges::find(found, before->object, &DirEntry::object) == found.end()) found.push_back(*before);
    }
    return found;
  }

 private:
  static DirEntry* find(std::vector<DirEntry>& list, const std::string& name) {
    const auto at = std::ranges::lower_bound(list, name, {}, &DirEntry::name);
    return at == list.end() || at->name != name ? nullptr : &*at;
  }

  std::vector<std::vector<DirEntry> > lists_;
};

}  // namespace salvor::snapshot
