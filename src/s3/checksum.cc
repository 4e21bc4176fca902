#include "s3/checksum.h"

#include <array>

#include "codec/base64.h"
#include "codec/crc.h"
#include "crypto/sha256.h"

namespace salvor::s3 {

namespace {

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
  return codec::encode_base64(bytes);
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
  switch (kind) {
    case ChecksumKind::none: return "";
    case ChecksumKind::crc32: return big_endian(codec::crc32(bytes));
    case ChecksumKind::crc32c: return big_endian(codec::crc32c(bytes));
    case ChecksumKind::sha256: return codec::encode_base64(as_text(crypto::sha256(bytes)));
  }
  return "";
}

Result<> verify_checksum(const net::HttpResponse& response, ByteView body, const std::string& name) {
  for (const ChecksumKind kind : {ChecksumKind::crc32, ChecksumKind::crc32c, ChecksumKind::sha256}) {
    const auto claimed = response.header(checksum_names(kind).header);
    if (!claimed || claimed->find('-') != claimed->npos) continue;
    if (checksum_of(kind, body) == *claimed) continue;
    return Error(Code::corrupt, name + " does not have the " + std::string(checksum_names(kind).algorithm) +
                                    " that was stored with it")
        .hint("It was damaged on the way or in the store: try again, then use another copy.");
  }
  return {};
}

}  // namespace salvor::s3
