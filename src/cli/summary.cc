#include "cli/summary.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/text.h"
#include "codec/json_access.h"

namespace salvor::cli {

namespace {

struct Message {
  std::string where;  // "team", "cluster", empty for the run itself
  std::string text;
};

void append(std::vector<Message>& out, const std::string& where, const Json& list) {
  for (const Json& text : list) {
    if (text.is_string()) out.push_back({where, text.get<std::string>()});
  }
}

std::vector<Message> messages(const Json& results, std::string_view severity) {
  const Json& bucket = codec::object_member(results, severity);
  std::vector<Message> out;
  append(out, "", codec::array_member(bucket, "velero"));
  append(out, "cluster", codec::array_member(bucket, "cluster"));
  for (const auto& [ns, list] : codec::object_member(bucket, "namespaces").items()) append(out, ns, list);
  return out;
}

std::string line(const Message& message) {
  return (message.where.empty() ? "" : escape_controls(message.where) + ": ") + escape_controls(message.text);
}

}  // namespace

void print_results(Console& console, std::string_view results, std::size_t most) {
  const Result<Json> document = codec::parse_json(results);
  if (!document.ok()) return;
  for (const auto& [severity, label] : {std::pair{"errors", "error: "}, std::pair{"warnings", "warning: "}}) {
    const std::vector<Message> all = messages(*document, severity);
    for (std::size_t i = 0; i < all.size() && i < most; ++i) console.err(label + line(all[i]) + "\n");
    if (all.size() > most) {
      console.err("... and " + std::to_string(all.size() - most) + " more " + severity + "; `logs` shows all\n");
    }
  }
}

std::string results_block(std::string_view results) {
  const Result<Json> document = codec::parse_json(results);
  if (!document.ok()) return "";
  std::string out;
  for (const auto& [severity, title] : {std::pair{"errors", "Errors:\n"}, std::pair{"warnings", "Warnings:\n"}}) {
    const std::vector<Message> all = messages(*document, severity);
    if (all.empty()) continue;
    out += title;
    for (const Message& message : all) out += "  " + line(message) + "\n";
  }
  return out;
}

}  // namespace salvor::cli
