#include "etcd/snapshot.h"

#include <algorithm>

#include "crypto/sha256.h"

namespace salvor::etcd {

namespace {

constexpr std::uint64_t kTrailerBytes = 32, kSectorBytes = 512;
constexpr std::size_t kReadBytes = 1 << 20;

}  // namespace

Result<std::unique_ptr<Snapshot>> Snapshot::open(std::unique_ptr<bbolt::Source> source) {
  const std::uint64_t size = source->size();
  const std::uint64_t trailer = size % kSectorBytes == kTrailerBytes ? kTrailerBytes : 0;
  std::unique_ptr<Snapshot> snapshot(new Snapshot(std::move(source), size - trailer));
  snapshot->database_.emplace(TRY(bbolt::Database::open(*snapshot->source_, snapshot->size_)));
  return snapshot;
}

Result<> Snapshot::verify_trailer(std::stop_token stop) const {
  CHECK(has_trailer());
  crypto::Sha256 hash;
  Bytes piece(std::min<std::uint64_t>(kReadBytes, size_));
  for (std::uint64_t at = 0; at < size_;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    const MutableByteView part = MutableByteView(piece).first(std::min<std::uint64_t>(piece.size(), size_ - at));
    TRY(source_->read_at(part, at));
    hash.update(part);
    at += part.size();
  }
  crypto::Sha256Digest stored;
  TRY(source_->read_at(stored, size_));
  if (hash.finish() != stored) {
    return Error(Code::corrupt, "the SHA-256 at its end is not that of its content")
        .hint("The file was changed or damaged after etcd had sent it. Take another snapshot or an older copy.");
  }
  if (database_->bytes() == size_) return {};
  return Error(Code::corrupt, std::to_string(size_ - database_->bytes()) + " bytes lie behind its last page");
}

Result<std::optional<bbolt::Bucket>> Snapshot::bucket(std::string_view name) const {
  bbolt::Cursor cursor(*database_, database_->root());
  const bool found = TRY(cursor.seek(as_bytes(name))) && as_text(cursor.key()) == name && cursor.is_bucket();
  if (!found) return std::optional<bbolt::Bucket>();
  return std::optional(TRY(bbolt::Bucket::parse(cursor.value())));
}

Result<std::optional<std::string>> Snapshot::value(std::string_view bucket_name, std::string_view key) const {
  auto found = TRY(bucket(bucket_name));
  if (!found) return std::optional<std::string>();
  bbolt::Cursor cursor(*database_, std::move(*found));
  if (!TRY(cursor.seek(as_bytes(key))) || as_text(cursor.key()) != key) return std::optional<std::string>();
  return std::optional(std::string(as_text(cursor.value())));
}

}  // namespace salvor::etcd
