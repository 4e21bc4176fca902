#include "backup/keys.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

bool is_about_one_file(Code code) {
  return code == Code::denied || code == Code::corrupt || code == Code::invalid || code == Code::unsupported;
}

Result<std::vector<std::string>> keys_below(store::Storage& storage, const std::string& folder, std::stop_token stop) {
  std::vector<std::string> keys;
  const auto take = [&](const store::Entry& entry) {
    keys.push_back(entry.key);
    return Result<>();
  };
  TRY(storage.list(folder, take, std::move(stop)));
  return keys;
}

std::string in_folder(const std::string& key) { return key.substr(key.rfind('/') + 1); }

}  // namespace

Result<std::vector<std::string>> backups_newest_first(store::Storage& storage, std::stop_token stop) {
  std::vector<std::pair<std::string, std::string>> found;  // start, name
  for (const std::string& name : TRY(backup_names(storage, stop))) {
    const Result<Json> backup = read_backup(storage, name, stop);
    if (!backup.ok() && backup.error().code() == Code::not_found) continue;  // removed meanwhile
    if (!backup.ok() && !is_about_one_file(backup.error().code())) return backup.error().clone();
    found.emplace_back(backup.ok() ? codec::text_at(*backup, {"status", "startTimestamp"}) : "", name);
  }
  std::ranges::sort(found, std::greater());
  std::vector<std::string> names;
  for (auto& [start, name] : found) names.push_back(std::move(name));
  return names;
}

Result<BackupReaders> readers_of(store::EncryptedStorage& storage, const std::string& name, std::stop_token stop) {
  const BackupKeys keys(name);
  const Json backup = TRY(read_backup(storage, name, stop));
  BackupReaders found{.backup = name, .start = codec::text_at(backup, {"status", "startTimestamp"})};
  for (const std::string& key : TRY(keys_below(storage, keys.folder(), stop))) {
    if (key == keys.metadata()) continue;
    ++found.files;
    const auto readers = storage.readers(key, stop);
    if (readers.ok() && !readers->has_value()) {
      ++found.plain;
      continue;
    }
    if (readers.ok()) found.readers.insert(**readers);
    const auto opened = storage.open(key, {0, 1}, stop);
    if (opened.ok()) {
      ++found.opened;
      continue;
    }
    if (!is_about_one_file(opened.error().code())) return opened.error().clone();
    found.problems.push_back(in_folder(key) + ": " + opened.error().message());
  }
  return found;
}

Result<Rewrapped> rewrap_location(store::EncryptedStorage& storage, const AtFile& at, std::stop_token stop) {
  std::vector<std::string> keys;
  for (const std::string& name : TRY(backup_names(storage, stop))) {
    const BackupKeys of(name);
    for (std::string& key : TRY(keys_below(storage, of.folder(), stop))) {
      if (key != of.metadata() && key != of.claim()) keys.push_back(std::move(key));
    }
  }
  for (std::string& key : TRY(keys_below(storage, std::string(kRestoresFolder), stop))) keys.push_back(std::move(key));
  Rewrapped done;
  std::uint64_t before = 0;
  for (const std::string& key : keys) {
    at(key, before++, keys.size());
    const auto readers = storage.readers(key, stop);
    if (readers.ok() && !readers->has_value()) {
      ++done.plain;
      continue;
    }
    const Result<bool> changed = storage.rewrap(key, stop);
    if (changed.ok()) {
      ++(*changed ? done.rewrapped : done.kept);
    } else if (is_about_one_file(changed.error().code())) {
      done.problems.push_back(key + ": " + changed.error().message());
    } else if (changed.error().code() != Code::not_found) {  // else removed meanwhile
      return changed.error().clone();
    }
  }
  return done;
}

}  // namespace salvor::backup
