// The Writer of archive.h: tar entries into members, records into the index.
#include <algorithm>
#include <map>

#include "archive/archive.h"
#include "archive/layout.h"
#include "archive/packer.h"
#include "base/check.h"
#include "base/guarded.h"
#include "codec/crc.h"
#include "codec/tar.h"

namespace salvor::archive {
namespace {

using SectionId = IndexBuilder::SectionId;

// What lanes share. They hold it together with the Writer, so a lane may outlive the Writer.
struct Shared {
  Shared(std::unique_ptr<store::WriteStream> stream, SpoolFile spool, WriterOptions with)
      : options(with),
        archive(std::move(stream)),
        index(std::move(spool)),
        file([this](ByteView packed) { return archive->write(packed); }) {}

  const WriterOptions options;
  const std::unique_ptr<store::WriteStream> archive;
  IndexBuilder index;
  MemberFile file;

  struct Guarded {
    std::map<std::pair<std::string, std::string>, SectionId> sections;  // by group resource and version
    std::vector<class WriterLane*> lanes;                               // still open
    std::optional<Error> failure;                                       // of a lane that is gone
    std::uint64_t objects = 0, text_bytes = 0;
  };
  salvor::Guarded<Guarded> state;

  Result<SectionId> section(const Section& section);
};

Result<SectionId> Shared::section(const Section& section) {
  TRY(check_section(section));
  return state.with([&](Guarded& s) -> Result<SectionId> {
    const auto [found, is_new] = s.sections.try_emplace({section.group_resource, section.version});
    if (is_new) {
      Section fresh = section;
      fresh.objects = 0;
      found->second = index.add_section(fresh);
    } else if (!index.has_shape(found->second, section)) {
      return Error(Code::invalid, to_string(section) + " was added before with another kind, scope or preference");
    }
    return found->second;
  });
}

class WriterLane final : public Writer::Lane {
 public:
  explicit WriterLane(std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)),
        packer_(shared_->index, shared_->file, shared_->options.member_bytes, shared_->options.compression_level),
        modified_(std::chrono::floor<std::chrono::seconds>(shared_->options.modified).time_since_epoch().count()) {
    shared_->state.with([&](Shared::Guarded& s) { s.lanes.push_back(this); });
  }
  ~WriterLane() override {
    Result<> flushed = flush();
    shared_->state.with([&](Shared::Guarded& s) {
      std::erase(s.lanes, this);
      if (!flushed.ok() && !s.failure) s.failure = std::move(flushed).error();
    });
  }

  Result<> add(const Section& section, std::string_view ns, std::string_view name, std::string_view text) override;
  Result<> flush() override;

 private:
  Result<> enter(const Section& section);
  const std::string& path_of(Form form) {
    path_ = folders_[static_cast<int>(form)];
    path_ += key_;
    return path_ += ".json";
  }

  const std::shared_ptr<Shared> shared_;
  Packer packer_;
  const std::int64_t modified_;
  std::optional<Section> section_;  // of the last object
  SectionId section_id_ = 0;
  std::string folders_[2];  // of that section, by Form
  std::string key_, path_;
  std::uint64_t objects_ = 0, text_bytes_ = 0;  // since the last flush
};

Result<> WriterLane::enter(const Section& section) {
  if (section_ && section_->group_resource == section.group_resource && section_->version == section.version &&
      section_->kind == section.kind && section_->preferred == section.preferred &&
      section_->namespaced == section.namespaced) {
    return {};
  }
  section_.reset();
  section_id_ = TRY(shared_->section(section));
  section_ = section;
  for (const Form form : {Form::plain, Form::versioned}) folders_[static_cast<int>(form)] = folder_of(section, form);
  return {};
}

Result<> WriterLane::add(const Section& section, std::string_view ns, std::string_view name, std::string_view text) {
  TRY(enter(section));
  TRY(check_object_name(section, ns, name));
  if (text.size() > kMaxObjectBytes) {
    return Error(Code::invalid, to_string(section) + " " + key_of(ns, name) + " is larger than 64 MiB");
  }
  key_ = key_of(ns, name);
  // Both forms into the same member, so that the second one is found in deflate's window. Sixteen
  // blocks hold more headers than any name needs that check_object_name let pass.
  const std::size_t entry_bound = text.size() + 16 * codec::kTarBlock;
  Bytes& tar = *TRY(packer_.room_for((section.preferred ? 2 : 1) * entry_bound));
  const Form first = section.preferred ? Form::plain : Form::versioned;
  codec::append_tar_header(tar, path_of(first), text.size(), modified_);
  const auto offset = static_cast<std::uint32_t>(tar.size());
  packer_.list(section_id_, {key_, 0, offset, static_cast<std::uint32_t>(text.size()), codec::crc64(as_bytes(text))});
  append(tar, as_bytes(text));
  append_zeros(tar, codec::tar_padding(text.size()));
  if (section.preferred) {
    codec::append_tar_file(tar, path_of(Form::versioned), text, modified_);
  }
  ++objects_;
  text_bytes_ += text.size();
  return {};
}

Result<> WriterLane::flush() {
  TRY(packer_.flush());
  shared_->state.with([&](Shared::Guarded& s) {
    s.objects += std::exchange(objects_, 0);
    s.text_bytes += std::exchange(text_bytes_, 0);
  });
  return {};
}

class ArchiveWriter final : public Writer {
 public:
  explicit ArchiveWriter(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::unique_ptr<Lane> lane() override { return std::make_unique<WriterLane>(shared_); }
  Result<Totals> finish() override;
  Result<> write_index(std::unique_ptr<store::WriteStream> index, const Listener& listener,
                       std::stop_token stop) override;

  // The first member holds metadata/version alone, the last one the end of the tar stream.
  Result<> write_member(const Bytes& tar) {
    TRY(shared_->file.append(codec::gzip(tar, shared_->options.compression_level), tar.size()));
    return {};
  }

 private:
  Result<> collect_lanes();

  const std::shared_ptr<Shared> shared_;
  Trailer identity_;  // of the committed archive
};

Result<> ArchiveWriter::collect_lanes() {
  // A copy: flush() takes the same lock.
  const auto lanes = shared_->state.with([](Shared::Guarded& s) { return s.lanes; });
  for (WriterLane* lane : lanes) TRY(lane->flush());
  return shared_->state.with([](Shared::Guarded& s) -> Result<> {
    if (s.failure) return s.failure->clone();
    return {};
  });
}

Result<Writer::Totals> ArchiveWriter::finish() {
  TRY(collect_lanes());
  Bytes end;
  codec::append_tar_end(end);
  TRY(write_member(end));
  identity_ = shared_->file.identity();
  TRY(shared_->archive->commit());
  Totals totals;
  totals.archive_bytes = identity_.archive_size;
  totals.archive_hash = identity_.archive_hash;
  totals.archive_crc = shared_->file.crc();
  shared_->state.with([&](Shared::Guarded& s) {
    totals.objects = s.objects;
    totals.text_bytes = s.text_bytes;
  });
  return totals;
}

Result<> ArchiveWriter::write_index(std::unique_ptr<store::WriteStream> index, const Listener& listener,
                                    std::stop_token stop) {
  const auto sink = [&](ByteView bytes) -> Result<> {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while writing the index");
    return index->write(bytes);
  };
  const auto listed = [&](const Section& section, const IndexRecord& record) -> Result<> {
    const ObjectName object = split_key(record.key, section.namespaced);
    return listener.name(object.ns, object.name);
  };
  TRY(shared_->index.write(shared_->index.ordered(), shared_->file.take_members(), identity_, sink,
                           {.section = listener.section, .record = listed}));
  return index->commit();
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::create(std::unique_ptr<store::WriteStream> archive,
                                               const std::string& spool_directory, WriterOptions options) {
  CHECK(options.member_bytes <= kMaxObjectBytes);
  SpoolFile spool = TRY(SpoolFile::create(spool_directory));
  auto writer =
      std::make_unique<ArchiveWriter>(std::make_shared<Shared>(std::move(archive), std::move(spool), options));
  Bytes tar;
  const auto modified = std::chrono::floor<std::chrono::seconds>(options.modified).time_since_epoch().count();
  codec::append_tar_file(tar, kVersionEntry, kFormatVersion, modified);
  TRY(writer->write_member(tar));
  return writer;
}

}  // namespace salvor::archive
