#include "archive/copy.h"

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "archive/indexed_archive.h"
#include "archive/layout.h"
#include "archive/packer.h"
#include "codec/crc.h"
#include "codec/json.h"
#include "codec/tar.h"

namespace salvor::archive {
namespace {

using SectionId = IndexBuilder::SectionId;
constexpr std::size_t kMemberBytes = 1 << 20;
constexpr int kLevel = 1;

Error corrupt(std::string what) {
  return Error(Code::corrupt, std::move(what)).hint("The archive was not written by Velero or salvor, or was changed.");
}

// A folder of the archive: one kind in one form.
struct Folder {
  std::string group_resource;
  std::string version;  // empty for the plain form
  bool preferred = false;
  bool namespaced = false;
  auto operator<=>(const Folder&) const = default;
};

class Copy {
 public:
  Copy(const Archive::OpenOptions& options, SpoolFile texts, SpoolFile records)
      : options_(options),
        texts_(std::move(texts)),
        index_(std::move(records)),
        file_([this](ByteView packed) -> Result<> {
          TRY(texts_.append(packed));
          return {};
        }),
        packer_(index_, file_, kMemberBytes, kLevel) {}

  Result<> take_all(codec::TarReader& tar, std::stop_token stop);
  Result<std::unique_ptr<Archive>> finish(std::string why_no_index, std::stop_token stop) &&;

 private:
  Result<> take(const codec::TarEntry& entry, codec::TarReader& tar);
  Result<> take_version(const std::string& text);
  Result<SectionId> section_of(const EntryName& name, const std::string& text);
  Result<> store(SectionId section, std::string_view key, const std::string& text);
  Result<std::vector<SectionId>> settle_sections();
  Result<> compare_forms(SectionId plain, SectionId versioned) const;

  const Archive::OpenOptions& options_;
  SpoolFile texts_;
  IndexBuilder index_;
  MemberFile file_;
  Packer packer_;
  std::map<Folder, SectionId> folders_;
  std::string text_;
  IndexRecord last_;  // of the open member, so that the second form of an object costs no second text
  bool has_last_ = false, has_version_ = false;
};

Result<> Copy::take_all(codec::TarReader& tar, std::stop_token stop) {
  for (std::uint64_t entries = 0;; ++entries) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading the archive");
    const std::optional<codec::TarEntry> entry = TRY(tar.next());
    if (!entry) break;
    if (entries == options_.max_entries) {
      return corrupt("the archive holds more than " + std::to_string(options_.max_entries) + " entries");
    }
    TRY(take(*entry, tar));
  }
  if (!has_version_) return corrupt("metadata/version is missing");
  return packer_.flush();
}

Result<> Copy::take(const codec::TarEntry& entry, codec::TarReader& tar) {
  // "tar -C folder -cz ." names everything below "./" and lists the folders too.
  std::string_view path = entry.name;
  if (path.starts_with("./")) path.remove_prefix(2);
  if (entry.is_directory) {
    while (path.ends_with('/')) path.remove_suffix(1);
    const bool is_known = path.empty() || path == "." || path == "metadata" || path == "resources" ||
                          parse_entry_name(std::string(path) + "/x.json") ||
                          parse_entry_name(std::string(path) + "/x/x.json") ||
                          parse_entry_name(std::string(path) + "/cluster/x.json");
    if (!is_known) return corrupt("the archive holds a folder \"" + entry.name + "\" that has no meaning there");
    return {};
  }
  if (entry.size > options_.max_object_bytes) {
    return corrupt("\"" + entry.name + "\" claims " + std::to_string(entry.size) +
                   " bytes, more than an object can have");
  }
  const auto name = parse_entry_name(path);
  if (!name && path != kVersionEntry) {
    return corrupt("the archive holds \"" + entry.name + "\", which is not the name of an object");
  }
  TRY(tar.read(text_).context("\"" + entry.name + "\""));
  if (!name) return take_version(text_);
  if (text_.empty()) return corrupt("\"" + entry.name + "\" is empty");
  const SectionId section = TRY(section_of(*name, text_).context("\"" + entry.name + "\""));
  return store(section, name->key, text_);
}

// "1" and "1.1.0" were written so far; the first number would change with the layout.
Result<> Copy::take_version(const std::string& text) {
  if (has_version_) return corrupt("metadata/version is there twice");
  has_version_ = true;
  const std::string_view version = std::string_view(text).substr(0, text.find_last_not_of("\r\n ") + 1);
  if (version == "1" || version.starts_with("1.")) return {};
  return Error(Code::unsupported, "the archive has a format version that this program does not know")
      .hint("Use a newer salvor.");
}

// A kind is named in the text of its objects only: the first one tells.
Result<SectionId> Copy::section_of(const EntryName& name, const std::string& text) {
  const auto [found, is_new] = folders_.try_emplace(
      Folder{std::string(name.group_resource), std::string(name.version), name.preferred, name.namespaced});
  if (!is_new) return found->second;
  const auto parsed = codec::parse_json(text);
  if (!parsed.ok()) return corrupt(parsed.error().message());
  const Json& object = *parsed;
  const auto member = [&](const char* key) {
    const auto value = object.is_object() ? object.find(key) : object.end();
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
  };
  Section section;
  section.group_resource = name.group_resource;
  section.kind = member("kind");
  section.preferred = name.version.empty() || name.preferred;
  section.namespaced = name.namespaced;
  section.version = name.version;
  if (section.version.empty()) {
    const std::string api_version = member("apiVersion");
    section.version = api_version.substr(api_version.find('/') + 1);
  }
  if (section.kind.empty() || !check_section(section).ok()) {
    return corrupt("the object has no kind or no apiVersion");
  }
  found->second = index_.add_section(section);
  return found->second;
}

Result<> Copy::store(SectionId section, std::string_view key, const std::string& text) {
  if (packer_.has_many_records()) {
    TRY(packer_.flush());
    has_last_ = false;
  }
  const std::uint64_t crc = codec::crc64(as_bytes(text));
  if (!has_last_ || last_.crc != crc || last_.size != text.size()) {
    Bytes& member = *TRY(packer_.room_for(text.size()));
    last_ = {{}, 0, static_cast<std::uint32_t>(member.size()), static_cast<std::uint32_t>(text.size()), crc};
    has_last_ = true;
    append(member, as_bytes(text));
  }
  IndexRecord record = last_;
  record.key = key;
  packer_.list(section, record);
  return {};
}

// Which folders become sections: the plain forms, and versioned ones that have no plain form beside them. Both forms of
// a kind must list the same objects with the same texts; a restore from half of an archive must not go unnoticed.
Result<std::vector<SectionId>> Copy::settle_sections() {
  std::vector<SectionId> chosen;
  std::vector<Section>& sections = index_.sections();
  std::map<std::pair<std::string, std::string>, SectionId> taken;
  const auto choose = [&](SectionId id) -> Result<> {
    const Section& section = sections[id];
    if (!taken.try_emplace({section.group_resource, section.version}, id).second) {
      return corrupt("the archive holds " + to_string(section) + " in two ways");
    }
    chosen.push_back(id);
    return {};
  };
  for (const auto& [folder, id] : folders_) {
    const auto plain = folders_.find(Folder{folder.group_resource, "", false, folder.namespaced});
    if (!folder.preferred || plain == folders_.end()) continue;
    TRY(compare_forms(plain->second, id));
    sections[plain->second].version = folder.version;
  }
  for (const auto& [folder, id] : folders_) {
    const bool has_plain = folders_.contains(Folder{folder.group_resource, "", false, folder.namespaced});
    if (!folder.preferred || !has_plain) TRY(choose(id));
  }
  std::ranges::sort(chosen, [&](SectionId a, SectionId b) { return comes_before(sections[a], sections[b]); });
  return chosen;
}

Result<> Copy::compare_forms(SectionId plain, SectionId versioned) const {
  const std::string kind = index_.sections()[plain].group_resource;
  return index_.merge_join(plain, versioned, [&](const IndexRecord* a, const IndexRecord* b) -> Result<> {
    if (a == nullptr || b == nullptr) {
      return corrupt(kind + " " + std::string((a != nullptr ? a : b)->key) + " is in only one of its two folders");
    }
    if (a->crc != b->crc || a->size != b->size)
      return corrupt(kind + " " + std::string(a->key) + " differs between its two folders");
    return {};
  });
}

Result<std::unique_ptr<Archive>> Copy::finish(std::string why_no_index, std::stop_token stop) && {
  auto settled = [&]() -> Result<SpoolFile> {
    const std::vector<SectionId> sections = TRY(settle_sections());
    SpoolFile file = TRY(SpoolFile::create(options_.spool_directory));
    TRY(index_.write(sections, file_.take_members(), file_.identity(),
                     [&](ByteView bytes) -> Result<> {
                       TRY(file.append(bytes));
                       return {};
                     },
                     {}));
    return file;
  }();
  if (!settled.ok()) {
    // What the merge calls already_exists is a defect of the archive here.
    if (settled.error().code() != Code::already_exists) return std::move(settled).error();
    return corrupt("the archive: " + settled.error().message());
  }
  auto index = TRY(Index::open(std::make_unique<SpooledSource>(*std::move(settled)), stop));
  return std::make_unique<IndexedArchive>(std::make_unique<SpooledSource>(std::move(texts_)), std::move(index),
                                          std::move(why_no_index));
}

Result<> drain(codec::GunzipStream& stream) {
  Bytes nowhere(64 << 10);
  while (TRY(stream.read(nowhere)) > 0) {
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Archive>> open_copy(store::Storage& storage, const Archive::OpenOptions& options,
                                           std::string why_no_index, std::stop_token stop) {
  auto stream = TRY(storage.open(options.archive_key, {}, stop));
  codec::GunzipStream unpacked([&](MutableByteView into) { return stream->read(into); }, options.max_spool_bytes);
  codec::TarReader tar([&](MutableByteView into) { return unpacked.read(into); });
  Copy copy(options, TRY(SpoolFile::create(options.spool_directory)), TRY(SpoolFile::create(options.spool_directory)));
  Result<> taken = copy.take_all(tar, stop);
  // A version that nobody wrote may be a damaged one: gzip's checksum at the end tells.
  if (!taken.ok() && taken.error().code() == Code::unsupported) TRY(drain(unpacked).context(options.archive_key));
  TRY(std::move(taken).context(options.archive_key));
  return std::move(copy).finish(std::move(why_no_index), stop).context(options.archive_key);
}

}  // namespace salvor::archive
