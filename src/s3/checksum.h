// The checksums that S3 takes with an upload and gives back with a download.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
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

// `corrupt` when the response carries a checksum of the whole object that its body does not have. Checksums of
// checksums ("...-3", of multipart uploads) say nothing about bytes and are passed over.
Result<> verify_checksum(const net::HttpResponse& response, ByteView body, const std::string& name);

}  // namespace salvor::s3
