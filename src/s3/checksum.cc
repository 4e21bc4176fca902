#include "s3/checksum.h"

#include <algorithm>
#include <charconv>

#include "codec/base64.h"
#include "codec/crc.h"
#include "crypto/sha256.h"

namespace salvor::s3 {

namespace {

constexpr ChecksumKind kKinds[] = {ChecksumKind::crc32, ChecksumKind::crc32c, ChecksumKind::sha256};

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

}  // namespace

ChecksumNames checksum_names(ChecksumKind kind) {
  switch (kind) {
    case ChecksumKind::none: return {};
    case ChecksumKind::crc32: return {"CRC32", "x-amz-checksum-crc32", "ChecksumCRC32"};
    case ChecksumKind::crc32c: return {"CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C"};
    case ChecksumKind::sha256: return {"SHA256", "x-amz-checksum-sha256", "ChecksumSHA256"};
  }
  return {};
}

std::string checksum_of(ChecksumKind kind, ByteView bytes) {
  RunningChecksum sum(kind);
  sum.add(bytes);
  return codec::encode_base64(sum.finish());
}

RunningChecksum::RunningChecksum(ChecksumKind kind) : kind_(kind) {
  if (kind == ChecksumKind::sha256) sha256_.emplace();
}

void RunningChecksum::add(ByteView bytes) {
  switch (kind_) {
    case ChecksumKind::none: break;
    case ChecksumKind::crc32: crc_ = codec::crc32(bytes, crc_); break;
    case ChecksumKind::crc32c: crc_ = codec::crc32c(bytes, crc_); break;
    case ChecksumKind::sha256: sha256_->update(bytes); break;
  }
}

std::string RunningChecksum::finish() {
  switch (kind_) {
    case ChecksumKind::none: return "";
    case ChecksumKind::crc32:
    case ChecksumKind::crc32c: return big_endian(std::exchange(crc_, 0));
    case ChecksumKind::sha256: return std::string(as_text(sha256_->finish()));
  }
  return "";
}

std::optional<StoredChecksum> stored_checksum(const net::HttpResponse& response) {
  for (const ChecksumKind kind : kKinds) {
    const auto claimed = response.header(checksum_names(kind).header);
    if (!claimed) continue;
    StoredChecksum stored{.kind = kind, .value = std::string(claimed->substr(0, claimed->find('-')))};
    if (stored.value.size() == claimed->size()) return stored;
    const std::string_view parts = claimed->substr(stored.value.size() + 1);
    const auto [end, fault] = std::from_chars(parts.data(), parts.data() + parts.size(), stored.parts);
    if (fault == std::errc() && end == parts.data() + parts.size() && stored.parts > 0) return stored;
  }
  return std::nullopt;
}

ChecksumStream::ChecksumStream(StoredChecksum expected, std::function<std::uint64_t(std::uint32_t)> part_size)
    : expected_(std::move(expected)),
      part_size_(std::move(part_size)),
      part_(expected_.kind),
      whole_(expected_.kind),
      left_(expected_.parts > 0 ? part_size_(1) : UINT64_MAX) {}

void ChecksumStream::end_part() {
  whole_.add(as_bytes(part_.finish()));
  left_ = part_size_(++number_);
}

void ChecksumStream::add(ByteView bytes) {
  while (!bytes.empty()) {
    if (left_ == 0) end_part();
    const ByteView piece = bytes.first(std::min<std::uint64_t>(bytes.size(), left_));
    part_.add(piece);
    left_ -= piece.size();
    bytes = bytes.subspan(piece.size());
  }
}

bool ChecksumStream::matches() {
  if (expected_.parts == 0) return codec::encode_base64(part_.finish()) == expected_.value;
  whole_.add(as_bytes(part_.finish()));
  return number_ == expected_.parts && codec::encode_base64(whole_.finish()) == expected_.value;
}

Error damaged(const std::string& name, ChecksumKind kind) {
  return Error(Code::corrupt,
               name + " does not have the " + std::string(checksum_names(kind).algorithm) + " that was stored with it")
      .hint("It was damaged on the way or in the store: try again, then use another copy.");
}

Result<> verify_checksum(const net::HttpResponse& response, ByteView body, const std::string& name) {
  const auto stored = stored_checksum(response);
  if (!stored || stored->parts > 0 || checksum_of(stored->kind, body) == stored->value) return {};
  return damaged(name, stored->kind);
}

}  // namespace salvor::s3
