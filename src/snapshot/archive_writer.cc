#include "snapshot/archive_writer.h"

#include <algorithm>

#include "codec/gzip.h"
#include "codec/pax.h"
#include "codec/tar.h"
#include "snapshot/zip_archive.h"

namespace salvor::snapshot {

namespace {

// Written, and packed, at a time: a gzip member of a megabyte is hardly longer than its part of one for everything.
constexpr std::size_t kTarPieceBytes = 1 << 20;
// None that any program makes is longer, and a reader takes a pax header into memory.
constexpr std::size_t kLongestTarPath = 60'000;

class TarArchive final : public ArchiveWriter {
 public:
  TarArchive(ArchiveFile& file, bool packed) : file_(file) {
    if (packed) gzip_.emplace(1);
  }

  std::size_t longest_path() const override { return kLongestTarPath; }

  Result<> directory(const std::string& path, const DirEntry& entry) override {
    return header(codec::PaxType::directory, path + "/", entry, "");
  }

  Result<> symlink(const std::string& path, const DirEntry& entry, const std::string& to) override {
    return header(codec::PaxType::symlink, path, entry, to);
  }

  Result<> file(const std::string& path, const DirEntry& entry, ByteView bytes) override {
    TRY(header(codec::PaxType::file, path, entry, ""));
    append(waiting_, bytes);
    append_zeros(waiting_, codec::tar_padding(bytes.size()));
    return write_some();
  }

  Result<> begin_file(const std::string& path, const DirEntry& entry) override {
    TRY(write_all());
    begun_at_ = file_.position();
    size_ = left_ = entry.size;
    return header(codec::PaxType::file, path, entry, "");
  }

  Result<> add(ByteView bytes) override {
    left_ -= bytes.size();
    append(waiting_, bytes);
    return write_some();
  }

  Result<> end_file() override {
    append_zeros(waiting_, codec::tar_padding(size_));
    return write_some();
  }

  Result<bool> drop_file() override {
    if (file_.can_take_back()) {
      waiting_.clear();
      TRY(file_.take_back(begun_at_));
      return true;
    }
    while (left_ > 0) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kTarPieceBytes));
      append_zeros(waiting_, piece);
      left_ -= piece;
      TRY(write_some());
    }
    TRY(end_file());
    return false;
  }

  Result<> finish() override {
    codec::append_tar_end(waiting_);
    return write_all();
  }

 private:
  Result<> header(codec::PaxType type, std::string name, const DirEntry& entry, const std::string& link) {
    codec::append_pax_header(waiting_, {.type = type,
                                        .name = std::move(name),
                                        .link = link,
                                        .mode = type == codec::PaxType::symlink ? 0777 : entry.mode,
                                        .uid = entry.uid,
                                        .gid = entry.gid,
                                        .size = type == codec::PaxType::file ? entry.size : 0,
                                        .modified = entry.modified});
    return write_some();
  }

  Result<> write_some() { return waiting_.size() < kTarPieceBytes ? Result<>() : write_all(); }

  Result<> write_all() {
    if (waiting_.empty()) return {};
    if (gzip_) {
      packed_.clear();
      gzip_->compress(waiting_, packed_);
    }
    TRY(file_.write(gzip_ ? packed_ : waiting_));
    waiting_.clear();
    return {};
  }

  ArchiveFile& file_;
  std::optional<codec::GzipCompressor> gzip_;
  Bytes waiting_, packed_;
  std::uint64_t begun_at_ = 0, size_ = 0, left_ = 0;  // of the file that comes in pieces
};

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> make_archive_writer(ArchiveFormat format, ArchiveFile& file) {
  if (format == ArchiveFormat::zip) return make_zip_archive(file);
  return std::unique_ptr<ArchiveWriter>(std::make_unique<TarArchive>(file, format == ArchiveFormat::tgz));
}

}  // namespace salvor::snapshot
