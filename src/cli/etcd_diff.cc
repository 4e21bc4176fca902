// salvor etcd diff: how the objects of two snapshots differ.
#include <nlohmann/json.hpp>

#include "cli/etcd_commands.h"
#include "cli/output.h"
#include "etcd/compare.h"

namespace salvor::cli {

Result<Outcome> run_etcd_diff(const Invocation& invocation) {
  const StringList& words = invocation.arguments.positionals();
  const auto before = TRY(open_snapshot(words[0]));
  const auto after = TRY(open_snapshot(words[1]));
  const ObjectFilter filter(words.size() > 2 ? words[2] : "");
  const auto of_interest = [&](std::string_view text) {
    const auto key = etcd::parse_kube_key(text);
    return key && filter.takes(*key);
  };
  const auto differences =
      TRY(etcd::compare({before.get(), TRY(etcd::span_of(*before)).latest},
                        {after.get(), TRY(etcd::span_of(*after)).latest}, of_interest, invocation.stop));
  Table table{{{"CHANGE"}, {"RESOURCE"}, {"NAMESPACE"}, {"NAME"}, {"BEFORE"}, {"AFTER"}}, {}};
  std::vector<Json> records;
  const auto shown = [](std::int64_t revision) { return revision == 0 ? std::string("-") : std::to_string(revision); };
  for (const etcd::Difference& one : differences) {
    const etcd::KubeKey key = *etcd::parse_kube_key(one.key);
    const std::string what(etcd::to_string(one.what));
    table.rows.push_back({what, key.group_resource(), key.ns, key.name, shown(one.before), shown(one.after)});
    records.push_back({{"object", key.group_resource() + "/" + full_name(key)},
                       {"change", what},
                       {"before", one.before},
                       {"after", one.after}});
  }
  if (table.rows.empty() && invocation.arguments.text("output") == "table") {
    invocation.console.err("No differences.\n");
    return Outcome::done;
  }
  return print(invocation, "object", table, records, Records::found);
}

}  // namespace salvor::cli
