#include "backup/verify.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "archive/archive.h"
#include "backup/catalog.h"
#include "kube/object_head.h"

namespace salvor::backup {

namespace {

using Problem = std::function<void(const std::string&)>;

// The companions must decompress and parse; which of them exist depends on who made the backup, and when.
Result<> check_companions(store::Storage& storage, const BackupKeys& keys, const Problem& problem,
                          std::stop_token stop) {
  for (const std::string& key : {keys.results(), keys.volume_info(), keys.item_operations(), keys.pod_volume_backups(),
                                 keys.volume_snapshots()}) {
    const Result<Json> document = read_gzip_json(storage, key, stop);
    if (document.ok() || document.error().code() == Code::not_found) continue;
    if (document.error().code() != Code::corrupt) return document.error().clone();
    problem(document.error().message());
  }
  return {};
}

// Names of one kind in the resource list and in the archive must be the same.
Result<> compare_kind(const archive::Archive& archive, const archive::Section& section, const Json& names,
                      const Problem& problem, std::stop_token stop) {
  std::set<std::string> listed;
  for (const Json& name : names) {
    if (name.is_string()) listed.insert(name.get<std::string>());
  }
  const auto tell = [&](const std::string& text) { problem(section.group_resource + " " + text); };
  TRY(archive.records(
      section,
      [&](const archive::Record& record) -> Result<> {
        const std::string name = record.ns.empty() ? record.name : record.ns + "/" + record.name;
        if (listed.erase(name) == 0) tell(name + " is in the archive but not in the resource list");
        return {};
      },
      stop));
  for (const std::string& name : listed) tell(name + " is in the resource list but not in the archive");
  return {};
}

Result<> check_resource_list(store::Storage& storage, const BackupKeys& keys, const archive::Archive& archive,
                             const Problem& problem, std::stop_token stop) {
  Result<Json> list = read_gzip_json(storage, keys.resource_list(), stop);
  if (!list.ok() && list.error().code() == Code::not_found) return {};  // older Velero wrote none
  if (!list.ok() && list.error().code() != Code::corrupt) return std::move(list).error();
  if (!list.ok() || !list->is_object()) {
    problem(list.ok() ? keys.resource_list() + " is not a JSON object" : list.error().message());
    return {};
  }
  std::set<std::string> held;
  for (const archive::Section& section : archive.sections()) {
    const std::string key = section.api_version() + "/" + section.kind;
    held.insert(key);
    if (const auto found = list->find(key); found != list->end()) {
      TRY(compare_kind(archive, section, *found, problem, stop));
    } else if (section.preferred && section.objects > 0) {
      problem(section.group_resource + " is in the archive but not in the resource list");
    }
  }
  for (const auto& [key, names] : list->items()) {
    if (!names.empty() && !held.contains(key)) problem(key + " is in the resource list but not in the archive");
  }
  return {};
}

// The plural that Kubernetes makes of a kind (apimachinery UnsafeGuessKindToResource); it holds for every core kind.
std::string core_plural(std::string_view kind) {
  std::string plural(kind);
  std::transform(plural.begin(), plural.end(), plural.begin(), [](unsigned char c) { return std::tolower(c); });
  if (plural == "endpoints") return plural;
  if (plural.ends_with('s')) return plural + "es";
  if (plural.ends_with('y')) return plural.substr(0, plural.size() - 1) + "ies";
  return plural + "s";
}

std::string key_of(std::string_view ns, std::string_view name) {
  return ns.empty() ? std::string(name) : std::string(ns) + "/" + std::string(name);
}

}  // namespace

Result<> check_identities(const archive::Archive& archive, const Problem& problem, std::stop_token stop) {
  kube::HeadReader heads;
  for (const archive::Section& section : archive.sections()) {
    const auto visit = [&](const archive::Record& record, std::string_view text) -> Result<> {
      const std::string place = section.group_resource + " " + key_of(record.ns, record.name);
      const Result<kube::ObjectHead> head = heads.read(text);
      if (!head.ok()) {
        problem(place + ": " + head.error().message());
      } else if (head->ns != record.ns || head->name != record.name) {
        problem(place + " holds another object: " + key_of(head->ns, head->name));
      } else if (section.group().empty() && core_plural(head->kind) != section.group_resource) {
        problem(place + " holds another kind of object: " + head->kind);
      }
      return {};
    };
    TRY(archive.read_all(section, visit, stop));
  }
  return {};
}

namespace {

bool means_damage(const Error& error) {
  return error.code() == Code::corrupt || error.code() == Code::invalid || error.code() == Code::not_found;
}

// Everything that is read through the archive. `damaged` is a finding after which nothing more can be read this way.
Result<std::optional<Error>> check_archive(store::Storage& storage, const BackupKeys& keys,
                                           const archive::Archive::OpenOptions& options, Verified& verified,
                                           const Problem& problem,
                                           const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                           std::stop_token stop) {
  const auto damaged = [](Error error) -> Result<std::optional<Error>> {
    if (!means_damage(error)) return error;
    return std::optional<Error>(std::move(error));
  };
  Result<std::unique_ptr<archive::Archive>> archive = archive::Archive::open(storage, options, stop);
  if (!archive.ok()) return damaged(std::move(archive).error());
  verified.indexed = (*archive)->has_index();
  if (!verified.indexed && !options.index_key.empty() && TRY(store::exists(storage, options.index_key, stop))) {
    problem(options.index_key + ": " + (*archive)->why_no_index());
  }
  Result<archive::Archive::Verified> read = (*archive)->verify(problem, progress, stop);
  if (!read.ok()) return damaged(std::move(read).error());
  verified.objects = read->objects;
  verified.bytes = read->bytes;
  if (read->problems == 0) TRY(check_identities(**archive, problem, stop));
  Result<> listed = check_resource_list(storage, keys, **archive, problem, stop);
  if (!listed.ok()) return damaged(std::move(listed).error());
  return std::optional<Error>();
}

}  // namespace

Result<Verified> verify_backup(store::Storage& storage, const std::string& name, const std::string& spool_directory,
                               const Problem& problem,
                               const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                               std::stop_token stop) {
  TRY(read_openable_backup(storage, name, stop));
  return verify_files(storage, name, spool_directory, problem, progress, stop);
}

Result<Verified> verify_files(store::Storage& storage, const std::string& name, const std::string& spool_directory,
                              const Problem& problem, const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                              std::stop_token stop) {
  TRY(check_name("backup", name));
  const BackupKeys keys(name);
  Verified verified;
  const Problem count = [&](const std::string& text) {
    ++verified.problems;
    problem(text);
  };
  TRY(check_companions(storage, keys, count, stop));
  archive::Archive::OpenOptions options{
      .archive_key = keys.contents(), .index_key = keys.index(), .spool_directory = spool_directory};
  std::optional<Error> damage = TRY(check_archive(storage, keys, options, verified, count, progress, stop));
  if (!damage) return verified;
  count(damage->message());
  // The index may be what is damaged; what the archive holds by itself is then still worth knowing.
  options.index_key.clear();
  const std::string said = damage->message();
  damage = TRY(check_archive(storage, keys, options, verified, count, progress, stop));
  if (damage && damage->message() != said) count(damage->message());
  return verified;
}

}  // namespace salvor::backup
