#include "snapshot/zip_archive.h"

#include <sys/stat.h>

#include <algorithm>

#include "codec/crc.h"
#include "codec/deflate.h"
#include "codec/zip.h"
#include "os/spool_file.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kZipPieceBytes = 1 << 20;  // written at a time

// Less than this may become more than 4 GiB when it is packed: stored blocks have five bytes in 64 KiB.
constexpr std::uint64_t kLargeFrom = (std::uint64_t{1} << 32) - (64 << 20);

class ZipArchive final : public ArchiveWriter {
 public:
  ZipArchive(ArchiveFile& file, os::SpoolFile records) : file_(file), records_(std::move(records)) {}

  std::size_t longest_path() const override { return codec::kMaxZipName - 1; }

  Result<> directory(const std::string& path, const DirEntry& entry) override {
    return whole(entry_of(path + "/", entry, S_IFDIR), {});
  }

  Result<> symlink(const std::string& path, const DirEntry& entry, const std::string& to) override {
    return whole(entry_of(path, entry, S_IFLNK), as_bytes(to));
  }

  Result<> file(const std::string& path, const DirEntry& entry, ByteView bytes) override {
    codec::ZipEntry about = entry_of(path, entry, S_IFREG);
    packed_.clear();
    deflate_.feed(bytes, packed_);
    deflate_.finish(packed_);
    about.deflated = packed_.size() < bytes.size();
    return whole(std::move(about), bytes);
  }

  Result<> begin_file(const std::string& path, const DirEntry& entry) override {
    begun_ = entry_of(path, entry, S_IFREG);
    begun_.deflated = begun_.streamed = true;
    begun_.is_large = entry.size >= kLargeFrom;
    begun_.offset = file_.position() + waiting_.size();
    codec::append_zip_header(waiting_, begun_);
    return write_some();
  }

  Result<> add(ByteView bytes) override {
    begun_.size += bytes.size();
    begun_.crc = codec::crc32(bytes, begun_.crc);
    const std::size_t before = waiting_.size();
    deflate_.feed(bytes, waiting_);
    begun_.packed += waiting_.size() - before;
    return write_some();
  }

  Result<> end_file() override {
    TRY(end_bytes());
    return keep_record(begun_);
  }

  // Without a record readers do not see it, whatever was written.
  Result<bool> drop_file() override {
    TRY(end_bytes());
    if (file_.can_take_back()) {
      TRY(write_all());
      TRY(file_.take_back(begun_.offset));
    }
    return true;
  }

  Result<> finish() override {
    TRY(write_all());
    const std::uint64_t offset = file_.position();
    Bytes piece(kZipPieceBytes);
    for (std::uint64_t at = 0; at < records_.size(); at += piece.size()) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), records_.size() - at)));
      TRY(records_.read_at(piece, at));
      TRY(file_.write(piece));
    }
    codec::append_zip_end(waiting_, entries_, offset, records_.size());
    return write_all();
  }

 private:
  static codec::ZipEntry entry_of(std::string name, const DirEntry& entry, std::uint32_t type) {
    return {.name = std::move(name),
            .mode = type | (type == S_IFLNK ? 0777 : entry.mode),
            .uid = entry.uid,
            .gid = entry.gid,
            .modified = entry.modified};
  }

  // Of a deflated one packed_ has the bytes.
  Result<> whole(codec::ZipEntry about, ByteView bytes) {
    const ByteView stored = about.deflated ? ByteView(packed_) : bytes;
    about.size = bytes.size();
    about.packed = stored.size();
    about.crc = codec::crc32(bytes);
    about.offset = file_.position() + waiting_.size();
    codec::append_zip_header(waiting_, about);
    append(waiting_, stored);
    TRY(write_some());
    return keep_record(about);
  }

  Result<> end_bytes() {
    const std::size_t before = waiting_.size();
    deflate_.finish(waiting_);
    begun_.packed += waiting_.size() - before;
    codec::append_zip_descriptor(waiting_, begun_);
    return write_some();
  }

  Result<> keep_record(const codec::ZipEntry& about) {
    Bytes record;
    codec::append_zip_record(record, about);
    TRY(records_.append(record));
    ++entries_;
    return {};
  }

  Result<> write_some() { return waiting_.size() < kZipPieceBytes ? Result<>() : write_all(); }

  Result<> write_all() {
    TRY(file_.write(waiting_));
    waiting_.clear();
    return {};
  }

  ArchiveFile& file_;
  os::SpoolFile records_;
  std::uint64_t entries_ = 0;
  codec::DeflateStream deflate_;
  Bytes waiting_, packed_;
  codec::ZipEntry begun_;
};

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> make_zip_archive(ArchiveFile& file) {
  os::SpoolFile records = TRY(os::SpoolFile::create(""));
  return std::unique_ptr<ArchiveWriter>(std::make_unique<ZipArchive>(file, std::move(records)));
}

}  // namespace salvor::snapshot
