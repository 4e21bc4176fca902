// What is different between two snapshots, or two directories of them.
//
// Both are walked side by side, entry by entry in the order that directories have, and directories of one object are
// not walked at all: so it takes what has changed and no more. What a directory holds is not held against the
// directory: it is changed when its own mode, owner or time is. Of a directory that is on one side only everything in
// it is told.
//
// Kopia: internal/diff/diff.go, which takes the newest time of what is in a directory for its own, and tells nothing of
// entries whose object is the same.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "repo/repository.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

struct Difference {
  std::string path;                       // below both roots; empty for the roots themselves
  std::optional<DirEntry> before, after;  // one is missing for what was added or removed

  // What is different of an entry that both have. When the type is, nothing in it is looked at.
  bool type() const { return before && after && before->type != after->type; }
  bool mode() const { return before && after && before->mode != after->mode; }
  bool owner() const { return before && after && (before->uid != after->uid || before->gid != after->gid); }
  bool time() const { return before && after && before->modified != after->modified; }
  // Of files and links.
  bool size() const { return before && after && is_leaf() && before->size != after->size; }
  bool content() const { return before && after && is_leaf() && before->object != after->object; }

 private:
  bool is_leaf() const { return before->type != EntryType::directory && after->type != EntryType::directory; }
};

// An Error that it returns ends the comparison.
using VisitDifference = std::function<Result<>(const Difference& difference)>;
// A directory that cannot be read on one of the sides, by its path; the rest is compared.
using DifferenceProblem = std::function<void(const std::string& path, const Error& why)>;

// Errors: what would meet every directory alike, and the visitor's. Memory: the entries of one content of each side,
// and the names of the directories that wait.
Result<> compare(repo::Repository& repository, const DirEntry& before, const DirEntry& after,
                 const VisitDifference& visit, const DifferenceProblem& problem, std::stop_token stop);

}  // namespace salvor::snapshot
