// salvor location clean: what killed runs left behind.
#include <nlohmann/json.hpp>

#include "backup/clean.h"
#include "base/guarded.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/wire.h"

namespace salvor::cli {

Result<Outcome> run_location_clean(const Invocation& invocation) {
  Wire wire(invocation);
  const Arguments& arguments = invocation.arguments;
  const backup::CleanOptions options{.older_than = arguments.duration("older-than"),
                                     .only_tell = arguments.flag("dry-run")};
  if (options.older_than < Duration{}) {
    return refuse(invocation.console, Error(Code::invalid, "--older-than is a time that has passed, such as 24h"));
  }
  const ChosenLocation chosen = TRY(wire.choose_location(arguments.positionals()[0]));
  const auto storage = TRY(wire.open_stored(chosen, options.only_tell ? Wire::Purpose::read : Wire::Purpose::write));
  Table table{{{"LEFTOVER"}, {"SIZE"}, {"AGE"}, {"RESULT"}}, {}};
  std::vector<Json> records;
  std::uint64_t bytes = 0;
  const auto tell = [&](const backup::CleanFinding& one) {
    const std::string result = one.removed ? "removed" : "found";
    bytes += one.bytes;
    table.rows.push_back({one.name, format_bytes(one.bytes), format_duration(one.age), result});
    records.push_back({{"leftover", one.name},
                       {"bytes", one.bytes},
                       {"ageSeconds", std::chrono::duration_cast<std::chrono::seconds>(one.age).count()},
                       {"result", result}});
  };
  Result<> cleaned;
  {
    Guarded<ProgressState> shown(ProgressState{.what = "clean"});
    const ProgressView view(invocation, wire.clock(),
                            [&] { return shown.with([](const auto& state) { return state; }); });
    const auto at = [&](const std::string& what, std::uint64_t before, std::uint64_t all) {
      shown.with([&](ProgressState& state) {
        state.items = before;
        state.items_total = all;
        state.current = what;
      });
    };
    cleaned = backup::clean_location(*storage, options, wire.clock(), at, tell, invocation.stop);
  }
  const bool as_table = arguments.text("output") == "table";
  if (!records.empty() || !as_table) TRY(print(invocation, "leftover", table, records, Records::found));
  if (!cleaned.ok()) return cleaned.error().clone();
  if (as_table) {
    invocation.console.err(records.empty() ? "Nothing is left over that is old enough.\n"
                                           : std::to_string(records.size()) + " leftovers, " + format_bytes(bytes) +
                                                 (options.only_tell ? " could be removed.\n" : " removed.\n"));
  }
  return Outcome::done;
}

}  // namespace salvor::cli
