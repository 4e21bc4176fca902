// salvor etcd get: one object out of a snapshot.
#include <map>
#include <nlohmann/json.hpp>

#include "cli/etcd_commands.h"
#include "cli/report.h"
#include "cli/text.h"
#include "codec/json.h"
#include "codec/yaml.h"
#include "etcd/stored_object.h"

namespace salvor::cli {

namespace {

struct FoundObject {
  etcd::KubeKey key;
  std::string etcd_key, value;
  std::int64_t revision = 0;
  bool deleted = false;
};

// The newest change of each key that the name may mean: one, or a few that differ in their group. Whoever knows a kind
// knows its name without the group too.
Result<std::map<std::string, FoundObject>> candidates(const etcd::Snapshot& snapshot, const etcd::WantedObject& wanted,
                                                      std::int64_t revision, std::stop_token stop) {
  std::map<std::string, FoundObject> found;
  const std::string end = "/" + wanted.name;
  const auto look = [&](const etcd::Change& change) -> Result<> {
    if (!change.kv.key.ends_with(end)) return {};
    auto key = etcd::parse_kube_key(change.kv.key);
    if (!key || !wanted.of.names(*key) || key->name != wanted.name || key->ns != wanted.ns) return {};
    const std::string text(change.kv.key);
    found[text] = {std::move(*key), text, std::string(change.kv.value), change.at.revision.main, change.at.tombstone};
    return {};
  };
  TRY(etcd::each_change(snapshot, revision, look, std::move(stop)));
  return found;
}

Error not_there(const std::string& name, const std::string& path, const std::map<std::string, FoundObject>& found) {
  for (const auto& [key, object] : found) {
    return Error(Code::not_found, name + " was deleted at revision " + std::to_string(object.revision))
        .hint("`salvor etcd find --history` shows which older revisions " + escape_controls(path) + " still has.");
  }
  return Error(Code::not_found, path + " holds no " + name)
      .hint("`salvor etcd ls` shows what it holds; `salvor etcd find` looks for a name.");
}

Result<FoundObject> choose(const std::string& path, const std::string& name, std::map<std::string, FoundObject> found) {
  std::vector<FoundObject*> there;
  for (auto& [key, object] : found) {
    if (!object.deleted) there.push_back(&object);
  }
  if (there.empty()) return not_there(name, path, found);
  const auto without_group = std::ranges::find_if(there, [](const FoundObject* one) { return one->key.group.empty(); });
  if (without_group != there.end()) return std::move(**without_group);
  if (there.size() == 1) return std::move(*there.front());
  return Error(Code::invalid, name + " may be of the group " + there[0]->key.group + " or " + there[1]->key.group)
      .hint("Write the resource with its group, such as deployments.apps.");
}

}  // namespace

Result<Outcome> run_etcd_get(const Invocation& invocation) {
  const StringList& words = invocation.arguments.positionals();
  const std::string& path = words[0];
  const auto wanted = etcd::parse_wanted_object(words[1]);
  if (!wanted.ok()) return refuse(invocation.console, wanted.error());
  const auto keys = TRY(encryption_keys(invocation));
  const auto snapshot = TRY(open_snapshot(path));
  const std::int64_t revision = TRY(revision_meant(invocation, *snapshot).context(path));
  auto found = TRY(candidates(*snapshot, *wanted, revision, invocation.stop).context(path));
  const FoundObject object = TRY(choose(path, words[1], std::move(found)));
  const std::string& format = invocation.arguments.text("output");
  if (format == "name") {
    invocation.console.out(escape_controls(object.key.group_resource() + "/" + full_name(object.key)) + "\n");
    return Outcome::done;
  }
  etcd::ObjectReader reader(keys ? &*keys : nullptr);
  const Json document = TRY(reader.read(object.etcd_key, object.value, object.revision).context(words[1]));
  invocation.console.out(format == "json" ? codec::dump_json_pretty(document) + "\n" : codec::dump_yaml(document));
  return Outcome::done;
}

}  // namespace salvor::cli
