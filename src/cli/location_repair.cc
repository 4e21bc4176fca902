// salvor location repair: damaged and missing files, healed from another location.
#include <nlohmann/json.hpp>

#include "backup/repair.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/two_locations.h"

namespace salvor::cli {

namespace {

Outcome outcome_of(const backup::Repaired& repaired) {
  if (repaired.damaged + repaired.healable > 0) return Outcome::verification_failed;
  return repaired.differing > 0 ? Outcome::some_items_failed : Outcome::done;
}

std::string sentence(const backup::Repaired& repaired) {
  std::string text =
      std::to_string(repaired.backups) + " backups, " + std::to_string(repaired.files) + " files looked at: ";
  const std::uint64_t findings = repaired.healed + repaired.healable + repaired.damaged + repaired.differing;
  if (findings == 0) return text + "nothing to heal.";
  const auto add = [&](std::uint64_t count, const char* word) {
    if (count > 0) text += std::to_string(count) + " " + word + ", ";
  };
  add(repaired.healed, "healed");
  add(repaired.healable, "can be healed");
  add(repaired.damaged, "damaged and not healed");
  add(repaired.differing, "differ without a proof");
  return text.substr(0, text.size() - 2) + ".";
}

}  // namespace

Result<Outcome> run_location_repair(const Invocation& invocation) {
  Wire wire(invocation);
  const Arguments& arguments = invocation.arguments;
  const bool dry = arguments.flag("dry-run");
  const TwoLocations two = TRY(open_two(wire, arguments.text("from"), arguments.positionals()[0],
                                        dry ? Wire::Purpose::read : Wire::Purpose::write));
  Table table{{{"BACKUP"}, {"FILE"}, {"RESULT"}, {"WHY"}}, {}};
  std::vector<Json> records;
  backup::CopyProgress progress;
  Result<backup::Repaired> repaired = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(), [&] { return state_of("repair", progress); });
    const auto tell = [&](const backup::Finding& finding) {
      const std::string result(backup::to_string(finding.what));
      table.rows.push_back({finding.backup, finding.file, result, finding.why});
      records.push_back({{"backup", finding.backup}, {"file", finding.file}, {"result", result}, {"why", finding.why}});
    };
    repaired = backup::repair_location(
        *two.to, *two.from,
        {.patterns = arguments.list("backups"), .only_tell = dry, .spool_directory = wire.spool_directory()},
        wire.clock(), progress, tell, invocation.stop);
  }
  if (!records.empty() || arguments.text("output") != "table")
    TRY(print(invocation, "backup", table, records, Records::found));
  if (!repaired.ok()) return std::move(repaired).error();
  if (arguments.text("output") == "table") invocation.console.err(sentence(*repaired) + "\n");
  return outcome_of(*repaired);
}

}  // namespace salvor::cli
