#include "backup/read_back.h"

#include "codec/crc.h"

namespace salvor::backup {

namespace {

Error damaged(const store::Storage& storage, const std::string& key) {
  return Error(Code::corrupt, key + " in " + storage.describe() + " is not what was written there")
      .hint("The backup was not published. Check the disk or mount behind the location, then run it again.");
}

}  // namespace

Result<> read_back_archive(store::Storage& storage, const BackupKeys& keys, const archive::Writer::Totals& totals,
                           std::stop_token stop) {
  const auto file = TRY(storage.open(keys.contents(), {}, stop));
  std::uint64_t crc = 0, size = 0;
  Bytes buffer(1 << 20);
  while (const std::size_t got = TRY(file->read(buffer))) {
    crc = codec::crc64(ByteView(buffer).first(got), crc);
    size += got;
  }
  if (size != totals.archive_bytes || crc != totals.archive_crc) return damaged(storage, keys.contents());
  return {};
}

Result<> read_back_index(store::Storage& storage, const BackupKeys& keys, const archive::Writer::Totals& totals,
                         const std::string& spool_directory, std::stop_token stop) {
  const auto archive = TRY(archive::Archive::open(
      storage, {.archive_key = keys.contents(), .index_key = keys.index(), .spool_directory = spool_directory}, stop));
  std::uint64_t objects = 0;
  for (const archive::Section& section : archive->sections()) objects += section.objects;
  if (!archive->has_index() || objects != totals.objects) return damaged(storage, keys.index());
  return {};
}

}  // namespace salvor::backup
