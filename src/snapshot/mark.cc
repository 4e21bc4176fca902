#include "snapshot/mark.h"

#include <algorithm>
#include <utility>

#include "base/task_group.h"
#include "snapshot/reach.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

using Mark = repo::ContentMarks::Mark;

constexpr std::size_t kMostProblemsKept = 20;

// Whether it says nothing of the directory at hand.
bool meets_all(Code code) {
  return code == Code::cancelled || code == Code::unavailable || code == Code::throttled || code == Code::deadline ||
         code == Code::unauthenticated || code == Code::denied || code == Code::out_of_space;
}

}  // namespace

std::string SnapshotMarker::text_of(const Place& place) {
  if (!place.parent) return "snapshot " + place.name;
  std::string path;
  const Place* at = &place;
  for (; at->parent; at = at->parent.get()) path = path.empty() ? at->name : at->name + "/" + path;
  return "snapshot " + at->name + " at " + path;
}

Result<> SnapshotMarker::settle(const Place& place, Result<> outcome) {
  if (outcome.ok() || meets_all(outcome.error().code())) return outcome;
  std::lock_guard hold(mutex_);
  ++problem_count_;
  if (problems_.size() < kMostProblemsKept) problems_.push_back({text_of(place), std::move(outcome).error()});
  return {};
}

Result<> SnapshotMarker::mark(std::span<const Manifest> snapshots, std::stop_token stop) {
  for (const Manifest& snapshot : snapshots) {
    ++snapshots_;
    const auto place = std::make_shared<const Place>(Place{nullptr, snapshot.id});
    const auto mark_root = [&]() -> Result<> {
      if (!snapshot.root) return Error(Code::corrupt, "its manifest names no root");
      DirEntry root = *snapshot.root;
      root.name.clear();  // paths begin below it
      return mark_entry(root, place, stop);
    };
    TRY(settle(*place, mark_root()));
  }
  TaskGroup group(std::move(stop));
  for (unsigned i = 0; i < std::max(threads_, 1U); ++i) {
    group.start([this](std::stop_token stopped) { return walk(stopped); });
  }
  Result<> walked = group.join();
  waiting_.clear();
  return walked;
}

Result<> SnapshotMarker::walk(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  for (;;) {
    const bool woken = changed_.wait(hold, stop, [&] { return !waiting_.empty() || busy_ == 0; });
    if (!woken) return Error(Code::cancelled, "the walk through the snapshots was stopped");
    if (waiting_.empty()) break;
    const Directory directory = std::move(waiting_.back());
    waiting_.pop_back();
    ++busy_;
    hold.unlock();
    Result<> walked = settle(*directory.place, walk_one(directory, stop));
    hold.lock();
    --busy_;
    ++directories_;
    if (!walked.ok()) return walked;
    if (busy_ == 0 && waiting_.empty()) changed_.notify_all();
  }
  return {};
}

Result<> SnapshotMarker::walk_one(const Directory& directory, std::stop_token stop) {
  const DirEntry self{
      .name = directory.place->name, .type = EntryType::directory, .object = to_string(directory.object)};
  return visit_directory(
      repository_, self,
      [&](DirEntry&& entry) -> Result<> {
        Result<> marked = mark_entry(entry, directory.place, stop);
        if (marked.ok()) return marked;
        return settle(Place{directory.place, entry.name}, std::move(marked));
      },
      stop);
}

// `place` is of the directory that the entry is in, and of a root, which has no name, its own.
Result<> SnapshotMarker::mark_entry(const DirEntry& entry, const std::shared_ptr<const Place>& place,
                                    std::stop_token stop) {
  // What could not be saved, and was saved as a name alone.
  if (entry.object.empty() && entry.type == EntryType::unknown) return {};
  const repo::ObjectId object = TRY(repo::ObjectId::parse(entry.object));
  TRY(mark_object(object, std::move(stop)));
  if (entry.type != EntryType::directory || !is_walked_first(object)) return {};
  const bool is_root = !place->parent && entry.name.empty();
  auto below = is_root ? place : std::make_shared<const Place>(Place{place, entry.name});
  {
    std::lock_guard hold(mutex_);
    waiting_.push_back({std::move(below), object});
  }
  changed_.notify_one();
  return {};
}

// The mark is of the content that the object's id names, and tells one object of that content; of lists of lists, which
// only objects of terabytes are, no account is kept.
bool SnapshotMarker::is_walked_first(const repo::ObjectId& object) {
  return marks_.set(object.content, Mark::walked).value_or(true) || object.indirection > 1;
}

Result<> SnapshotMarker::mark_object(const repo::ObjectId& object, std::stop_token stop) {
  if (object.indirection == 0) return mark_content(object.content);
  const bool is_first = marks_.set(object.content, Mark::listed).value_or(true);
  if (!is_first && object.indirection == 1) return {};
  const auto visit = [&](const repo::ContentId& content, std::optional<std::uint64_t>) {
    return mark_content(content);
  };
  return visit_contents(repository_, object, visit, std::move(stop));
}

// One that the marks do not know must be in newer indexes.
Result<> SnapshotMarker::mark_content(const repo::ContentId& content) {
  if (marks_.set(content, Mark::used)) return {};
  const auto view = repository_.indexes();
  if (TRY(view->contents().find(content))) return {};
  return Error(Code::not_found, "content " + to_string(content) + " is in no index");
}

}  // namespace salvor::snapshot
