#include "backup/publish.h"

#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "codec/json_text.h"
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

class ResourceList {
 public:
  explicit ResourceList(std::unique_ptr<store::WriteStream> file) : file_(std::move(file)) {}

  Result<> begin(const archive::Section& section) {
    line_ = sections_++ == 0 ? "{" : "],";
    names_ = 0;
    codec::append_json_text(line_, section.api_version() + "/" + section.kind);
    return file_.write(line_ += ":[");
  }
  Result<> add(std::string_view ns, std::string_view name) {
    line_ = names_++ == 0 ? "" : ",";
    key_.assign(ns).append(ns.empty() ? "" : "/").append(name);
    codec::append_json_text(line_, key_);
    return file_.write(line_);
  }
  Result<> commit() {
    TRY(file_.write(sections_ == 0 ? "{}\n" : "]}\n"));
    return file_.commit();
  }

 private:
  GzipFile file_;
  std::uint64_t sections_ = 0, names_ = 0;
  std::string line_, key_;
};

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

Result<> publish_index(store::Storage& storage, const BackupKeys& keys, archive::Writer& writer, std::stop_token stop) {
  ResourceList list(TRY(storage.create(keys.resource_list(), store::Exists::replace, stop)));
  TRY(writer.write_index(TRY(storage.create(keys.index(), store::Exists::replace, stop)),
                         {.section = [&](const archive::Section& section) { return list.begin(section); },
                          .name = [&](std::string_view ns, std::string_view name) { return list.add(ns, name); }},
                         stop));
  return list.commit();
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
