#include "backup/digest.h"

#include "archive/index_format.h"

namespace salvor::backup {

namespace {

constexpr std::size_t kPieceBytes = 128 << 10;
constexpr std::size_t kMaxFiles = 10'000;

Result<Digest> read_through(store::Storage& storage, const std::string& key, const Counter& read, std::stop_token stop,
                            const std::function<Result<>(ByteView)>& take) {
  const auto file = TRY(storage.open(key, {}, stop));
  crypto::Sha256 hash;
  Digest digest;
  Bytes buffer(store::buffer_size(*file, kPieceBytes));
  while (const std::size_t got = TRY(file->read(buffer))) {
    const ByteView piece = ByteView(buffer).first(got);
    hash.update(piece);
    digest.size += got;
    TRY(take(piece));
    if (read) read(got);
  }
  digest.sha256 = hash.finish();
  return digest;
}

}  // namespace

Result<Digest> digest_of(store::Storage& storage, const std::string& key, const Counter& read, std::stop_token stop) {
  return read_through(storage, key, read, std::move(stop), [](ByteView) -> Result<> { return {}; });
}

Result<bool> transfer(store::Storage& from, store::Storage& to, const std::string& key, store::Exists exists,
                      const Counter& read, const std::function<bool(const Digest&)>& accept, std::stop_token stop) {
  const auto draft = TRY(to.create(key, exists, stop));
  const Digest digest = TRY(read_through(from, key, read, stop, [&](ByteView piece) { return draft->write(piece); }));
  if (!accept(digest)) return false;
  TRY(draft->commit());
  return true;
}

Result<std::optional<Digest>> indexed_digest(store::Storage& storage, const BackupKeys& keys, std::stop_token stop) {
  const Result<store::Entry> entry = storage.stat(keys.index(), stop);
  if (!entry.ok() && entry.error().code() == Code::not_found) return std::optional<Digest>();
  if (!entry.ok()) return entry.error().clone();
  if (entry->size < archive::kTrailerBytes) return std::optional<Digest>();
  const Bytes bytes =
      TRY(store::get_range(storage, keys.index(), entry->size - archive::kTrailerBytes, archive::kTrailerBytes, stop));
  const Result<archive::Trailer> trailer = archive::decode_trailer(bytes);
  if (!trailer.ok()) return std::optional<Digest>();
  return std::optional(Digest{trailer->archive_size, trailer->archive_hash});
}

Result<std::vector<store::Entry>> files_of(store::Storage& storage, const BackupKeys& keys, std::stop_token stop) {
  std::vector<store::Entry> files;
  TRY(storage.list(
      keys.folder(),
      [&](const store::Entry& entry) -> Result<> {
        if (files.size() == kMaxFiles) {
          return Error(Code::corrupt,
                       keys.folder() + " in " + storage.describe() + " holds more files than a backup has");
        }
        files.push_back(entry);
        return {};
      },
      stop));
  return files;
}

}  // namespace salvor::backup
