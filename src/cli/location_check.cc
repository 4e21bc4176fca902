// The report of store::check_location as a table for people, or whole as JSON or YAML.
#include "cli/location_check.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/guarded.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "store/location_check.h"

namespace salvor::cli {

namespace {

using Seconds = std::chrono::duration<double>;
using store::LocationReport;
using store::Offered;
using store::Verdict;

constexpr std::int64_t kMaxSizeMib = 1 << 20;
constexpr std::int64_t kMaxSamples = 10'000;

std::string_view word(Offered offered) {
  switch (offered) {
    case Offered::unknown: return "unknown";
    case Offered::no: return "no";
    case Offered::yes: return "yes";
  }
  return "unknown";
}

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept: return "kept";
    case Verdict::broken: return "broken";
    case Verdict::not_offered: return "not offered";
  }
  return "broken";
}

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::string milliseconds_text(Duration duration) {
  char text[32];
  const double value = milliseconds(duration);
  std::snprintf(text, sizeof text, value < 1 ? "%.3f ms" : value < 10 ? "%.2f ms" : "%.0f ms", value);
  return text;
}

std::uint64_t per_second(std::uint64_t bytes, Duration duration) {
  return static_cast<std::uint64_t>(static_cast<double>(bytes) / std::max(Seconds(duration).count(), 1e-9));
}

Json findings(const std::vector<store::Finding>& from) {
  Json all = Json::array();
  for (const store::Finding& finding : from) all.push_back({{"what", finding.what}, {"hint", finding.hint}});
  return all;
}

Json document(const LocationReport& report) {
  Json promises = Json::array(), latencies = Json::array(), rights = Json::array();
  for (const auto& promise : report.promises) {
    promises.push_back({{"name", promise.name}, {"verdict", word(promise.verdict)}, {"problem", promise.problem}});
  }
  for (const auto& latency : report.latencies) {
    latencies.push_back({{"request", latency.request},
                         {"samples", latency.samples},
                         {"medianMilliseconds", milliseconds(latency.median)},
                         {"worstMilliseconds", milliseconds(latency.worst)}});
  }
  for (const auto& right : report.rights) {
    rights.push_back({{"action", right.action}, {"granted", word(right.granted)}, {"advice", right.advice}});
  }
  Json whole = {{"location", report.location},
                {"good", report.is_good()},
                {"promises", std::move(promises)},
                {"latencies", std::move(latencies)},
                {"capabilities",
                 {{"conditionalPut", word(report.capabilities.conditional_put)},
                  {"versioning", word(report.capabilities.versioning)},
                  {"objectLock", word(report.capabilities.object_lock)}}},
                {"rights", std::move(rights)},
                {"problems", findings(report.problems)},
                {"warnings", findings(report.warnings)}};
  if (report.throughput) {
    whole["throughput"] = {{"bytes", report.throughput->bytes},
                           {"upBytesPerSecond", per_second(report.throughput->bytes, report.throughput->up)},
                           {"downBytesPerSecond", per_second(report.throughput->bytes, report.throughput->down)}};
  }
  if (report.free_space) whole["freeBytes"] = *report.free_space;
  if (report.clock_skew) whole["clockSkewSeconds"] = Seconds(*report.clock_skew).count();
  return whole;
}

std::string skew_text(Duration skew) {
  if (std::chrono::abs(skew) < std::chrono::seconds(1)) return "the same";
  return format_duration(std::chrono::abs(skew)) + (skew > Duration(0) ? " ahead" : " behind");
}

Table table(const LocationReport& report) {
  Table table{{{"WHAT"}, {"RESULT"}}, {}};
  const auto row = [&](std::string what, std::string result) {
    table.rows.push_back({std::move(what), std::move(result)});
  };
  if (!report.promises.empty()) {
    std::size_t kept = 0, not_offered = 0;
    for (const auto& promise : report.promises) {
      kept += promise.verdict == Verdict::kept;
      not_offered += promise.verdict == Verdict::not_offered;
    }
    row("promises", std::to_string(kept) + " of " + std::to_string(report.promises.size()) + " kept" +
                        (not_offered ? ", " + std::to_string(not_offered) + " not offered" : ""));
  }
  for (const auto& latency : report.latencies) {
    const bool moves_bytes = latency.request == "put" || latency.request == "get";
    row(latency.request + (moves_bytes ? " of 1 KiB" : ""),
        milliseconds_text(latency.median) + ", at worst " + milliseconds_text(latency.worst));
  }
  if (report.throughput) {
    const auto& measured = *report.throughput;
    row("write of " + format_bytes(measured.bytes), format_bytes(per_second(measured.bytes, measured.up)) + "/s");
    row("read of " + format_bytes(measured.bytes), format_bytes(per_second(measured.bytes, measured.down)) + "/s");
  }
  row("conditional put", std::string(word(report.capabilities.conditional_put)));
  row("versioning", std::string(word(report.capabilities.versioning)));
  row("object lock", std::string(word(report.capabilities.object_lock)));
  row("free space", report.free_space ? format_bytes(*report.free_space) : "unknown");
  row("clock", report.clock_skew ? skew_text(*report.clock_skew) : "unknown");
  for (const auto& right : report.rights) row("can " + right.action, std::string(word(right.granted)));
  return table;
}

void print_table(Console& console, const LocationReport& report) {
  const auto list = [&](const char* kind, const std::vector<store::Finding>& all) {
    for (const store::Finding& finding : all) {
      console.out(kind + escape_controls(finding.what) + "\n");
      if (!finding.hint.empty()) console.out("  " + escape_controls(finding.hint) + "\n");
    }
  };
  if (!report.latencies.empty() || !report.promises.empty()) console.out(render_table(table(report)));
  list("warning: ", report.warnings);
  list("problem: ", report.problems);
  console.out("Location " + escape_controls(report.location) +
              (report.is_good() ? " is fit for backups.\n" : " is not fit for backups.\n"));
}

// What is checked next, for the thread that shows it.
struct Step {
  std::string what;
  int at = 0, all = 0;
};

Result<LocationReport> check(const Invocation& invocation, Wire& wire, const store::CheckOptions& options) {
  const std::string text(invocation.arguments.name());
  auto storage = wire.open_location(text, Wire::Purpose::read);
  if (!storage.ok()) {
    LocationReport report{.location = text};
    report.problems.push_back({storage.error().message(), storage.error().hint()});
    return report;
  }
  SystemRng rng;
  Guarded<Step> step;
  const ProgressView view(invocation, wire.clock(), [&] {
    return step.with([](const Step& now) {
      return ProgressState{.what = "check",
                           .steps = static_cast<std::uint64_t>(std::max(now.at - 1, 0)),
                           .steps_total = static_cast<std::uint64_t>(now.all),
                           .current = now.what};
    });
  });
  const auto note = [&](const std::string& what, int at, int all) {
    step.with([&](Step& now) { now = {what, at, all}; });
  };
  return store::check_location(**storage, options, wire.clock(), rng, note, invocation.stop);
}

}  // namespace

Result<Outcome> run_location_check(const Invocation& invocation) {
  const std::int64_t size = invocation.arguments.integer("size"), samples = invocation.arguments.integer("samples");
  if (size > kMaxSizeMib) return Error(Code::invalid, "--size is at most 1048576 (MiB)");
  if (samples > kMaxSamples) return Error(Code::invalid, "--samples is at most 10000");
  Wire wire(invocation);
  const LocationReport report =
      TRY(check(invocation, wire,
                {.throughput_bytes = static_cast<std::uint64_t>(size) * kMiB, .samples = static_cast<int>(samples)}));
  if (invocation.arguments.text("output") == "table") {
    print_table(invocation.console, report);
  } else {
    TRY(print(invocation, "location", {}, {document(report)}));
  }
  return report.is_good() ? Outcome::done : Outcome::verification_failed;
}

}  // namespace salvor::cli
