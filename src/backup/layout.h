// Keys of a backup and a restore inside a location, as Velero lays them out (pkg/persistence/object_store_layout.go),
// and salvor's index beside them. Nothing is ever written above backups/ and restores/: stock Velero refuses a location
// with a folder that it does not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::backup {

inline constexpr std::string_view kBackupsFolder = "backups/";
inline constexpr std::string_view kRestoresFolder = "restores/";
// velero-backup.json is read whole, and refused when it is larger. Bytes.
inline constexpr std::uint64_t kMaxMetadataBytes = 64 << 20;

class BackupKeys {
 public:
  explicit BackupKeys(std::string_view name) : name_(name), folder_(std::string(kBackupsFolder) + name_ + "/") {}
  const std::string& folder() const { return folder_; }
  // Its presence is what makes a backup exist; written last, removed first.
  std::string metadata() const { return folder_ + "velero-backup.json"; }
  std::string contents() const { return file(".tar.gz"); }
  std::string index() const { return file("-salvor-index"); }
  std::string claim() const { return file("-salvor-claim"); }       // only while a run writes the backup
  std::string copy_record() const { return file("-salvor-copy"); }  // only when it was copied from another location
  std::string log() const { return file("-logs.gz"); }
  std::string results() const { return file("-results.gz"); }
  std::string resource_list() const { return file("-resource-list.json.gz"); }
  std::string item_operations() const { return file("-itemoperations.json.gz"); }
  std::string pod_volume_backups() const { return file("-podvolumebackups.json.gz"); }
  std::string volume_snapshots() const { return file("-volumesnapshots.json.gz"); }
  std::string volume_info() const { return file("-volumeinfo.json.gz"); }

 private:
  std::string file(std::string_view ending) const { return folder_ + name_ + std::string(ending); }
  std::string name_;
  std::string folder_;
};

class RestoreKeys {
 public:
  explicit RestoreKeys(std::string_view name) : name_(name), folder_(std::string(kRestoresFolder) + name_ + "/") {}
  const std::string& folder() const { return folder_; }
  // salvor's own record of the restore: the Restore object with its status. Stock Velero keeps that in the cluster.
  std::string metadata() const { return folder_ + "salvor-restore.json"; }
  std::string log() const { return folder_ + "restore-" + name_ + "-logs.gz"; }
  std::string results() const { return folder_ + "restore-" + name_ + "-results.gz"; }
  std::string resource_list() const { return folder_ + "restore-" + name_ + "-resource-list.json.gz"; }
  std::string item_operations() const { return folder_ + "restore-" + name_ + "-itemoperations.json.gz"; }
  std::string volume_info() const { return folder_ + name_ + "-volumeinfo.json.gz"; }

 private:
  std::string name_;
  std::string folder_;
};

// A backup's or restore's name: what Kubernetes accepts for the object of that name (RFC 1123 subdomain, 253 bytes).
Result<> check_name(std::string_view kind, std::string_view name);

}  // namespace salvor::backup
