#include "repo/pack_layout.h"

#include <algorithm>
#include <limits>

#include "codec/crc.h"
#include "codec/protobuf.h"
#include "crypto/hmac_sha256.h"
#include "repo/big_endian.h"

namespace salvor::repo {
namespace {

constexpr std::uint64_t kPostambleVersion = 1;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kMostCountedBytes = 255;  // the last byte counts those before it

constexpr std::string_view kFormatCopyKey = "kopia-repository";
constexpr std::size_t kSizeBytes = 2;
constexpr std::size_t kMaxChecksummedBytes = kMaxFormatCopyBytes - 2 * kSizeBytes;

Error no_postamble() { return Error(Code::not_found, "the pack does not end with a postamble"); }

void append_size(Bytes& to, std::size_t size) {
  to.push_back(static_cast<std::byte>(size));
  to.push_back(static_cast<std::byte>(size >> 8));
}

bool take_number32(std::string_view& text, std::uint64_t& number) {
  return codec::take_varint(text, number) && number <= std::numeric_limits<std::uint32_t>::max();
}

}  // namespace

void append_random(Bytes& to, std::size_t size, Rng& rng) { rng.fill(MutableByteView(extend(to, size), size)); }

Result<Bytes> encode_postamble(const Postamble& postamble) {
  Bytes bytes;
  codec::append_varint(bytes, kPostambleVersion);
  codec::append_varint(bytes, postamble.local_index_iv.size());
  append(bytes, postamble.local_index_iv);
  codec::append_varint(bytes, postamble.local_index_offset);
  codec::append_varint(bytes, postamble.local_index_length);
  append_big_endian(bytes, codec::crc32(bytes), kCrcBytes);
  if (bytes.size() > kMostCountedBytes) return Error(Code::invalid, "the IV is too long for a postamble");
  bytes.push_back(static_cast<std::byte>(bytes.size()));
  return bytes;
}

Result<Postamble> find_postamble(ByteView end_of_pack, std::uint64_t pack_size) {
  if (end_of_pack.empty()) return no_postamble();
  const std::size_t size = std::to_integer<std::size_t>(end_of_pack.back());
  if (size <= kCrcBytes || size >= end_of_pack.size() || size >= pack_size) return no_postamble();
  const ByteView counted = end_of_pack.last(size + 1).first(size);
  const ByteView payload = counted.first(size - kCrcBytes);
  if (codec::crc32(payload) != load_big_endian(counted.last(kCrcBytes))) return no_postamble();

  std::string_view rest = as_text(payload);
  std::uint64_t version = 0, iv_size = 0, offset = 0, length = 0;
  if (!codec::take_varint(rest, version) || version != kPostambleVersion) return no_postamble();
  if (!codec::take_varint(rest, iv_size) || iv_size > rest.size()) return no_postamble();
  Postamble postamble;
  append(postamble.local_index_iv, as_bytes(rest.substr(0, iv_size)));
  rest.remove_prefix(iv_size);
  if (!take_number32(rest, offset) || !take_number32(rest, length)) return no_postamble();
  if (offset + length > pack_size - size - 1) return no_postamble();
  postamble.local_index_offset = static_cast<std::uint32_t>(offset);
  postamble.local_index_length = static_cast<std::uint32_t>(length);
  return postamble;
}

Result<Bytes> encode_format_copy(ByteView format_blob) {
  const crypto::Sha256Digest check = crypto::hmac_sha256(as_bytes(kFormatCopyKey), format_blob);
  if (format_blob.size() > kMaxChecksummedBytes - check.size()) {
    return Error(Code::invalid, "kopia.repository is too long to be copied into packs");
  }
  const std::size_t size = format_blob.size() + check.size();
  Bytes copy;
  append_size(copy, size);
  append(copy, format_blob);
  append(copy, check);
  append_size(copy, size);
  return copy;
}

std::optional<ByteView> find_format_copy(ByteView start_of_pack) {
  if (start_of_pack.size() < kSizeBytes) return std::nullopt;
  const std::size_t size =
      std::to_integer<std::size_t>(start_of_pack[0]) | std::to_integer<std::size_t>(start_of_pack[1]) << 8;
  constexpr std::size_t kCheckBytes = std::tuple_size_v<crypto::Sha256Digest>;
  if (size < kCheckBytes || size > kMaxChecksummedBytes || size > start_of_pack.size() - kSizeBytes) {
    return std::nullopt;
  }
  const ByteView checksummed = start_of_pack.subspan(kSizeBytes, size);
  const ByteView format_blob = checksummed.first(size - kCheckBytes);
  const crypto::Sha256Digest check = crypto::hmac_sha256(as_bytes(kFormatCopyKey), format_blob);
  if (!std::ranges::equal(check, checksummed.last(kCheckBytes))) return std::nullopt;
  return format_blob;
}

}  // namespace salvor::repo
