#include "snapshot/verify.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "repo/pack_reader.h"
#include "repo/pack_table.h"
#include "repo/position_set.h"
#include "snapshot/reach.h"
#include "snapshot/search.h"

namespace salvor::snapshot {

namespace {

using Position = MergedIndex::Position;

// Reasons that are kept; beyond them a content is only known to be damaged.
constexpr std::size_t kMostReasons = 100'000;

// Contents of one view that are not as they should be.
class Damage {
 public:
  explicit Damage(std::uint64_t rows) : positions_(rows) {}

  // Any thread.
  void add(std::optional<Position> position, const Error& why) {
    any_ = true;
    if (!position || !positions_.insert(*position)) return;
    reasons_.with([&](auto& reasons) {
      if (reasons.size() < kMostReasons) reasons.emplace(*position, why.message());
    });
  }
  bool any() const { return any_; }
  bool contains(Position position) const { return positions_.contains(position); }
  const repo::PositionSet& positions() const { return positions_; }
  std::string reason(Position position) const {
    return reasons_.with([&](const auto& reasons) {
      const auto found = reasons.find(position);
      return found == reasons.end() ? std::string() : found->second;
    });
  }

 private:
  std::atomic<bool> any_{false};
  repo::PositionSet positions_;
  Guarded<std::map<Position, std::string> > reasons_;
};

// What is wrong with entries, by the indexes and packs of now: maintenance may have moved contents since they were
// found to be missing.
class Faults {
 public:
  Faults(repo::Repository& repository, std::shared_ptr<const repo::IndexView> view, repo::PackTable packs,
         std::stop_token stop)
      : repository_(repository), view_(std::move(view)), packs_(std::move(packs)), stop_(std::move(stop)) {}

  void keep(const repo::ContentId& content, std::string pack, std::string why) {
    unreadable_.emplace(content, std::pair(std::move(pack), std::move(why)));
  }

  std::optional<Error> of(const DirEntry& entry) const {
    const Result<repo::ObjectId> object = repo::ObjectId::parse(entry.object);
    if (!object.ok()) return Error(Code::corrupt, object.error().message());
    const Result<> visited = visit_contents(
        repository_, *object,
        [&](const repo::ContentId& content, std::optional<std::uint64_t> length) { return check(content, length); },
        stop_);
    if (visited.ok()) return std::nullopt;
    if (repo::ends_reading(visited.error().code())) {
      stopped_.with([&](auto& stopped) { stopped = visited.error().clone(); });
    }
    return visited.error().clone();
  }

  // For a content that no snapshot needs: it may be gone meanwhile.
  std::optional<Error> of(const repo::ContentId& content) const {
    const auto located = view_->contents().locate(content);
    if (located.ok() && (!*located || (*located)->entry.deleted)) return std::nullopt;
    const Result<> checked = check(content, std::nullopt);
    return checked.ok() ? std::nullopt : std::optional(checked.error().clone());
  }

  // An error that was none of an entry.
  Result<> stopped() const {
    return stopped_.with([](const auto& stopped) { return stopped ? Result<>(stopped->clone()) : Result<>(); });
  }

 private:
  Result<> check(const repo::ContentId& content, std::optional<std::uint64_t> length) const {
    const bool tells_length = repository_.format().config.index_format() > 1;
    const MergedIndex::Located at = TRY(required_content(*view_, content, tells_length ? length : std::nullopt));
    TRY(packs_.check(at.entry));
    const auto found = unreadable_.find(content);
    if (found == unreadable_.end()) return {};
    const auto& [pack, why] = found->second;
    if (pack != at.entry.pack_blob_id && repository_.read_content(content, stop_).ok()) return {};
    return Error(Code::corrupt, why.empty() ? "content " + to_string(content) + " is damaged" : why);
  }

  repo::Repository& repository_;
  const std::shared_ptr<const repo::IndexView> view_;
  const repo::PackTable packs_;
  const std::stop_token stop_;
  std::map<repo::ContentId, std::pair<std::string, std::string> > unreadable_;  // the pack that was read, and why not
  mutable Guarded<std::optional<Error> > stopped_;
};

class Verification {
 public:
  Verification(repo::Repository& repository, std::span<const VerifyRoot> roots, const VerifyOptions& options,
               VerifyProgress& progress, const VerifyProblem& problem)
      : repository_(repository),
        view_(repository.indexes()),
        options_(options),
        progress_(progress),
        problem_(problem),
        damage_(view_->contents().rows()),
        needed_by_none_(options.all_contents ? view_->contents().rows() : 0) {
    for (const VerifyRoot& root : roots) roots_.push_back(root.entry);
  }

  Result<Verified> run(std::stop_token stop) {
    say("listing packs");
    const repo::PackTable packs = TRY(repo::PackTable::list(repository_.blobs(), stop));
    say("reading directories");
    const auto need = [&](Position position, const repo::ContentEntry& entry) { check(packs, position, entry); };
    Reach reach(
        repository_, view_, {.threads = options_.threads, .rehash = options_.slices > 0},
        {.content = need, .trouble = [&](const auto& position, const Error& why) { damage_.add(position, why); }});
    TRY(reach.run(roots_, stop));
    done_.directories = reach.directories();
    done_.entries = reach.entries();
    if (options_.all_contents) TRY(check_the_others(packs, reach));
    if (options_.slices > 0) TRY(read(reach, stop));
    done_.contents = contents_;
    done_.packed_bytes = packed_bytes_;
    done_.damaged_contents = damage_.positions().size();
    if (damage_.any()) TRY(name_damage(stop));
    return done_;
  }

 private:
  void say(std::string_view what) {
    progress_.current.with([&](std::string& current) { current = what; });
  }

  void check(const repo::PackTable& packs, Position position, const repo::ContentEntry& entry) {
    ++progress_.contents;
    ++contents_;
    packed_bytes_ += entry.packed_length;
    const Result<> there = packs.check(entry);
    if (!there.ok()) damage_.add(position, there.error());
  }

  // Whether the entry at a position is the one that counts, and no deletion.
  Result<bool> is_live(Position position, const repo::ContentEntry& entry) const {
    if (entry.deleted) return false;
    const auto located = TRY(view_->contents().locate(entry.id));
    return located && located->position == position;
  }

  Result<> check_the_others(const repo::PackTable& packs, const Reach& reach) {
    say("looking up contents");
    for (std::uint64_t row = 0; row < view_->contents().rows(); ++row) {
      const auto position = static_cast<Position>(row);
      if (reach.needed().contains(position)) continue;
      const repo::ContentEntry entry = TRY(view_->contents().at(position));
      if (!TRY(is_live(position, entry))) continue;
      needed_by_none_.insert(position);
      check(packs, position, entry);
    }
    return {};
  }

  Result<> read(const Reach& reach, std::stop_token stop) {
    repo::ReadPlan plan(view_);
    const auto want = [&](Position position) -> Result<> {
      const repo::ContentEntry entry = TRY(view_->contents().at(position));
      if (damage_.contains(position)) return {};
      if (reach.opened().contains(position)) {
        ++done_.read_contents;
        done_.read_bytes += entry.packed_length;
      } else if (slice_of(entry.pack_blob_id, options_.slices) == options_.slice) {
        plan.add(position, entry);
      }
      return {};
    };
    if (options_.slices == 1) plan.reserve(reach.needed().size() + needed_by_none_.size());
    TRY(reach.needed().for_each(want));
    TRY(needed_by_none_.for_each(want));
    progress_.contents = 0;
    progress_.contents_total = plan.contents();
    progress_.bytes_total = plan.packed_bytes();
    say("reading contents");
    done_.read_contents += plan.contents();
    done_.read_bytes += plan.packed_bytes();
    return repo::read_contents(
        repository_, std::move(plan), {.threads = options_.threads, .rehash = true},
        [&](Position position, const repo::ContentEntry& entry, Result<Bytes> bytes) {
          ++progress_.contents;
          progress_.bytes += entry.packed_length;
          if (!bytes.ok()) damage_.add(position, bytes.error());
          return Result<>();
        },
        stop);
  }

  Result<> name_damage(std::stop_token stop) {
    say("looking for what needs the damaged");
    TRY(repository_.refresh(stop));
    const auto view = repository_.indexes();
    Faults faults(repository_, view, TRY(repo::PackTable::list(repository_.blobs(), stop)), stop);
    TRY(damage_.positions().for_each([&](Position position) -> Result<> {
      const repo::ContentEntry entry = TRY(view_->contents().at(position));
      faults.keep(entry.id, std::string(entry.pack_blob_id), damage_.reason(position));
      return {};
    }));
    TRY(search(
        repository_, view, roots_, {.threads = options_.threads, .below_found = false},
        [&](const DirEntry& entry) { return faults.of(entry).has_value(); },
        [&](std::size_t root, const std::string& path, const DirEntry& entry) -> Result<> {
          const std::optional<Error> fault = faults.of(entry);
          if (fault) tell(root, path, *fault);
          return {};
        },
        [&](std::size_t root, const std::string& path, const Error& why) { tell(root, path, why); }, stop));
    TRY(faults.stopped());
    return needed_by_none_.for_each([&](Position position) -> Result<> {
      if (!damage_.contains(position)) return {};
      const repo::ContentEntry entry = TRY(view_->contents().at(position));
      if (const std::optional<Error> fault = faults.of(entry.id)) tell(std::nullopt, "", *fault);
      return {};
    });
  }

  void tell(std::optional<std::size_t> root, const std::string& path, const Error& why) {
    ++done_.problems;
    problem_(root, path, why);
  }

  repo::Repository& repository_;
  const std::shared_ptr<const repo::IndexView> view_;
  std::vector<DirEntry> roots_;
  const VerifyOptions& options_;
  VerifyProgress& progress_;
  const VerifyProblem& problem_;
  Damage damage_;
  repo::PositionSet needed_by_none_;
  std::atomic<std::uint64_t> contents_{0}, packed_bytes_{0};
  Verified done_;
};

}  // namespace

std::uint32_t slice_of(std::string_view pack, std::uint32_t slices) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : pack) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return static_cast<std::uint32_t>((hash ^ hash >> 32) % slices);
}

Result<Verified> verify(repo::Repository& repository, std::span<const VerifyRoot> roots, const VerifyOptions& options,
                        VerifyProgress& progress, const VerifyProblem& problem, std::stop_token stop) {
  return Verification(repository, roots, options, progress, problem).run(std::move(stop));
}

}  // namespace salvor::snapshot
