// kopia.repository, the blob that makes a storage a repository: who made it, how its key comes from a password, and the
// sealed configuration. [kopia repo/format/format_blob.go]
//
//   {"tool":"...","buildVersion":"...","buildInfo":"...","uniqueID":"<base64>","keyAlgo":"scrypt-65536-8-1",
//    "encryption":"AES256_GCM","encryptedBlockFormat":"<base64>"}                       indented, with a line end
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::repo {

inline constexpr std::string_view kFormatEncryption = "AES256_GCM";
// kopia opens no repository whose blob is larger: with a checksum of 32 bytes it may have 65000.
inline constexpr std::size_t kMaxFormatBlobBytes = 65'000 - 32;

struct FormatBlob {
  std::string tool, build_version, build_info;  // anything
  Bytes unique_id;                              // of the repository; also the salt of its keys
  std::string key_algorithm;                    // a name of format_key.h
  std::string encryption;                       // kFormatEncryption, or it cannot be opened
  Bytes encrypted_config;                       // a RepositoryConfig, sealed by the FormatKey
  std::string unknown;                          // members of newer versions, see json_fields.h

  bool operator==(const FormatBlob&) const = default;
};

// `corrupt` when it is not JSON, a member has another type, or it has more than kMaxFormatBlobBytes.
Result<FormatBlob> parse_format_blob(ByteView bytes);
// `invalid` when it would have more than kMaxFormatBlobBytes.
Result<Bytes> encode(const FormatBlob& blob);

}  // namespace salvor::repo
