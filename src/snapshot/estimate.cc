#include "snapshot/estimate.h"

#include <memory>
#include <utility>
#include <vector>

namespace salvor::snapshot {

namespace {

void count(const Found& found, const std::string& path, Estimate& sum, const EstimateProblem& problem) {
  switch (found.entry.type) {
    case EntryType::file:
      ++sum.files;
      sum.bytes += found.entry.size;
      return;
    case EntryType::symlink: ++sum.symlinks; return;
    case EntryType::directory: return;  // when it is listed
    case EntryType::unknown:
      ++sum.left_out;
      problem(path, Error(Code::unsupported, "it is " + found.kind + ", which is not saved"));
      return;
  }
}

}  // namespace

Result<> estimate(const SourceTree& tree, const EntryRules& rules, Estimate& sum, const EstimateProblem& problem,
                  std::stop_token stop) {
  struct Waiting {
    std::string path;
    std::shared_ptr<const DirectoryRules> above;
  };
  std::vector<Waiting> waiting(1);
  while (!waiting.empty()) {
    if (stop.stop_requested()) return Error(Code::cancelled, "the estimate was stopped");
    const auto [directory, above] = std::move(waiting.back());
    waiting.pop_back();
    sum.current.with([&](std::string& current) { current = directory; });
    const auto list = [&]() -> Result<> {
      const auto here = TRY(rules.enter(tree, above.get(), directory, sum.excluded));
      const SourceDirectory open = TRY(tree.open_directory(directory));
      if (here->is_cache()) return {};
      return open.list([&](const Found& found) -> Result<> {
        std::string path = directory.empty() ? found.entry.name : directory + "/" + found.entry.name;
        if (!here->takes(path, found, sum.excluded)) return {};
        count(found, path, sum, problem);
        if (found.entry.type == EntryType::directory) waiting.push_back({std::move(path), here});
        return {};
      });
    };
    const Result<> listed = list();
    if (listed.ok()) {
      ++sum.directories;
      continue;
    }
    if (directory.empty()) return listed.error().clone();
    ++(listed.error().code() == Code::not_found ? sum.left_out : sum.failed);
    problem(directory, listed.error());
  }
  return {};
}

}  // namespace salvor::snapshot
