// salvor location usage: bytes, objects, growth and what they cost.
#include <nlohmann/json.hpp>

#include "backup/usage.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "config/reader.h"
#include "os/file.h"

namespace salvor::cli {

namespace {

using backup::Amounts;
using backup::BackupUsage;
using backup::Costs;
using backup::Usage;
using backup::UsageOptions;

// Everything that is printed, in either form.
struct Report {
  std::string location;
  const config::PriceTable& prices;
  const UsageOptions& options;
  const Usage& usage;
  std::uint64_t stored = 0;

  Costs costs(const Amounts& amounts) const { return backup::costs_of(amounts, stored, options); }
  std::string money(config::Money money) const { return config::show_money(money, prices.currency); }
};

Result<config::PriceTable> price_table(const std::string& file) {
  if (file.empty()) return config::parse_prices(config::builtin_prices(), "the built-in prices");
  const std::string text = TRY(os::read_file(file, config::kMaxFileBytes).context("the prices"));
  return config::parse_prices(text, file);
}

// What was said, by the flag or the configuration; else by the kind of the place.
std::string price_class(const Invocation& invocation, const ChosenLocation& chosen) {
  const std::string& flag = invocation.arguments.text("price-class");
  if (!flag.empty()) return flag;
  if (!chosen.settings.price_class.empty()) return chosen.settings.price_class;
  return std::holds_alternative<store::S3Location>(chosen.location) ? "s3-standard" : "none";
}

std::string age_text(const std::optional<Time>& time, Time now) {
  if (!time) return "<unknown>";
  const auto hours = std::chrono::floor<std::chrono::hours>(now - *time).count();
  if (hours < 0) return "0h";
  return hours < 48 ? std::to_string(hours) + "h" : std::to_string(hours / 24) + "d";
}

std::string classes_text(const Amounts& amounts) {
  std::string text;
  for (const auto& [name, usage] : amounts.classes) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::string date_text(const std::optional<Time>& time) { return time ? format_rfc3339(*time) : "<unknown>"; }

std::string overview(const Report& report) {
  const Usage& usage = report.usage;
  std::string out = "Location:   " + escape_controls(report.location) + "\n";
  out += "Prices:     " +
         escape_controls(report.options.price_class + ", " + report.prices.date + ", " + report.prices.source) +
         "; an estimate\n";
  out +=
      "Objects:    " + (usage.oldest ? "from " + date_text(usage.oldest) + " to " + date_text(usage.newest) : "none") +
      "\n\n";
  Table pipelines{{{"PIPELINE"}, {"OBJECTS"}, {"SIZE"}, {"A MONTH"}}, {}};
  const auto add = [&](const std::string& name, const Amounts& amounts) {
    pipelines.rows.push_back({name, std::to_string(amounts.objects()), format_bytes(amounts.bytes()),
                              report.money(report.costs(amounts).month)});
  };
  for (const auto& [name, amounts] : usage.pipelines) add(name, amounts);
  add("all", usage.total);
  return out + render_table(pipelines);
}

std::string backups_table(const Report& report) {
  if (report.usage.backups.empty()) return "";
  Table table{{{"BACKUP"}, {"CREATED"}, {"AGE"}, {"OBJECTS"}, {"SIZE"}, {"CLASS"}, {"A MONTH"}, {"FETCHING"}}, {}};
  for (const BackupUsage& one : report.usage.backups) {
    const Costs costs = report.costs(one.amounts);
    table.rows.push_back({one.name, one.listed ? date_text(one.start) : "<not listed>",
                          age_text(one.start, report.options.now), std::to_string(one.amounts.objects()),
                          format_bytes(one.amounts.bytes()), classes_text(one.amounts), report.money(costs.month),
                          report.money(costs.restore)});
  }
  std::string out = "\n" + render_table(table);
  if (report.usage.more_backups > 0) out += "and " + std::to_string(report.usage.more_backups) + " more.\n";
  return out;
}

std::string growth_table(const Report& report) {
  const auto growth = backup::growth_of(report.usage.backups);
  if (growth.empty()) return "";
  Table table{{{"MADE"}, {"BACKUPS"}, {"SIZE"}, {"IN ALL"}}, {}};
  for (const backup::Growth& one : growth) {
    table.rows.push_back(
        {one.period, std::to_string(one.backups), format_bytes(one.bytes), format_bytes(one.total_bytes)});
  }
  return "\n" + render_table(table);
}

std::string sums(const Report& report) {
  const Costs costs = report.costs(report.usage.total);
  std::string out = "\nStoring all of it costs " + report.money(costs.month) + " a month, fetching all of it once " +
                    report.money(costs.restore) + ".\n";
  if (costs.deletion > 0) {
    out += "Minimum storage times: deleting all of it now would still cost " + report.money(costs.deletion) + ".\n";
  }
  for (const auto& [name, usage] : report.usage.total.classes) {
    const config::PriceClass* price = report.prices.find(name);
    if (price->restore_delay.empty()) continue;
    out += "What is in " + name + " can be read only " + price->restore_delay + " after it was asked for.\n";
  }
  return out;
}

Json costs_json(const Costs& costs) {
  return {{"month", config::format_money(costs.month)},
          {"restore", config::format_money(costs.restore)},
          {"deletion", config::format_money(costs.deletion)}};
}

Json amounts_json(const Report& report, const Amounts& amounts) {
  Json classes = Json::object();
  for (const auto& [name, usage] : amounts.classes) {
    classes[name] = {{"objects", usage.objects}, {"bytes", usage.bytes}, {"billedBytes", usage.billed_bytes}};
  }
  return {{"objects", amounts.objects()},
          {"bytes", amounts.bytes()},
          {"classes", classes},
          {"cost", costs_json(report.costs(amounts))}};
}

Json document(const Report& report) {
  Json pipelines = Json::object(), backups = Json::array(), growth = Json::array();
  for (const auto& [name, amounts] : report.usage.pipelines) pipelines[name] = amounts_json(report, amounts);
  for (const BackupUsage& one : report.usage.backups) {
    Json json = amounts_json(report, one.amounts);
    json["backup"] = one.name;
    json["listed"] = one.listed;
    if (one.start) json["created"] = format_rfc3339(*one.start);
    if (one.expiration) json["expires"] = format_rfc3339(*one.expiration);
    backups.push_back(std::move(json));
  }
  for (const backup::Growth& one : backup::growth_of(report.usage.backups)) {
    growth.push_back(
        {{"made", one.period}, {"backups", one.backups}, {"bytes", one.bytes}, {"totalBytes", one.total_bytes}});
  }
  Json out = {{"location", report.location},
              {"total", amounts_json(report, report.usage.total)},
              {"pipelines", pipelines},
              {"backups", backups},
              {"moreBackups", report.usage.more_backups},
              {"growth", growth},
              {"prices",
               {{"class", report.options.price_class},
                {"currency", report.prices.currency},
                {"date", report.prices.date},
                {"source", report.prices.source}}}};
  if (report.usage.oldest) out["oldest"] = format_rfc3339(*report.usage.oldest);
  if (report.usage.newest) out["newest"] = format_rfc3339(*report.usage.newest);
  return out;
}

}  // namespace

Result<Outcome> run_location_usage(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.flag("show-prices")) {
    invocation.console.out(config::builtin_prices());
    return Outcome::done;
  }
  Wire wire(invocation);
  const ChosenLocation chosen = TRY(wire.choose_location(std::string(arguments.name())));
  const config::PriceTable prices = TRY(price_table(arguments.text("prices")));
  const UsageOptions options{
      .prices = &prices, .price_class = price_class(invocation, chosen), .now = wire.clock().now()};
  // As it is stored: an encrypted object is billed with its header, and no key is needed to count it.
  const auto storage = TRY(wire.open_stored(chosen, Wire::Purpose::read));
  const Usage usage = TRY(backup::scan_usage(*storage, options, invocation.stop));
  const Report report{chosen.name.empty() ? storage->describe() : chosen.name + ", " + storage->describe(), prices,
                      options, usage, usage.total.bytes()};
  if (arguments.text("output") != "table") return print(invocation, "location", {}, {document(report)});
  invocation.console.out(overview(report) + backups_table(report) + growth_table(report) + sums(report));
  return Outcome::done;
}

}  // namespace salvor::cli
