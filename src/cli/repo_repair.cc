#include "cli/repo_repair.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "codec/base64.h"
#include "repo/recover.h"

namespace salvor::cli {

namespace {

std::string sentence(const repo::Recovered& found, bool is_written) {
  if (found.packs == 0) return "No pack is without an index.\n";
  std::string text = count_of(found.packs, "pack") + " looked into: " + count_of(found.entries.size(), "content") +
                     " of " + format_bytes(found.packed_bytes) + " in " + count_of(found.packs_with_contents, "pack") +
                     " in no index";
  if (found.entries.empty()) return text + ".\n";
  return text + (is_written ? "; now they are.\n" : ". --confirm writes an index of them.\n");
}

}  // namespace

Result<Outcome> run_repo_repair(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::int64_t threads = arguments.integer("parallel");
  if (threads < 1 || threads > 256) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  const bool writes = arguments.flag("confirm");
  Wire wire(invocation);
  const RepositoryDoor door =
      TRY(open_repository(wire, invocation, writes ? Wire::Purpose::write : Wire::Purpose::read));
  std::atomic<std::uint64_t> done{0};
  Result<repo::Recovered> found = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(), [&] { return ProgressState{.what = "repair", .items = done}; });
    found = repo::find_unindexed(*door.repository,
                                 {.all_packs = arguments.flag("all-packs"), .threads = static_cast<unsigned>(threads)},
                                 done, invocation.stop);
  }
  if (!found.ok()) return std::move(found).error();
  const bool is_written = writes && !found->entries.empty();
  if (is_written) {
    TRY(repo::index_again(*door.repository, *found, wire.clock(), wire.rng(), invocation.stop));
  }
  for (const repo::UnreadablePack& pack : found->unreadable)
    report_warning(invocation.console, escape_controls(pack.why));
  if (found->left_alone > 0) {
    report_warning(invocation.console,
                   count_of(found->left_alone, "pack") + " of sessions that are going on left alone");
  }
  if (arguments.text("output") == "table") {
    invocation.console.out(sentence(*found, is_written));
  } else {
    const auto& unique_id = door.repository->format().blob.unique_id;
    const Json record = {{"repository", codec::encode_base64(as_text(unique_id))},
                         {"packs", found->packs},
                         {"packsWithLostContents", found->packs_with_contents},
                         {"lostContents", found->entries.size()},
                         {"lostBytes", found->packed_bytes},
                         {"leftAlonePacks", found->left_alone},
                         {"unreadablePacks", found->unreadable.size()},
                         {"written", is_written}};
    TRY(print(invocation, "repository", {}, {record}, Records::only));
  }
  return found->unreadable.empty() ? Outcome::done : Outcome::some_items_failed;
}

}  // namespace salvor::cli
