#include "backup/undelete.h"

#include <algorithm>
#include <map>
#include <optional>

#include "backup/layout.h"

namespace salvor::backup {

namespace {

using store::Removed;

// What of one backup's folder was removed, and what makes it that backup.
struct Folder {
  std::vector<Removed> files;       // but for the two below
  std::optional<Removed> metadata;  // when it was removed
  std::optional<Time> published;    // when the one that is there was written
  std::optional<Time> written() const { return metadata ? std::optional(metadata->written) : published; }
};

// The name in "backups/NAME/..."; empty for what is no backup's.
std::string backup_of(std::string_view key) {
  if (!key.starts_with(kBackupsFolder)) return {};
  key.remove_prefix(kBackupsFolder.size());
  const std::string name(key.substr(0, key.find('/')));
  return name.size() < key.size() && check_name("backup", name).ok() ? name : std::string();
}

Result<std::map<std::string, Folder>> removed_below(store::Storage& storage, const std::string& prefix,
                                                    std::stop_token stop) {
  std::map<std::string, Folder> folders;
  TRY(storage.undelete(
      prefix,
      [&](const Removed& one) {
        const std::string name = backup_of(one.key);
        const BackupKeys keys(name);
        if (name.empty() || one.key == keys.claim()) return false;
        Folder& folder = folders[name];
        if (one.key == keys.metadata()) {
          folder.metadata = one;
        } else {
          folder.files.push_back(one);
        }
        return false;
      },
      stop));
  for (auto& [name, folder] : folders) {
    if (!folder.metadata) {
      const Result<store::Entry> there = storage.stat(BackupKeys(name).metadata(), stop);
      if (!there.ok() && there.error().code() != Code::not_found) return there.error().clone();
      if (there.ok()) folder.published = there->modified;
    }
    const std::optional<Time> written = folder.written();
    std::erase_if(folder.files, [&](const Removed& one) { return !written || one.removed < *written; });
  }
  return folders;
}

// Nothing when nothing can be brought back.
std::optional<DeletedBackup> summary_of(const std::string& name, const Folder& folder) {
  DeletedBackup deleted{.name = name, .listed = folder.published.has_value()};
  const auto add = [&](const Removed& one) {
    ++deleted.files;
    deleted.bytes += one.size;
    deleted.deleted = std::max(deleted.deleted, one.removed);
  };
  std::ranges::for_each(folder.files, add);
  if (folder.metadata) add(*folder.metadata);
  return deleted.files > 0 ? std::optional(deleted) : std::nullopt;
}

}  // namespace

Result<std::vector<DeletedBackup>> deleted_backups(store::Storage& storage, std::stop_token stop) {
  std::vector<DeletedBackup> all;
  for (const auto& [name, folder] : TRY(removed_below(storage, std::string(kBackupsFolder), stop))) {
    if (auto deleted = summary_of(name, folder)) all.push_back(*std::move(deleted));
  }
  return all;
}

Result<DeletedBackup> undelete_backup(store::Storage& storage, const std::string& name, std::stop_token stop) {
  TRY(check_name("backup", name));
  const BackupKeys keys(name);
  const auto folders = TRY(removed_below(storage, keys.folder(), stop));
  const auto found = folders.find(name);
  const auto deleted = found == folders.end() ? std::nullopt : summary_of(name, found->second);
  if (!deleted) {
    return Error(Code::not_found, "nothing was deleted of a backup \"" + name + "\" in " + storage.describe())
        .hint(
            "`salvor backup undelete --all --dry-run` lists what can be brought back; `salvor backup get` what is "
            "there.");
  }
  const auto is_wanted = [&](const Removed& one) {
    return std::ranges::any_of(found->second.files, [&](const Removed& file) { return file.key == one.key; });
  };
  TRY(storage.undelete(keys.folder(), is_wanted, stop));
  if (found->second.metadata) {
    TRY(storage.undelete(keys.metadata(), [&](const Removed& one) { return one.key == keys.metadata(); }, stop));
  }
  return *deleted;
}

}  // namespace salvor::backup
