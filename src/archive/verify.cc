#include "archive/verify.h"

#include <algorithm>

#include "archive/layout.h"
#include "codec/crc.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "codec/tar.h"
#include "crypto/sha256.h"

namespace salvor::archive {
namespace {

// One pass over the archive, member by member. That every entry is found in the index, at its own place and under its
// own key, and that there are as many as the index counts, together mean that both list the same objects.
class Verification {
 public:
  Verification(const Source& archive, const Index& index, const Problem& problem)
      : archive_(archive), index_(index), problem_(problem), found_(index.sections().size()) {}

  Result<Archive::Verified> run(const Progress& progress, std::stop_token stop);

 private:
  // The plain form of an object whose versioned form must come next.
  struct Awaited {
    std::string group_resource, key, text;
  };

  Result<> check_member(std::uint32_t number, ByteView text, std::stop_token stop);
  Result<> check_entry(std::uint32_t number, const codec::TarEntry& entry, std::uint64_t offset, std::string text,
                       std::stop_token stop);
  Result<> check_listed(std::uint32_t number, const EntryName& name, std::uint64_t offset, const std::string& text,
                        std::stop_token stop);
  const IndexSection* section_of(const EntryName& name) const;
  void check_nothing_awaited();
  void check_totals(const Hash& hash);
  void report(const std::string& what) {
    ++result_.problems;
    problem_(what);
  }

  const Source& archive_;
  const Index& index_;
  const Problem& problem_;
  std::vector<std::uint64_t> found_;  // objects, by section
  std::optional<Awaited> awaited_;
  bool saw_version_ = false, saw_end_ = false;
  Archive::Verified result_;
};

Result<Archive::Verified> Verification::run(const Progress& progress, std::stop_token stop) {
  codec::GzipDecompressor decompressor;
  crypto::Sha256 hash;
  const auto& members = index_.members();
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while verifying the archive");
    const Bytes packed = TRY(archive_.read_at(members[i].offset, members[i].packed_size, stop));
    hash.update(packed);
    auto text = decompressor.decompress(packed, members[i].size);
    if (text.ok()) {
      TRY(check_member(i, *text, stop));
    } else {
      report("the archive's member at byte " + std::to_string(members[i].offset) + " is damaged");
    }
    result_.bytes += packed.size();
    if (progress) progress(result_.bytes, archive_.size());
  }
  check_totals(hash.finish());
  for (const IndexSection& section : index_.sections()) {
    // Reads every block, also those that no entry led to.
    auto read = index_.records(section, [](const IndexRecord&) -> Result<> { return {}; }, stop);
    if (read.ok()) continue;
    if (read.error().code() != Code::corrupt) return std::move(read).error();
    report(read.error().message());
  }
  return result_;
}

Result<> Verification::check_member(std::uint32_t number, ByteView text, std::stop_token stop) {
  codec::TarReader tar(
      [rest = text](MutableByteView into) mutable -> Result<std::size_t> {
        const std::size_t size = std::min(into.size(), rest.size());
        std::ranges::copy(rest.first(size), into.begin());
        rest = rest.subspan(size);
        return size;
      },
      codec::TarReader::Extent::part);
  const std::string place = "in the member at byte " + std::to_string(index_.members()[number].offset);
  for (;;) {
    auto entry = tar.next();
    if (!entry.ok()) {
      report(place + ": " + entry.error().message());
      break;
    }
    if (!*entry) break;
    const std::uint64_t offset = tar.position();
    std::string body;
    if (auto read = tar.read(body); !read.ok()) {
      report(place + ": " + read.error().message());
      break;
    }
    TRY(check_entry(number, **entry, offset, std::move(body), stop));
  }
  check_nothing_awaited();
  if (tar.saw_end()) {
    if (number + 1 != index_.members().size()) report(place + ": the tar stream ends here, but members follow");
    saw_end_ = true;
  }
  return {};
}

Result<> Verification::check_entry(std::uint32_t number, const codec::TarEntry& entry, std::uint64_t offset,
                                   std::string text, std::stop_token stop) {
  if (entry.name == kVersionEntry) {
    if (text != kFormatVersion || saw_version_) report("metadata/version is not what it should be");
    saw_version_ = true;
    return {};
  }
  const auto name = parse_entry_name(entry.name);
  if (entry.is_directory || !name) {
    report("\"" + entry.name + "\" does not belong into an archive");
    return {};
  }
  if (awaited_ && name->preferred && name->key == awaited_->key && name->group_resource == awaited_->group_resource) {
    if (text != awaited_->text) report("\"" + entry.name + "\" differs from the object's plain form");
    awaited_.reset();
    return {};
  }
  check_nothing_awaited();
  if (name->preferred) {
    report("\"" + entry.name + "\" is there without the object's plain form");
    return {};
  }
  TRY(check_listed(number, *name, offset, text, stop));
  if (name->version.empty()) awaited_ = {std::string(name->group_resource), std::string(name->key), std::move(text)};
  return {};
}

const IndexSection* Verification::section_of(const EntryName& name) const {
  for (const IndexSection& entry : index_.sections()) {
    const Section& section = entry.section;
    if (section.group_resource == name.group_resource && section.namespaced == name.namespaced &&
        (section.preferred ? name.version.empty() : section.version == name.version)) {
      return &entry;
    }
  }
  return nullptr;
}

Result<> Verification::check_listed(std::uint32_t number, const EntryName& name, std::uint64_t offset,
                                    const std::string& text, std::stop_token stop) {
  const std::string object = std::string(name.group_resource) + " " + std::string(name.key);
  const IndexSection* section = section_of(name);
  if (section == nullptr) {
    report(object + " is in the archive, but its kind is not in the index");
    return {};
  }
  auto found = index_.find(*section, name.key, stop);
  if (!found.ok()) {
    if (found.error().code() != Code::corrupt) return std::move(found).error();
    report(object + ": " + found.error().message());
    return {};
  }
  if (!*found) {
    report(object + " is in the archive, but not in the index");
    return {};
  }
  const IndexRecord& record = (*found)->record;
  if (record.member != number || record.offset != offset) {
    report(object + " is in the archive more than once or not where the index says");
    return {};
  }
  ++found_[static_cast<std::size_t>(section - index_.sections().data())];
  ++result_.objects;
  if (record.size != text.size() || record.crc != codec::crc64(as_bytes(text))) {
    report(object + " is not what was saved: its CRC differs");
  } else if (auto valid = codec::check_json(text); !valid.ok()) {
    report(object + ": " + valid.error().message());
  }
  return {};
}

void Verification::check_nothing_awaited() {
  if (awaited_) report(awaited_->group_resource + " " + awaited_->key + " lacks its versioned form");
  awaited_.reset();
}

void Verification::check_totals(const Hash& hash) {
  if (hash != index_.trailer().archive_hash)
    report("the archive's bytes are not those that were written: hash differs");
  if (!saw_version_) report("metadata/version is missing");
  if (!saw_end_) report("the tar stream has no end");
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const Section& section = index_.sections()[i].section;
    if (found_[i] == section.objects) continue;
    report("the index lists " + std::to_string(section.objects) + " objects of " + to_string(section) +
           ", the archive holds " + std::to_string(found_[i]) + " of them");
  }
}

}  // namespace

Result<Archive::Verified> verify_against_index(const Source& archive, const Index& index, const Problem& problem,
                                               const Progress& progress, std::stop_token stop) {
  return Verification(archive, index, problem).run(progress, stop);
}

Result<Archive::Verified> verify_copy(const Archive& archive, const Problem& problem, const Progress& progress,
                                      std::stop_token stop) {
  Archive::Verified result;
  std::uint64_t all = 0;  // objects stand for bytes: how large the texts are is known only after reading
  for (const Section& section : archive.sections()) all += section.objects;
  for (const Section& section : archive.sections()) {
    TRY(archive.read_all(
        section,
        [&](const Record& record, std::string_view text) -> Result<> {
          ++result.objects;
          result.bytes += text.size();
          if (auto valid = codec::check_json(text); !valid.ok()) {
            ++result.problems;
            problem(section.group_resource + " " + key_of(record.ns, record.name) + ": " + valid.error().message());
          }
          if (progress) progress(result.objects, all);
          return {};
        },
        stop));
  }
  return result;
}

}  // namespace salvor::archive
