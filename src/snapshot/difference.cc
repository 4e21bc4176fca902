#include "snapshot/difference.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "repo/pack_reader.h"
#include "snapshot/entry_stream.h"

namespace salvor::snapshot {

namespace {

bool is_directory(const std::optional<DirEntry>& entry) { return entry && entry->type == EntryType::directory; }

bool is_different(const Difference& one) {
  if (!one.before || !one.after) return true;
  return one.type() || one.mode() || one.owner() || one.time() || one.size() || one.content();
}

// Directories that one side has and the other has not, until it is known that the other has no file of that name.
using Unmatched = std::map<std::string, DirEntry, std::less<> >;

class Comparison {
 public:
  Comparison(repo::Repository& repository, const VisitDifference& visit, const DifferenceProblem& problem,
             std::stop_token stop)
      : repository_(repository), visit_(visit), problem_(problem), stop_(std::move(stop)) {}

  Result<> run(const DirEntry& before, const DirEntry& after) {
    TRY(meet({"", before, after}, waiting_));
    while (!waiting_.empty()) {
      const Difference pair = std::move(waiting_.back());
      waiting_.pop_back();
      std::vector<Difference> below;
      const Result<> merged = merge(pair, below);
      if (!merged.ok() && (is_visitors_ || repo::ends_reading(merged.error().code()))) return merged.error().clone();
      if (!merged.ok()) problem_(pair.path, merged.error());
      std::ranges::move(below.rbegin(), below.rend(), std::back_inserter(waiting_));
    }
    return {};
  }

 private:
  Result<EntryStream> open(const std::optional<DirEntry>& side) const {
    if (!is_directory(side)) return EntryStream();
    return EntryStream::open(repository_, *side, stop_);
  }

  Result<> merge(const Difference& pair, std::vector<Difference>& below) {
    EntryStream left = TRY(open(pair.before)), right = TRY(open(pair.after));
    std::optional<DirEntry> before = TRY(left.next()), after = TRY(right.next());
    Unmatched removed, added;
    while (before || after) {
      const bool takes_before = before && (!after || !precedes(*after, *before));
      const bool takes_after = after && (!before || !precedes(*before, *after));
      Difference one{pair.path, takes_before ? std::exchange(before, std::nullopt) : std::nullopt,
                     takes_after ? std::exchange(after, std::nullopt) : std::nullopt};
      if (takes_before) before = TRY(left.next());
      if (takes_after) after = TRY(right.next());
      TRY(settle(std::move(one), removed, added, below));
    }
    for (auto& [name, entry] : removed) TRY(meet_in(pair.path, std::move(entry), std::nullopt, below));
    for (auto& [name, entry] : added) TRY(meet_in(pair.path, std::nullopt, std::move(entry), below));
    return {};
  }

  // What came of the two sides under one name and of one kind. A directory of one side waits for a file of the other.
  Result<> settle(Difference one, Unmatched& removed, Unmatched& added, std::vector<Difference>& below) {
    if (one.before && one.after) {
      return meet_in(one.path, std::move(one.before), std::move(one.after), below);
    }
    Unmatched& own = one.before ? removed : added;
    Unmatched& others = one.before ? added : removed;
    std::optional<DirEntry>& entry = one.before ? one.before : one.after;
    if (is_directory(entry)) {
      std::string name = entry->name;
      own.emplace(std::move(name), *std::move(entry));
      return {};
    }
    if (const auto other = others.find(entry->name); other != others.end()) {
      (one.before ? one.after : one.before) = std::move(other->second);
      others.erase(other);
    }
    return meet_in(one.path, std::move(one.before), std::move(one.after), below);
  }

  Result<> meet_in(const std::string& directory, std::optional<DirEntry> before, std::optional<DirEntry> after,
                   std::vector<Difference>& below) {
    const std::string& name = before ? before->name : after->name;
    std::string path = directory.empty() ? name : directory + "/" + name;
    return meet({std::move(path), std::move(before), std::move(after)}, below);
  }

  Result<> meet(Difference one, std::vector<Difference>& below) {
    if (is_different(one)) {
      Result<> visited = visit_(one);
      is_visitors_ = !visited.ok();
      TRY(std::move(visited));
    }
    const bool both = one.before && one.after;
    const bool goes_on =
        both ? is_directory(one.before) && is_directory(one.after) && one.before->object != one.after->object
             : is_directory(one.before) || is_directory(one.after);
    if (goes_on) below.push_back(std::move(one));
    return {};
  }

  repo::Repository& repository_;
  const VisitDifference& visit_;
  const DifferenceProblem& problem_;
  const std::stop_token stop_;
  std::vector<Difference> waiting_;  // directories, the next one last
  bool is_visitors_ = false;         // whether an Error came from the visitor
};

}  // namespace

Result<> compare(repo::Repository& repository, const DirEntry& before, const DirEntry& after,
                 const VisitDifference& visit, const DifferenceProblem& problem, std::stop_token stop) {
  return Comparison(repository, visit, problem, std::move(stop)).run(before, after);
}

}  // namespace salvor::snapshot
