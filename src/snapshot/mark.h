// Marking what snapshots use: every content that is reached from the root of one gets its mark (repo/content_marks.h).
//
// Threads walk directories; a directory that several snapshots share is read once, and so is a file's list of chunks.
// What was marked as deleted is read and marked all the same. Nothing stops at the first thing that cannot be read:
// each is a problem with its snapshot and path, and who takes anything away looks whether there was one.
//
// [kopia snapshot/snapshotgc/gc.go, snapshot/snapshotfs/snapshot_tree_walker.go]
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "repo/content_marks.h"
#include "repo/object_id.h"
#include "repo/repository.h"
#include "snapshot/entry.h"
#include "snapshot/manifest.h"

namespace salvor::snapshot {

struct MarkProblem {
  std::string where;  // "snapshot 3f2a... at var/lib/app"
  Error error;
};

// Memory: some 100 bytes for each directory that waits. The repository and marks must outlive it.
class SnapshotMarker {
 public:
  SnapshotMarker(repo::Repository& repository, repo::ContentMarks& marks, unsigned threads)
      : repository_(repository), marks_(marks), threads_(threads) {}

  // Contents that are not in the marks' indexes are looked for in those that the repository has now: they are newer.
  // May be called again, for further snapshots. Errors: only what would meet every directory, such as a storage that
  // does not answer.
  Result<> mark(std::span<const Manifest> snapshots, std::stop_token stop);

  // Of all so far; of the problems those that came first.
  std::uint64_t snapshots() const { return snapshots_; }
  std::uint64_t directories() const { return directories_; }
  std::uint64_t problem_count() const { return problem_count_; }
  const std::vector<MarkProblem>& problems() const { return problems_; }

 private:
  // Where something is, as far up as its snapshot.
  struct Place {
    std::shared_ptr<const Place> parent;  // none: `name` is the snapshot's id
    std::string name;
  };
  struct Directory {
    std::shared_ptr<const Place> place;
    repo::ObjectId object;
  };
  static std::string text_of(const Place& place);

  Result<> mark_entry(const DirEntry& entry, const std::shared_ptr<const Place>& place, std::stop_token stop);
  Result<> mark_object(const repo::ObjectId& object, std::stop_token stop);
  Result<> mark_content(const repo::ContentId& content);
  bool is_walked_first(const repo::ObjectId& object);
  Result<> walk(std::stop_token stop);
  Result<> walk_one(const Directory& directory, std::stop_token stop);
  Result<> settle(const Place& place, Result<> outcome);

  repo::Repository& repository_;
  repo::ContentMarks& marks_;
  const unsigned threads_;
  std::uint64_t snapshots_ = 0;

  std::mutex mutex_;  // of what follows
  std::condition_variable_any changed_;
  std::vector<Directory> waiting_;  // the last one first, so that few wait
  std::size_t busy_ = 0;            // threads that may still add some
  std::uint64_t directories_ = 0, problem_count_ = 0;
  std::vector<MarkProblem> problems_;
};

}  // namespace salvor::snapshot
