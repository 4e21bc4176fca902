#include "snapshot/estimate.h"

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

Result<> estimate(const SourceTree& tree, Estimate& sum, const EstimateProblem& problem, std::stop_token stop) {
  std::vector<std::string> waiting{""};
  while (!waiting.empty()) {
    if (stop.stop_requested()) return Error(Code::cancelled, "the estimate was stopped");
    const std::string directory = std::move(waiting.back());
    waiting.pop_back();
    sum.current.with([&](std::string& current) { current = directory; });
    const auto take = [&](const Found& found) -> Result<> {
      std::string path = directory.empty() ? found.entry.name : directory + "/" + found.entry.name;
      count(found, path, sum, problem);
      if (found.entry.type == EntryType::directory) waiting.push_back(std::move(path));
      return {};
    };
    const auto list = [&]() -> Result<> {
      const SourceDirectory open = TRY(tree.open_directory(directory));
      return open.list(take);
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
