// salvor snapshot policy: what counts for a source, and which policy says it.
#include <nlohmann/json.hpp>

#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/source_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "snapshot/policies.h"

namespace salvor::cli {

namespace {

// The member "a.b.c" of a document that has it.
const Json& member_at(const Json& document, std::string_view key) {
  const Json* at = &document;
  while (!key.empty()) {
    const std::string_view name = key.substr(0, key.find('.'));
    key.remove_prefix(std::min(key.size(), name.size() + 1));
    at = &at->at(std::string(name));
  }
  return *at;
}

std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return codec::dump_json(value);
  std::vector<std::string> parts;
  for (const Json& item : value) parts.push_back(shown(item));
  return joined(parts, ", ");
}

Result<snapshot::Source> target_of(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.flag("global") != arguments.positionals().empty()) {
    return Error(Code::invalid, "the policy of one source is shown, or with --global everybody's");
  }
  if (arguments.flag("global")) return snapshot::Source();
  return named_source(invocation, arguments.positionals()[0]);
}

}  // namespace

Result<Outcome> run_snapshot_policy(const Invocation& invocation) {
  const Result<snapshot::Source> target = target_of(invocation);
  if (!target.ok()) return refuse(invocation.console, target.error());
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_repository(wire, invocation));
  const snapshot::Policies policies = TRY(snapshot::Policies::load(*door.repository, invocation.stop));
  const snapshot::EffectivePolicy effective = TRY(policies.effective(*target));
  const Json document = TRY(codec::parse_json(encode(effective.policy)));
  Table table{{{"MEMBER"}, {"VALUE"}, {"FROM"}}, {}};
  Json origins = Json::object();
  for (const snapshot::PolicyOrigin& origin : effective.origins) {
    const std::string from = origin.target ? to_string(*origin.target) : "(default)";
    table.rows.push_back({origin.key, shown(member_at(document, origin.key)), from});
    origins[origin.key] = from;
  }
  const Json record = {{"target", to_string(*target)}, {"policy", document}, {"origins", std::move(origins)}};
  return print(invocation, "target", table, {record}, Records::only);
}

}  // namespace salvor::cli
