// Reach: the contents that snapshots need: their directories, the data of files and links, and the lists of large
// objects.
//
// Every distinct directory and list is read once (snapshot/scan.h), and nothing else is read. Memory: a few bits for
// each content of the repository, and what the scan needs.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>

#include "repo/object_id.h"
#include "repo/position_set.h"
#include "repo/repository.h"
#include "snapshot/scan.h"

namespace salvor::snapshot {

// Visits every content that an object needs, those of its lists among them, with its length where a list says one.
// Errors: `corrupt` and not_found when a list cannot be read, and the visitor's.
using VisitContent = std::function<Result<>(const repo::ContentId& content, std::optional<std::uint64_t> length)>;
Result<> visit_contents(repo::Repository& repository, const repo::ObjectId& object, const VisitContent& visit,
                        std::stop_token stop);

// The entry of a content that must be there: `corrupt` when no index has it, it was deleted, or has another length.
Result<MergedIndex::Located> required_content(const repo::IndexView& view, const repo::ContentId& content,
                                              std::optional<std::uint64_t> length);

struct ReachHooks {
  // A content that is needed, once; any thread, several at a time.
  std::function<void(MergedIndex::Position, const repo::ContentEntry&)> content;
  // Something does not lead on. The content that is to blame, when an index has it. One at a time.
  std::function<void(std::optional<MergedIndex::Position>, const Error&)> trouble;
};

class Reach {
 public:
  using Position = MergedIndex::Position;

  Reach(repo::Repository& repository, std::shared_ptr<const repo::IndexView> view, ScanOptions options,
        ReachHooks hooks);

  // From the entries of roots on. Errors: those of scan_directories. Call once.
  Result<> run(std::span<const DirEntry> roots, std::stop_token stop);

  // What is needed of the contents that are there.
  const repo::PositionSet& needed() const { return needed_; }
  // Those of them that were read whole on the way.
  const repo::PositionSet& opened() const { return opened_; }

  std::uint64_t directories() const { return directories_; }  // distinct ones
  std::uint64_t entries() const { return entries_; }          // files and links in them

 private:
  void need(const DirEntry& entry, std::stop_token stop);
  std::optional<Position> mark(const repo::ContentId& content, std::optional<std::uint64_t> length);
  void expand(const repo::ObjectId& object, std::stop_token stop);
  Result<> read_lists(std::stop_token stop);
  void read_list(Position position, ByteView text, std::stop_token stop);
  void tell(std::optional<Position> position, const Error& why);
  void fail(const Error& error);

  repo::Repository& repository_;
  const std::shared_ptr<const repo::IndexView> view_;
  const ScanOptions options_;
  const ReachHooks hooks_;
  repo::PositionSet needed_, opened_;
  repo::PositionSet lists_;  // contents that are the list of an object
  std::uint64_t directories_ = 0;
  std::atomic<std::uint64_t> entries_{0};
  std::mutex mutex_;
  std::set<std::string> expanded_;  // objects with lists of lists
  std::optional<Error> failed_;     // an error that is not of one object
};

}  // namespace salvor::snapshot
