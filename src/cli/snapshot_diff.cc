#include "cli/snapshot_diff.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/damage.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/snapshot_entry.h"
#include "cli/snapshot_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "snapshot/difference.h"

namespace salvor::cli {

namespace {

using snapshot::Difference;

std::string_view change_of(const Difference& one) { return !one.before ? "added" : !one.after ? "removed" : "changed"; }

std::string octal(std::uint32_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", mode);
  return text;
}

std::string owner_text(const snapshot::DirEntry& entry) {
  return std::to_string(entry.uid) + ":" + std::to_string(entry.gid);
}

// "mode 0644 -> 0600, content"
std::string details(const Difference& one) {
  if (!one.before || !one.after) return format_bytes(size_of(one.before ? *one.before : *one.after));
  std::vector<std::string> parts;
  const auto from_to = [&](const char* what, const std::string& before, const std::string& after) {
    parts.push_back(std::string(what) + " " + before + " -> " + after);
  };
  if (one.type()) from_to("type", std::string(to_string(one.before->type)), std::string(to_string(one.after->type)));
  if (one.mode()) from_to("mode", octal(one.before->mode), octal(one.after->mode));
  if (one.owner()) from_to("owner", owner_text(*one.before), owner_text(*one.after));
  if (one.size()) from_to("size", format_bytes(one.before->size), format_bytes(one.after->size));
  if (one.time()) from_to("time", format_rfc3339(one.before->modified), format_rfc3339(one.after->modified));
  if (one.content()) parts.emplace_back("content");
  return joined(parts, ", ");
}

Json document(const Difference& one) {
  Json what = Json::array();
  if (one.type()) what.push_back("type");
  if (one.mode()) what.push_back("mode");
  if (one.owner()) what.push_back("owner");
  if (one.size()) what.push_back("size");
  if (one.time()) what.push_back("time");
  if (one.content()) what.push_back("content");
  return {{"path", one.path},
          {"change", std::string(change_of(one))},
          {"what", std::move(what)},
          {"before", one.before ? entry_record(*one.before, one.path) : Json()},
          {"after", one.after ? entry_record(*one.after, one.path) : Json()}};
}

}  // namespace

Result<Outcome> run_snapshot_diff(const Invocation& invocation) {
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  const StringList& names = invocation.arguments.positionals();
  const snapshot::DirEntry before = TRY(named_entry(*door.repository, names[0], invocation.stop));
  const snapshot::DirEntry after = TRY(named_entry(*door.repository, names[1], invocation.stop));
  const bool is_for_people = invocation.arguments.text("output") == "table";
  Table table{{{"CHANGE"}, {"PATH"}, {"WHAT"}}, {}};
  std::vector<Json> records;
  bool is_whole = true;
  TRY(snapshot::compare(
      *door.repository, before, after,
      [&](const Difference& one) -> Result<> {
        if (!is_for_people) return records.push_back(document(one)), Result<>();
        const snapshot::DirEntry& entry = one.after ? *one.after : *one.before;
        const std::string path = (one.path.empty() ? "." : one.path);
        table.rows.push_back({std::string(change_of(one)),
                              path + (entry.type == snapshot::EntryType::directory ? "/" : ""), details(one)});
        return {};
      },
      [&](const std::string& path, const Error& why) {
        is_whole = false;
        report_warning(invocation.console, escape_controls(path.empty() ? "." : path) + ": " + why.message());
      },
      invocation.stop));
  if (is_for_people && table.rows.empty()) {
    invocation.console.err("No differences.\n");
  } else {
    TRY(print(invocation, "path", table, records, Records::found));
  }
  return outcome_of_reading(door, is_whole);
}

}  // namespace salvor::cli
