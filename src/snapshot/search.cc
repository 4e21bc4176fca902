#include "snapshot/search.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "repo/pack_reader.h"
#include "repo/position_set.h"
#include "snapshot/scan.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

using Position = MergedIndex::Position;

// A directory and one that it is in.
struct Edge {
  Position below = 0, above = 0;
};

std::string path_of(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

class Search {
 public:
  Search(repo::Repository& repository, const std::shared_ptr<const repo::IndexView>& view, const SearchOptions& options,
         const EntryTest& test, const EntryFound& found, const SearchProblem& problem)
      : repository_(repository),
        view_(view),
        options_(options),
        test_(test),
        found_(found),
        problem_(problem),
        leads_(view->contents().rows()) {}

  Result<> run(std::span<const DirEntry> roots, std::stop_token stop) {
    const ScanHooks hooks{.entry = [&](Position in, const DirEntry& entry) { look_at(in, entry); },
                          .opened = {},
                          // So that it is walked to, and met again where its path is known.
                          .unreadable = [&](Position directory, const Error&) { leads_.insert(directory); }};
    const ScanOptions scan{.threads = options_.threads};
    TRY(scan_directories(repository_, view_, roots, scan, hooks, stop));
    lead_up();
    for (std::size_t i = 0; i < roots.size(); ++i) TRY(walk(i, roots[i], stop));
    return {};
  }

 private:
  void look_at(Position in, const DirEntry& entry) {
    if (test_(entry)) leads_.insert(in);
    const auto below = directory_at(*view_, entry);
    if (below.ok() && *below) edges_.with([&](auto& edges) { edges.push_back({**below, in}); });
  }

  // Marks all directories above those that are marked.
  void lead_up() {
    std::vector<Edge> edges = edges_.with([](auto& all) { return std::move(all); });
    std::ranges::sort(edges, {}, &Edge::below);
    std::vector<Position> waiting;
    for (const Edge& edge : edges) {
      if (leads_.contains(edge.below)) waiting.push_back(edge.below);
    }
    while (!waiting.empty()) {
      const Position below = waiting.back();
      waiting.pop_back();
      for (const Edge& edge : std::ranges::equal_range(edges, below, {}, &Edge::below)) {
        if (leads_.insert(edge.above)) waiting.push_back(edge.above);
      }
    }
  }

  Result<bool> leads_on(const DirEntry& entry) const {
    const std::optional<Position> at = TRY(directory_at(*view_, entry));
    return at && leads_.contains(*at);
  }

  Result<> walk(std::size_t root, const DirEntry& top, std::stop_token stop) {
    std::vector<std::pair<std::string, DirEntry> > waiting;
    TRY(meet(root, "", top, waiting));
    while (!waiting.empty()) {
      const auto [path, directory] = std::move(waiting.back());
      waiting.pop_back();
      std::vector<std::pair<std::string, DirEntry> > below;
      bool is_ours = false;
      const Result<> visited = visit_directory(
          repository_, directory,
          [&](DirEntry&& entry) {
            Result<> outcome = meet(root, path_of(path, entry.name), entry, below);
            is_ours = !outcome.ok();
            return outcome;
          },
          stop);
      if (!visited.ok() && (is_ours || repo::ends_reading(visited.error().code()))) return visited.error().clone();
      if (!visited.ok()) problem_(root, path, visited.error());
      std::ranges::move(below.rbegin(), below.rend(), std::back_inserter(waiting));
    }
    return {};
  }

  Result<> meet(std::size_t root, const std::string& path, const DirEntry& entry,
                std::vector<std::pair<std::string, DirEntry> >& below) {
    const bool is_found = test_(entry);
    if (is_found) TRY(found_(root, path, entry));
    if (is_found && !options_.below_found) return {};
    if (TRY(leads_on(entry))) below.emplace_back(path, entry);
    return {};
  }

  repo::Repository& repository_;
  const std::shared_ptr<const repo::IndexView>& view_;
  const SearchOptions& options_;
  const EntryTest& test_;
  const EntryFound& found_;
  const SearchProblem& problem_;
  repo::PositionSet leads_;  // directories with something found in them or below
  Guarded<std::vector<Edge> > edges_;
};

// What a set of a pattern says of a character, and how long the set is.
struct SetMatch {
  std::size_t length = 0;  // 0: it is no set, but a bracket
  bool matches = false;
};

// `pattern` begins with '['. A ']' that comes first is one of the set.
SetMatch match_set(std::string_view pattern, char c) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool matches = false;
  for (bool is_first = true; at < pattern.size(); is_first = false) {
    if (pattern[at] == ']' && !is_first) return {at + 1, matches != negated};
    const auto low = static_cast<unsigned char>(pattern[at]);
    auto high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      high = static_cast<unsigned char>(pattern[at + 2]);
      at += 2;
    }
    matches |= low <= static_cast<unsigned char>(c) && static_cast<unsigned char>(c) <= high;
    ++at;
  }
  return {};
}

// Of the character of UTF-8 that the text begins with.
std::size_t character_length(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) ++size;
  return size;
}

// Takes one piece of the pattern that is no '*' and what it stands for off both; false when they differ.
bool match_one(std::string_view& pattern, std::string_view& name) {
  if (pattern.empty() || name.empty()) return false;
  if (pattern[0] == '?') {
    pattern.remove_prefix(1);
    name.remove_prefix(character_length(name));
    return true;
  }
  if (pattern[0] == '[') {
    const SetMatch set = match_set(pattern, name[0]);
    if (set.length > 0) {
      pattern.remove_prefix(set.length);
      name.remove_prefix(1);
      return set.matches;
    }
  }
  if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  if (pattern[0] != name[0]) return false;
  pattern.remove_prefix(1);
  name.remove_prefix(1);
  return true;
}

}  // namespace

Result<> search(repo::Repository& repository, const std::shared_ptr<const repo::IndexView>& view,
                std::span<const DirEntry> roots, const SearchOptions& options, const EntryTest& test,
                const EntryFound& found, const SearchProblem& problem, std::stop_token stop) {
  return Search(repository, view, options, test, found, problem).run(roots, std::move(stop));
}

// Only the last '*' is ever tried again with more text, so that it takes no longer than the product of both lengths.
bool matches_glob(std::string_view pattern, std::string_view name) {
  std::optional<std::pair<std::string_view, std::string_view> > star;  // what follows it, and what it begins with
  while (!name.empty() || !pattern.empty()) {
    if (!pattern.empty() && pattern[0] == '*') {
      pattern.remove_prefix(1);
      star.emplace(pattern, name);
      continue;
    }
    if (match_one(pattern, name)) continue;
    if (!star || star->second.empty()) return false;
    star->second.remove_prefix(character_length(star->second));
    pattern = star->first;
    name = star->second;
  }
  return true;
}

}  // namespace salvor::snapshot
