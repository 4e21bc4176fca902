// Tables by the display width of their cells; documents through codec.
#include "cli/output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/text.h"
#include "codec/json_access.h"
#include "codec/yaml.h"

namespace salvor::cli {

namespace {

constexpr std::size_t kGap = 3;  // between columns, as kubectl leaves it

using Cells = std::vector<std::string>;

void add_line(std::string& text, const Cells& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  std::size_t owed = 0;  // spaces due before the next cell that is not empty
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].empty()) line += std::string(owed, ' ') + cells[i];
    owed = (cells[i].empty() ? owed : 0) + widths[i] + kGap - display_width(cells[i]);
  }
  text += line + "\n";
}

Cells safe(const Cells& cells, std::size_t columns) {
  Cells all;
  for (std::size_t i = 0; i < columns; ++i) all.push_back(i < cells.size() ? escape_controls(cells[i]) : "");
  return all;
}

}  // namespace

std::string render_table(const Table& table, Headers headers) {
  std::vector<Cells> lines;
  if (headers == Headers::show) {
    Cells names;
    for (const Column& column : table.columns) names.push_back(column.name);
    lines.push_back(safe(names, table.columns.size()));
  }
  for (const Cells& row : table.rows) lines.push_back(safe(row, table.columns.size()));

  std::vector<std::size_t> widths(table.columns.size(), 0);
  for (const Cells& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  }
  std::string text;
  for (const Cells& line : lines) add_line(text, line, widths);
  return text;
}

Json document_of(const std::vector<Json>& records, std::size_t names_given) {
  if (names_given == 1 && records.size() == 1) return records.front();
  return Json{{"apiVersion", "v1"}, {"kind", "List"}, {"items", records}};
}

std::string record_name(std::string_view word, const Json& record) {
  std::string name(codec::text_at(record, {"metadata", "name"}));
  if (name.empty()) name = codec::text_member(record, word);
  return std::string(word) + "/" + escape_controls(name);
}

namespace {

std::size_t names_of(Records are, const Arguments& arguments) {
  if (are == Records::only) return 1;
  return are == Records::named ? arguments.positionals().size() : 0;
}

}  // namespace

Result<Outcome> print(const Invocation& invocation, std::string_view word, const Table& table,
                      const std::vector<Json>& records, Records are) {
  const Arguments& arguments = invocation.arguments;
  const std::string& format = arguments.text("output");
  if (format == "json" || format == "yaml") {
    const Json document = document_of(records, names_of(are, arguments));
    invocation.console.out(format == "json" ? codec::dump_json_pretty(document) + "\n" : codec::dump_yaml(document));
  } else if (format == "name") {
    for (const Json& record : records) invocation.console.out(record_name(word, record) + "\n");
  } else if (table.rows.empty()) {
    invocation.console.err("No " + std::string(word) + "s found.\n");
  } else {
    const bool bare = find_flag(&arguments.command(), "no-headers") && arguments.flag("no-headers");
    invocation.console.out(render_table(table, bare ? Headers::hide : Headers::show));
  }
  return Outcome::done;
}

}  // namespace salvor::cli
