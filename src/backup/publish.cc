#include "backup/publish.h"

#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "crypto/sha256.h"

namespace salvor::backup {

namespace {

// A gzip file written in blocks, one member each.
class GzipFile {
 public:
  explicit GzipFile(std::unique_ptr<store::WriteStream> file) : file_(std::move(file)) {}

  Result<> write(std::string_view text) {
    block_ += text;
    return block_.size() < kBlockBytes ? Result<>() : flush();
  }
  Result<> commit() {
    TRY(flush());
    return file_->commit();
  }

 private:
  static constexpr std::size_t kBlockBytes = 256 << 10;

  Result<> flush() {
    Bytes member;
    compressor_.compress(as_bytes(block_), member);
    block_.clear();
    return file_->write(member);
  }

  std::unique_ptr<store::WriteStream> file_;
  codec::GzipCompressor compressor_{2};
  std::string block_;
};

std::string json_text(std::string_view text) { return codec::dump_json(Json(text)); }

}  // namespace

Result<> refuse_existing(store::Storage& storage, const std::string& name, std::stop_token stop) {
  if (!TRY(store::exists(storage, BackupKeys(name).metadata(), stop))) return {};
  return Error(Code::already_exists, "there is already a backup \"" + name + "\" in " + storage.describe())
      .hint("Choose another name, or delete it first: salvor backup delete " + name + " --location LOC");
}

Result<> clear_folder(store::Storage& storage, const std::string& name, std::stop_token stop) {
  TRY(refuse_existing(storage, name, stop));
  const BackupKeys keys(name);
  std::vector<std::string> left;
  TRY(storage.list(
      keys.folder(),
      [&](const store::Entry& entry) -> Result<> {
        if (entry.key != keys.claim()) left.push_back(entry.key);
        return {};
      },
      stop));
  for (const std::string& key : left) TRY(storage.remove(key, stop));
  return {};
}

Result<> publish_resource_list(store::Storage& storage, const BackupKeys& keys, archive::Writer& writer,
                               std::stop_token stop) {
  GzipFile file(TRY(storage.create(keys.resource_list(), store::Exists::replace, stop)));
  bool first_section = true, first_name = true;
  TRY(file.write("{"));
  TRY(writer.for_each_name(
      [&](const archive::Section& section) -> Result<> {
        std::string text = first_section ? "" : "],";
        first_section = false;
        first_name = true;
        return file.write(text + json_text(section.api_version() + "/" + section.kind) + ":[");
      },
      [&](std::string_view ns, std::string_view name) -> Result<> {
        std::string text = first_name ? "" : ",";
        first_name = false;
        return file.write(text + json_text(ns.empty() ? std::string(name) : std::string(ns) + "/" + std::string(name)));
      }));
  TRY(file.write(first_section ? "}\n" : "]}\n"));
  return file.commit();
}

Result<> publish_companions(store::Storage& storage, const BackupKeys& keys, std::string_view results,
                            std::string_view volume_info, std::stop_token stop) {
  const std::pair<std::string, std::string_view> files[] = {
      {keys.results(), results},           {keys.volume_info(), volume_info}, {keys.item_operations(), "[]"},
      {keys.pod_volume_backups(), "null"}, {keys.volume_snapshots(), "null"},
  };
  for (const auto& [key, text] : files) TRY(write_gzip(storage, key, std::string(text) + "\n", stop));
  return {};
}

Result<> publish_metadata(store::Storage& storage, const BackupKeys& keys, const Backup& backup, std::stop_token stop) {
  const std::string text = codec::dump_json_pretty(TRY(to_json(backup)));
  return store::put(storage, keys.metadata(), as_bytes(text), store::Exists::refuse, stop);
}

}  // namespace salvor::backup
