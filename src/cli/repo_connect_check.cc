#include "cli/repo_connect_check.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "store/location_check.h"

namespace salvor::cli {

namespace {

// Maintenance stops when the clocks differ by more, and contents may be taken for older than they are.
constexpr Duration kMostSkew = std::chrono::minutes(5);

std::string granted(store::Offered offered) {
  return offered == store::Offered::yes ? "yes" : offered == store::Offered::no ? "no" : "unknown";
}

// What was found out, and what to be warned of.
struct Findings {
  Table table{{{"WHAT"}, {"RESULT"}}, {}};
  Json record = Json::object();
  std::vector<store::Finding> warnings;

  void add(const char* what, const char* member, Json value, const std::string& text) {
    table.rows.push_back({what, text});
    record[member] = std::move(value);
  }
};

void add_repository(const repo::Repository& repository, Findings& findings) {
  const repo::RepositoryFormat& format = repository.format();
  findings.add("repository", "formatVersion", format.config.version,
               "format " + std::to_string(format.config.version) + ", made with " + format.blob.tool + " " +
                   format.blob.build_version);
  findings.add("password", "password", "right", "right");
  const auto indexes = repository.indexes();
  findings.add("indexes", "indexBlobs", indexes->blobs(),
               count_of(indexes->blobs(), "blob") + ", " + format_bytes(indexes->bytes()));
  for (const std::string& warning : repository.warnings()) findings.warnings.push_back({warning, ""});
}

void add_storage(const store::LocationReport& report, Findings& findings) {
  const bool writes = report.is_good();
  findings.add("can write", "canWrite", writes, writes ? "yes" : "no");
  findings.warnings.insert(findings.warnings.end(), report.problems.begin(), report.problems.end());
  findings.warnings.insert(findings.warnings.end(), report.warnings.begin(), report.warnings.end());
  if (report.clock_skew) {
    const Duration skew = *report.clock_skew;
    findings.add("clock of the storage", "clockSkewSeconds", std::chrono::duration<double>(skew).count(),
                 std::chrono::abs(skew) < std::chrono::seconds(1)
                     ? "the same"
                     : format_duration(std::chrono::abs(skew)) + (skew > Duration(0) ? " ahead" : " behind"));
    if (std::chrono::abs(skew) > kMostSkew) {
      findings.warnings.push_back({"the clocks differ by more than " + format_duration(kMostSkew),
                                   "Set this computer's clock: maintenance will not run, and what was deleted and "
                                   "saved again may be taken for deleted."});
    }
  }
  if (report.free_space) findings.add("free space", "freeBytes", *report.free_space, format_bytes(*report.free_space));
  for (const store::Right& right : report.rights) {
    findings.table.rows.push_back({"can " + right.action, granted(right.granted)});
    findings.record["rights"].push_back({{"action", right.action}, {"granted", granted(right.granted)}});
  }
}

}  // namespace

Result<Outcome> run_repo_connect_check(const Invocation& invocation) {
  Wire wire(invocation);
  Findings findings;
  const RepositoryDoor door = TRY(open_repository(wire, invocation));
  findings.add("location", "repository", door.storage->describe(), "answers");
  add_repository(*door.repository, findings);
  const store::LocationReport report = TRY(store::check_location(
      *door.storage, {.throughput_bytes = 0, .samples = 1, .promises = false}, wire.clock(), wire.rng(),
      [](const std::string&, int, int) {}, invocation.stop));
  add_storage(report, findings);
  Json warnings = Json::array();
  for (const store::Finding& one : findings.warnings) {
    report_warning(invocation.console, escape_controls(one.what + (one.hint.empty() ? "" : ". " + one.hint)));
    warnings.push_back({{"what", one.what}, {"hint", one.hint}});
  }
  findings.record["warnings"] = std::move(warnings);
  TRY(print(invocation, "repository", findings.table, {findings.record}, Records::only));
  return findings.warnings.empty() ? Outcome::done : Outcome::some_items_failed;
}

}  // namespace salvor::cli
