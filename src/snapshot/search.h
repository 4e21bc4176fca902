// Finding entries in many snapshots by a test of each.
//
// Snapshots share most of their directories. So every distinct directory is read and tested once, in parallel, and what
// is kept of it is its place in the tree; then only the directories that lead to something found are walked again, in
// each snapshot, to tell its paths. Memory: 8 bytes for each directory in a directory, and what the scan needs.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "repo/repository.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

struct SearchOptions {
  unsigned threads = 4;
  bool below_found = true;  // whether to search on below a directory that was found
};

// Called by any thread, several at a time, and more than once for an entry, each time with the same answer.
using EntryTest = std::function<bool(const DirEntry& entry)>;
// What the test says yes to: `root` by its number, the path below it, which is empty for the root itself. On the
// caller's thread, root by root. An Error ends the search.
using EntryFound = std::function<Result<>(std::size_t root, const std::string& path, const DirEntry& entry)>;
// A directory that cannot be read, by its path.
using SearchProblem = std::function<void(std::size_t root, const std::string& path, const Error& why)>;

// Errors: those of scan_directories and of `found`.
Result<> search(repo::Repository& repository, const std::shared_ptr<const repo::IndexView>& view,
                std::span<const DirEntry> roots, const SearchOptions& options, const EntryTest& test,
                const EntryFound& found, const SearchProblem& problem, std::stop_token stop);

// Whether a name is one that the pattern means: '*' any text, '?' any character of UTF-8, '[a-z]' and '[!a-z]' one of a
// set, '\' before any of them itself.
bool matches_glob(std::string_view pattern, std::string_view name);

}  // namespace salvor::snapshot
