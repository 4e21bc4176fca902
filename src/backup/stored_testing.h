// Stored backups for tests: made without a cluster, by the code that publishes real ones.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/storage.h"

namespace salvor::backup::testing {

struct StoredBackup {
  std::uint64_t seed = 1;
  std::string start = "2026-11-20T02:00:00Z";
  std::size_t objects = 12;
  bool indexed = true;  // without: as stock Velero leaves it
  std::string pod_volume_backups = "null";
};

// Aborts when it cannot be made.
void store_backup(store::Storage& storage, const std::string& name, const StoredBackup& wanted = {});

// Every object below `prefix` with its bytes.
using Contents = std::map<std::string, std::string>;
Contents contents_of(store::Storage& storage, const std::string& prefix = "");
// Without what belongs to one copy only: claims and records of copies.
Contents backup_contents(store::Storage& storage, const std::string& prefix = "");

std::string bytes_of(store::Storage& storage, const std::string& key);
void put_bytes(store::Storage& storage, const std::string& key, std::string_view bytes);
std::vector<std::string> listed(store::Storage& storage);
// What verification finds, or its error as the only element.
std::vector<std::string> problems_of(store::Storage& storage, const std::string& name);

}  // namespace salvor::backup::testing
