#include "snapshot/scan.h"

#include <mutex>
#include <utility>
#include <vector>

#include "repo/compression.h"
#include "repo/object_reader.h"
#include "repo/pack_reader.h"
#include "repo/position_set.h"
#include "snapshot/directory.h"

namespace salvor::snapshot {

namespace {

using Position = MergedIndex::Position;

constexpr std::size_t kMaxDirectoryContentBytes = std::size_t{1} << 30;

struct Place {
  Position position = 0;
  repo::ObjectId object;
};

// Where an object begins, when that is there.
Result<std::optional<Place> > place_of(const repo::IndexView& view, const DirEntry& entry) {
  if (entry.type != EntryType::directory) return std::optional<Place>();
  const Result<repo::ObjectId> object = repo::ObjectId::parse(entry.object);
  if (!object.ok()) return std::optional<Place>();
  const auto located = TRY(view.contents().locate(object->content));
  if (!located || located->entry.deleted) return std::optional<Place>();
  return std::optional(Place{located->position, *object});
}

class DirectoryScan {
 public:
  DirectoryScan(repo::Repository& repository, const std::shared_ptr<const repo::IndexView>& view,
                const ScanOptions& options, const ScanHooks& hooks)
      : repository_(repository), view_(view), options_(options), hooks_(hooks), seen_(view->contents().rows()) {}

  Result<std::uint64_t> run(std::span<const DirEntry> roots, std::stop_token stop) {
    for (const DirEntry& root : roots) TRY(enqueue(root));
    while (!next_.plain.empty() || !next_.compressed.empty() || !next_.lists.empty()) {
      const Depth depth = std::exchange(next_, {});
      TRY(read(depth.plain, false, stop));
      TRY(read(depth.compressed, true, stop));
      for (const Place& place : depth.lists) TRY(read_list(place, stop));
    }
    return seen_.size();
  }

 private:
  // The directories of one depth.
  struct Depth {
    std::vector<Position> plain;       // of one content
    std::vector<Position> compressed;  // of one that the object layer compressed
    std::vector<Place> lists;          // of several contents
  };

  Result<> enqueue(const DirEntry& entry) {
    const std::optional<Place> place = TRY(place_of(*view_, entry));
    if (!place || !seen_.insert(place->position)) return {};
    std::lock_guard hold(mutex_);
    if (place->object.indirection > 0) {
      next_.lists.push_back(*place);
    } else {
      (place->object.compressed ? next_.compressed : next_.plain).push_back(place->position);
    }
    return {};
  }

  Result<> read(const std::vector<Position>& positions, bool is_compressed, std::stop_token stop) {
    repo::ReadPlan plan(view_);
    plan.reserve(positions.size());
    for (const Position position : positions) TRY(plan.add(position));
    const auto take = [&](Position position, const repo::ContentEntry& entry, Result<Bytes> bytes) -> Result<> {
      if (bytes.ok() && is_compressed) {
        bytes = repo::Decompressor()
                    .decompress_by_header(*bytes, kMaxDirectoryContentBytes)
                    .context("content " + to_string(entry.id));
      }
      if (!bytes.ok()) return tell(position, bytes.error());
      return parse(position, [&](DirectoryReader& reader) { return reader.feed(as_text(*bytes)); }, Whole::yes);
    };
    return repo::read_contents(repository_, std::move(plan), {.threads = options_.threads, .rehash = options_.rehash},
                               take, std::move(stop));
  }

  Result<> read_list(const Place& place, std::stop_token stop) {
    return parse(
        place.position,
        [&](DirectoryReader& reader) {
          return repo::read_object(
              repository_, place.object, [&](ByteView piece) { return reader.feed(as_text(piece)); }, stop,
              options_.threads);
        },
        Whole::no);
  }

  // Whether a directory is one content, which whoever verifies need not read again.
  enum class Whole { no, yes };

  // An Error that is not of this directory alone is returned.
  Result<> parse(Position position, const std::function<Result<>(DirectoryReader&)>& feed, Whole whole) {
    bool is_ours = false;
    DirectoryReader reader([&](DirEntry&& entry) {
      Result<> outcome = visit(position, entry);
      is_ours = !outcome.ok();
      return outcome;
    });
    Result<> outcome = feed(reader);
    if (outcome.ok()) {
      auto finished = reader.finish();
      if (!finished.ok()) outcome = std::move(finished).error();
    }
    if (outcome.ok()) {
      if (whole == Whole::yes && hooks_.opened) hooks_.opened(position);
      return {};
    }
    if (is_ours || repo::ends_reading(outcome.error().code())) return outcome;
    return tell(position, outcome.error());
  }

  Result<> visit(Position in, const DirEntry& entry) {
    if (hooks_.entry) hooks_.entry(in, entry);
    return enqueue(entry);
  }

  Result<> tell(Position directory, const Error& why) {
    if (hooks_.unreadable) hooks_.unreadable(directory, why);
    return {};
  }

  repo::Repository& repository_;
  const std::shared_ptr<const repo::IndexView>& view_;
  const ScanOptions& options_;
  const ScanHooks& hooks_;
  repo::PositionSet seen_;
  std::mutex mutex_;
  Depth next_;  // guarded by mutex_ while threads read
};

}  // namespace

Result<std::optional<Position> > directory_at(const repo::IndexView& view, const DirEntry& entry) {
  const std::optional<Place> place = TRY(place_of(view, entry));
  return place ? std::optional(place->position) : std::nullopt;
}

Result<std::uint64_t> scan_directories(repo::Repository& repository, const std::shared_ptr<const repo::IndexView>& view,
                                       std::span<const DirEntry> roots, const ScanOptions& options,
                                       const ScanHooks& hooks, std::stop_token stop) {
  return DirectoryScan(repository, view, options, hooks).run(roots, std::move(stop));
}

}  // namespace salvor::snapshot
