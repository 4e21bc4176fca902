#include "cli/snapshot_verify.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/damage.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/snapshot_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "codec/base64.h"
#include "snapshot/verify.h"

namespace salvor::cli {

namespace {

using snapshot::VerifyOptions;
using snapshot::VerifyRoot;

// Runs of a share of PERCENT read slices of that size at most, which together are everything.
Result<VerifyOptions> depth_of(const Arguments& arguments, Clock& clock) {
  VerifyOptions options;
  const std::int64_t threads = arguments.integer("parallel"), share = arguments.integer("share");
  if (threads < 1 || threads > 256) return Error(Code::invalid, "--parallel is a number from 1 to 256");
  if (share > 100 || (arguments.given("share") && share < 1)) {
    return Error(Code::invalid, "--share is a number from 1 to 100");
  }
  if (arguments.given("run") && share == 0) return Error(Code::invalid, "--run belongs to --share PERCENT");
  options.threads = static_cast<unsigned>(threads);
  if (arguments.flag("full")) options.slices = 1;
  if (share > 0) options.slices = static_cast<std::uint32_t>((100 + share - 1) / share);
  if (options.slices == 0) return options;
  const std::int64_t today = std::chrono::floor<std::chrono::days>(clock.now()).time_since_epoch().count();
  const std::int64_t run = arguments.given("run") ? arguments.integer("run") : today;
  options.slice = static_cast<std::uint32_t>(run % options.slices);
  return options;
}

struct Problem {
  std::string snapshot;  // empty for what no snapshot needs
  std::string path;
  std::string why;
  bool is_of_all = false;  // of the repository as a whole
};

struct Roots {
  std::vector<VerifyRoot> all;
  std::vector<Problem> problems;  // manifests that lead nowhere
};

Result<Roots> all_roots(repo::Repository& repository, std::stop_token stop) {
  Roots roots;
  snapshot::Snapshots found = TRY(snapshot::list_readable_snapshots(repository, {}, std::move(stop)));
  for (snapshot::Manifest& one : found.all) {
    if (one.root) {
      roots.all.push_back({one.id, *std::move(one.root)});
    } else {
      roots.problems.push_back({one.id, "", "the snapshot has no root"});
    }
  }
  for (const Error& lost : found.lost) {
    roots.problems.push_back({"", "", lost.message() + "; snapshots or policies may be lost with it", true});
  }
  for (const snapshot::DamagedManifest& one : found.damaged)
    roots.problems.push_back({one.id, "", one.error.message()});
  return roots;
}

Result<Roots> named_roots(repo::Repository& repository, const StringList& names, std::stop_token stop) {
  if (names.empty()) return all_roots(repository, std::move(stop));
  Roots roots;
  for (const std::string& name : names) roots.all.push_back({name, TRY(named_entry(repository, name, stop))});
  return roots;
}

Json document(const snapshot::Verified& verified, const VerifyOptions& options, const Roots& roots,
              const repo::Repository& repository) {
  Json problems = Json::array();
  for (const Problem& one : roots.problems) {
    problems.push_back({{"snapshot", one.snapshot}, {"path", one.path}, {"error", one.why}});
  }
  return {{"repository", codec::encode_base64(as_text(repository.format().blob.unique_id))},
          {"snapshots", roots.all.size()},
          {"directories", verified.directories},
          {"files", verified.entries},
          {"contents", verified.contents},
          {"packedBytes", verified.packed_bytes},
          {"readContents", verified.read_contents},
          {"readBytes", verified.read_bytes},
          {"slices", options.slices},
          {"slice", options.slice},
          {"damagedContents", verified.damaged_contents},
          {"problems", std::move(problems)}};
}

std::string sentence(const snapshot::Verified& verified, const VerifyOptions& options, const Roots& roots) {
  std::string text = count_of(roots.all.size(), "snapshot") + ": " +
                     count_of(verified.directories, "directory", "directories") + " with " +
                     count_of(verified.entries, "file or link", "files and links") + " looked at, " +
                     count_of(verified.contents, "content") + " of " + format_bytes(verified.packed_bytes) +
                     " looked up, " + format_bytes(verified.read_bytes) + " of them read and hashed; ";
  text += roots.problems.empty() ? "all is whole.\n" : count_of(roots.problems.size(), "problem") + ".\n";
  if (options.slices > 1) {
    text += "This was slice " + std::to_string(options.slice) + " of " + std::to_string(options.slices) + " (0 to " +
            std::to_string(options.slices - 1) + "); runs over all of them read everything.\n";
  }
  return text;
}

void print_problem(Console& console, const Problem& one) {
  const std::string of_none = one.is_of_all ? "the repository" : "in no snapshot";
  const std::string name = one.snapshot.empty() ? of_none : one.snapshot + "/" + one.path;
  console.out("problem: " + escape_controls(name) + ": " + escape_controls(one.why) + "\n");
}

Result<Outcome> verify_and_tell(const Invocation& invocation, const StringList& names, bool all_contents) {
  Wire wire(invocation);
  const Result<VerifyOptions> asked = depth_of(invocation.arguments, wire.clock());
  if (!asked.ok()) return refuse(invocation.console, asked.error());
  VerifyOptions options = *asked;
  options.all_contents = all_contents;
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  Roots roots = TRY(named_roots(*door.repository, names, invocation.stop));
  const auto indexes = door.repository->indexes();
  for (const repo::DamagedIndex& one : indexes->damaged()) {
    roots.problems.push_back({"", "", "index " + one.blob + ": " + one.error.message(), true});
  }
  snapshot::VerifyProgress progress;
  Result<snapshot::Verified> verified = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(), [&] {
      return ProgressState{.what = "verify",
                           .items = progress.contents,
                           .items_total = progress.contents_total,
                           .bytes = progress.bytes,
                           .bytes_total = progress.bytes_total,
                           .current = progress.current.with([](const std::string& current) { return current; })};
    });
    verified = snapshot::verify(
        *door.repository, roots.all, options, progress,
        [&](std::optional<std::size_t> root, const std::string& path, const Error& why) {
          roots.problems.push_back({root ? roots.all[*root].name : "", path, why.message()});
        },
        invocation.stop);
  }
  if (!verified.ok()) return std::move(verified).error();
  if (invocation.arguments.text("output") == "table") {
    for (const Problem& one : roots.problems) print_problem(invocation.console, one);
    invocation.console.out(sentence(*verified, options, roots));
  } else {
    TRY(print(invocation, "repository", {}, {document(*verified, options, roots, *door.repository)}, Records::only));
  }
  return roots.problems.empty() ? Outcome::done : Outcome::verification_failed;
}

}  // namespace

Result<Outcome> run_snapshot_verify(const Invocation& invocation) {
  return verify_and_tell(invocation, invocation.arguments.positionals(), false);
}

Result<Outcome> run_repo_verify(const Invocation& invocation) { return verify_and_tell(invocation, {}, true); }

}  // namespace salvor::cli
