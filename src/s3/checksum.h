// The checksums that S3 takes with an upload and gives back with a download.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "net/http_client.h"
#include "s3/bucket_config.h"

namespace salvor::s3 {

struct ChecksumNames {
  std::string_view algorithm;  // "CRC32", for x-amz-checksum-algorithm
  std::string_view header;     // "x-amz-checksum-crc32"
  std::string_view element;    // "ChecksumCRC32", in XML
};

// Empty names for `none`.
ChecksumNames checksum_names(ChecksumKind kind);

// In Base64, as S3 writes it; "" for `none`.
std::string checksum_of(ChecksumKind kind, ByteView bytes);

// Of bytes that come piece by piece.
class RunningChecksum {
 public:
  explicit RunningChecksum(ChecksumKind kind);
  void add(ByteView bytes);
  // Of what came since the last finish(): the bytes themselves, not Base64.
  std::string finish();

 private:
  ChecksumKind kind_;
  std::uint32_t crc_ = 0;
  std::optional<crypto::Sha256> sha256_;  // when it is that kind
};

// What a store keeps about an object.
struct StoredChecksum {
  ChecksumKind kind = ChecksumKind::none;
  std::string value;        // in Base64
  std::uint32_t parts = 0;  // 0: of the object's bytes; else of its parts' checksums, one after the other
};
std::optional<StoredChecksum> stored_checksum(const net::HttpResponse& response);

// Compares an object that is read from its beginning to its end with what the store keeps about it.
class ChecksumStream {
 public:
  // `part_size`: the bytes of part N, from 1, when `expected` is of parts.
  ChecksumStream(StoredChecksum expected, std::function<std::uint64_t(std::uint32_t)> part_size);
  void add(ByteView bytes);
  // After the last byte.
  bool matches();
  const StoredChecksum& expected() const { return expected_; }

 private:
  void end_part();

  const StoredChecksum expected_;
  const std::function<std::uint64_t(std::uint32_t)> part_size_;
  RunningChecksum part_, whole_;
  std::uint32_t number_ = 1;
  std::uint64_t left_ = 0;  // of the part
};

// `corrupt`: NAME does not have the checksum that was stored with it.
Error damaged(const std::string& name, ChecksumKind kind);

// `corrupt` when the response carries a checksum of the whole object that its body does not have. Checksums of
// checksums ("...-3", of multipart uploads) say nothing about bytes and are passed over.
Result<> verify_checksum(const net::HttpResponse& response, ByteView body, const std::string& name);

}  // namespace salvor::s3
