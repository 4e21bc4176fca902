// salvor etcd ls, find and stat: what objects a snapshot holds.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/etcd_commands.h"
#include "cli/output.h"
#include "etcd/stored_object.h"

namespace salvor::cli {

namespace {

using etcd::Change;
using etcd::KubeKey;

struct StoredRow {
  KubeKey key;
  std::int64_t revision = 0, version = 0;
  std::uint64_t bytes = 0;
  std::string stored;
};

// Sums by kind, or by kind and namespace: as many as there are of these, not of objects.
struct Tally {
  std::uint64_t objects = 0, bytes = 0, largest = 0, changes = 0;
};
using Tallies = std::map<std::pair<std::string, std::string>, Tally>;

using Takes = std::function<bool(const KubeKey&)>;

// Calls `visit` with each object that `takes` wants, or all when it is empty, and that is there at the revision that is
// meant. Who wants all of them need not take every key apart twice.
Result<> each_object(const Invocation& invocation, const etcd::Snapshot& snapshot, const Takes& takes,
                     const std::function<void(KubeKey&&, const Change&)>& visit) {
  const std::int64_t revision = TRY(revision_meant(invocation, snapshot));
  const auto of_interest = [&](std::string_view text) -> bool {
    if (!takes) return text.starts_with('/');
    const auto key = etcd::parse_kube_key(text);
    return key && takes(*key);
  };
  const auto on_change = [&](const Change& change) -> Result<> {
    auto key = etcd::parse_kube_key(change.kv.key);
    if (key) visit(std::move(*key), change);
    return {};
  };
  return etcd::each_live(snapshot, revision, of_interest, on_change, invocation.stop);
}

Result<Outcome> list_kinds(const Invocation& invocation, const etcd::Snapshot& snapshot) {
  Tallies tallies;
  TRY(each_object(invocation, snapshot, {}, [&](KubeKey&& key, const Change& change) {
    Tally& tally = tallies[{key.group_resource(), ""}];
    ++tally.objects;
    tally.bytes += change.kv.value.size();
  }));
  Table table{{{"RESOURCE"}, {"OBJECTS"}, {"SIZE"}}, {}};
  std::vector<Json> records;
  for (const auto& [name, tally] : tallies) {
    table.rows.push_back({name.first, std::to_string(tally.objects), format_bytes(tally.bytes)});
    records.push_back({{"resource", name.first}, {"objects", tally.objects}, {"bytes", tally.bytes}});
  }
  return print(invocation, "resource", table, records, Records::found);
}

Result<Outcome> print_objects(const Invocation& invocation, std::vector<StoredRow> rows) {
  std::ranges::sort(rows, {}, [](const StoredRow& row) {
    return std::tie(row.key.resource, row.key.group, row.key.ns, row.key.name);
  });
  const bool is_table = invocation.arguments.text("output") == "table";
  Table table{{{"RESOURCE"}, {"NAMESPACE"}, {"NAME"}, {"REVISION"}, {"SIZE"}, {"STORED AS"}}, {}};
  std::vector<Json> records;
  for (const StoredRow& row : rows) {
    const std::string resource = row.key.group_resource();
    if (is_table) {
      table.rows.push_back(
          {resource, row.key.ns, row.key.name, std::to_string(row.revision), format_bytes(row.bytes), row.stored});
    } else {
      records.push_back({{"object", resource + "/" + full_name(row.key)},
                         {"resource", row.key.resource},
                         {"group", row.key.group},
                         {"namespace", row.key.ns},
                         {"name", row.key.name},
                         {"revision", row.revision},
                         {"version", row.version},
                         {"bytes", row.bytes},
                         {"storedAs", row.stored}});
    }
  }
  return print(invocation, "object", table, records, Records::found);
}

StoredRow stored_row(KubeKey&& key, const Change& change) {
  return {std::move(key), change.kv.mod_revision, change.kv.version, change.kv.value.size(),
          etcd::to_string(etcd::look_at(change.kv.value))};
}

// A text that the name or the namespace holds, or a pattern with '*' and '?' for all of NAMESPACE/NAME.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool is_found(std::string_view wanted, const KubeKey& key) {
  const std::string name = full_name(key);
  if (wanted.find_first_of("*?") == std::string_view::npos) return name.find(wanted) != std::string::npos;
  return matches(wanted, name) || matches(wanted, key.name);
}

// Every change that is still there, deletions too.
Result<Outcome> list_history(const Invocation& invocation, const etcd::Snapshot& snapshot, std::string_view wanted) {
  const std::int64_t until = TRY(revision_meant(invocation, snapshot));
  Table table{{{"REVISION"}, {"CHANGE"}, {"RESOURCE"}, {"NAMESPACE"}, {"NAME"}, {"SIZE"}}, {}};
  std::vector<Json> records;
  const auto add = [&](const Change& change) -> Result<> {
    const auto key = etcd::parse_kube_key(change.kv.key);
    if (!key || !is_found(wanted, *key)) return {};
    const std::string what = change.at.tombstone ? "deleted" : change.kv.version == 1 ? "created" : "changed";
    const std::int64_t revision = change.at.revision.main;
    table.rows.push_back({std::to_string(revision), what, key->group_resource(), key->ns, key->name,
                          format_bytes(change.kv.value.size())});
    records.push_back({{"object", key->group_resource() + "/" + full_name(*key)},
                       {"revision", revision},
                       {"change", what},
                       {"bytes", change.kv.value.size()}});
    return {};
  };
  TRY(etcd::each_change(snapshot, until, add, invocation.stop));
  return print(invocation, "object", table, records, Records::found);
}

}  // namespace

Result<Outcome> run_etcd_ls(const Invocation& invocation) {
  const StringList& words = invocation.arguments.positionals();
  const auto snapshot = TRY(open_snapshot(words[0]));
  const ObjectFilter filter(words.size() > 1 ? words[1] : "");
  if (filter.takes_all()) return list_kinds(invocation, *snapshot);
  std::vector<StoredRow> rows;
  TRY(each_object(
          invocation, *snapshot, [&](const KubeKey& key) { return filter.takes(key); },
          [&](KubeKey&& key, const Change& change) { rows.push_back(stored_row(std::move(key), change)); })
          .context(words[0]));
  return print_objects(invocation, std::move(rows));
}

Result<Outcome> run_etcd_find(const Invocation& invocation) {
  const StringList& words = invocation.arguments.positionals();
  const auto snapshot = TRY(open_snapshot(words[0]));
  const std::string& wanted = words[1];
  if (invocation.arguments.flag("history")) return list_history(invocation, *snapshot, wanted);
  std::vector<StoredRow> rows;
  TRY(each_object(
          invocation, *snapshot, [&](const KubeKey& key) { return is_found(wanted, key); },
          [&](KubeKey&& key, const Change& change) { rows.push_back(stored_row(std::move(key), change)); })
          .context(words[0]));
  return print_objects(invocation, std::move(rows));
}

Result<Outcome> run_etcd_stat(const Invocation& invocation) {
  const std::string path(invocation.arguments.name());
  const auto snapshot = TRY(open_snapshot(path));
  Tallies tallies;
  TRY(each_object(invocation, *snapshot, {}, [&](KubeKey&& key, const Change& change) {
        Tally& tally = tallies[{key.group_resource(), key.ns}];
        ++tally.objects;
        tally.bytes += change.kv.value.size();
        tally.largest = std::max<std::uint64_t>(tally.largest, change.kv.value.size());
      }).context(path));
  const auto count = [&](const Change& change) -> Result<> {
    const auto key = etcd::parse_kube_key(change.kv.key);
    if (key) ++tallies[{key->group_resource(), key->ns}].changes;
    return {};
  };
  TRY(etcd::each_change(*snapshot, TRY(revision_meant(invocation, *snapshot)), count, invocation.stop).context(path));
  Table table{{{"RESOURCE"}, {"NAMESPACE"}, {"OBJECTS"}, {"SIZE"}, {"LARGEST"}, {"CHANGES"}}, {}};
  std::vector<Json> records;
  for (const auto& [name, tally] : tallies) {
    table.rows.push_back({name.first, name.second, std::to_string(tally.objects), format_bytes(tally.bytes),
                          format_bytes(tally.largest), std::to_string(tally.changes)});
    records.push_back({{"resource", name.first},
                       {"namespace", name.second},
                       {"objects", tally.objects},
                       {"bytes", tally.bytes},
                       {"largest", tally.largest},
                       {"changes", tally.changes}});
  }
  return print(invocation, "resource", table, records, Records::found);
}

}  // namespace salvor::cli
