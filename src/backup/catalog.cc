#include "backup/catalog.h"

#include <nlohmann/json.hpp>

#include "backup/encryption_mark.h"
#include "base/units.h"
#include "codec/gzip.h"

namespace salvor::backup {

namespace {

constexpr std::uint64_t kMaxDocumentBytes = 512 * kMiB;

template <class Keys>
Result<std::vector<std::string>> names(store::Storage& storage, std::string_view folder, std::stop_token stop) {
  std::vector<std::string> folders;
  TRY(storage.list_directories(
      std::string(folder),
      [&](std::string_view name) -> Result<> {
        folders.emplace_back(name);
        return {};
      },
      stop));
  std::vector<std::string> out;
  for (std::string& name : folders) {
    if (TRY(store::exists(storage, Keys(name).metadata(), stop))) out.push_back(std::move(name));
  }
  return out;
}

Result<Json> read_metadata(store::Storage& storage, const std::string& key, std::string_view what,
                           std::string_view name, std::stop_token stop) {
  Result<Bytes> bytes = store::get(storage, key, kMaxMetadataBytes, stop);
  if (!bytes.ok() && bytes.error().code() == Code::not_found) {
    return Error(Code::not_found, "no " + std::string(what) + " \"" + std::string(name) + "\" in " + storage.describe())
        .hint("`salvor " + std::string(what) + " get --location LOC` lists what is there.");
  }
  if (!bytes.ok()) return std::move(bytes).error();
  Result<Json> document = codec::parse_json(as_text(*bytes));
  if (document.ok() && document->is_object()) return document;
  return Error(Code::corrupt, key + " in " + storage.describe() + " is damaged: it is not a JSON object");
}

}  // namespace

Result<std::vector<std::string>> backup_names(store::Storage& storage, std::stop_token stop) {
  return names<BackupKeys>(storage, kBackupsFolder, stop);
}

Result<std::vector<std::string>> restore_names(store::Storage& storage, std::stop_token stop) {
  return names<RestoreKeys>(storage, kRestoresFolder, stop);
}

Result<Json> read_backup(store::Storage& storage, std::string_view name, std::stop_token stop) {
  TRY(check_name("backup", name));
  return read_metadata(storage, BackupKeys(name).metadata(), "backup", name, stop);
}

Result<Json> read_openable_backup(store::Storage& storage, std::string_view name, std::stop_token stop) {
  Json backup = TRY(read_backup(storage, name, stop));
  if (!is_marked(backup)) return backup;  // a location that decrypts shows no mark
  return Error(Code::denied, "backup \"" + std::string(name) + "\" in " + storage.describe() + " is encrypted")
      .hint("Give the location a name and its key: salvor location add NAME " + storage.describe() +
            " --encrypt AGE-RECIPIENT --identity-file FILE, then --location NAME.");
}

Result<Json> read_restore(store::Storage& storage, std::string_view name, std::stop_token stop) {
  TRY(check_name("restore", name));
  return read_metadata(storage, RestoreKeys(name).metadata(), "restore", name, stop);
}

Result<std::uint64_t> stored_bytes(store::Storage& storage, const std::string& folder, std::stop_token stop) {
  std::uint64_t sum = 0;
  TRY(storage.list(
      folder,
      [&](const store::Entry& entry) -> Result<> {
        sum += entry.size;
        return {};
      },
      stop));
  return sum;
}

Result<> remove_backup(store::Storage& storage, std::string_view name, std::stop_token stop) {
  TRY(check_name("backup", name));
  const BackupKeys keys(name);
  TRY(storage.remove(keys.metadata(), stop));
  std::vector<std::string> rest;
  TRY(storage.list(
      keys.folder(),
      [&](const store::Entry& entry) -> Result<> {
        rest.push_back(entry.key);
        return {};
      },
      stop));
  for (const std::string& key : rest) TRY(storage.remove(key, stop));
  return {};
}

Result<std::string> read_gzip(store::Storage& storage, const std::string& key, std::uint64_t limit,
                              std::stop_token stop) {
  const Bytes packed = TRY(store::get(storage, key, limit, stop));
  const Bytes text = TRY(codec::gunzip(packed, limit).context(key + " in " + storage.describe()));
  return std::string(as_text(text));
}

Result<Json> read_gzip_json(store::Storage& storage, const std::string& key, std::stop_token stop) {
  const std::string text = TRY(read_gzip(storage, key, kMaxDocumentBytes, stop));
  Result<Json> document = codec::parse_json(text);
  if (document.ok()) return document;
  return Error(Code::corrupt, key + " in " + storage.describe() + " is damaged: " + document.error().message());
}

Result<> write_gzip(store::Storage& storage, const std::string& key, std::string_view text, std::stop_token stop) {
  return store::put(storage, key, codec::gzip(as_bytes(text)), store::Exists::replace, stop);
}

}  // namespace salvor::backup
