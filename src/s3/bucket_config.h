// BucketConfig: what a location says about its bucket, and how to read it from what people write.
//
// Two vocabularies name the same settings: the parameters of salvor's s3:// URLs ("path-style=true") and the keys of
// configurations, which are those of Velero's AWS plugin ("s3ForcePathStyle: \"true\"", velero-plugin-for-aws,
// backupstoragelocation.md) where it has one. Both are accepted in both places, so the config of a
// BackupStorageLocation works unchanged.
//
//   URL parameter        config key                    meaning
//   region               region                        absent: found out from the server
//   endpoint             s3Url                         absent: AWS
//   public-endpoint      publicUrl                     put into presigned URLs instead of the endpoint
//   path-style           s3ForcePathStyle              true, false; absent: path style unless the endpoint is AWS
//   dual-stack, fips     dualStack, fips               AWS endpoints of that kind
//   insecure             insecureSkipTLSVerify         any certificate is trusted
//   ca-file              caFile                        PEM file of authorities trusted instead of the system's
//                        caCert                        the same as PEM text
//   client-certificate   clientCertificate             PEM file, with client-key: for servers that ask for one
//   client-key           clientKey                     PEM file
//   proxy                proxy                         URL of a proxy for every request; absent: HTTPS_PROXY and others
//   profile              profile                       for the credential chain, as are the next two
//   credentials-file     credentialsFile
//   shared-config        enableSharedConfig
//   sse                  serverSideEncryption          AES256, aws:kms, aws:kms:dsse
//   kms-key-id           kmsKeyId                      implies sse=aws:kms
//   customer-key-file    customerKeyEncryptionFile     file with the 32 bytes of an SSE-C key
//   storage-class        storageClass
//   tagging              tagging                       "team=a&tier=b"
//   lock, lock-days      lock, lockDays                governance or compliance; objects cannot be removed for so long
//   checksum             checksumAlgorithm             CRC32 (default), CRC32C, SHA256; none or "" for none
//   payload-signing      payloadSigning                whether signatures cover what is uploaded; absent: without TLS
//                        signatureVersion              4; nothing else is spoken
//                        customerKeyEncryptionSecret   refused: it is a name in the cluster; give the file
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/secret.h"

namespace salvor::s3 {

enum class ChecksumKind { none, crc32, crc32c, sha256 };

struct BucketConfig {
  std::string bucket;
  std::string region;           // empty: found out
  std::string endpoint;         // "https://host[:port]" without a path; empty: AWS
  std::string public_endpoint;  // likewise; empty: the endpoint
  std::optional<bool> path_style;
  bool dual_stack = false;
  bool fips = false;

  bool insecure = false;
  std::string authorities_file;                          // at most one of these two
  std::string authorities;                               // PEM
  std::string client_certificate_file, client_key_file;  // both or none
  std::string proxy;                                     // URL; empty: as the environment says

  std::string profile;
  std::string credentials_file;
  std::optional<bool> shared_config;

  std::string encryption;  // "", "AES256", "aws:kms", "aws:kms:dsse"
  std::string kms_key_id;
  std::string customer_key_file;
  std::string storage_class;
  std::string tagging;          // URL-encoded pairs
  std::string lock_mode;        // "", "GOVERNANCE", "COMPLIANCE": of every object that is written
  std::uint32_t lock_days = 0;  // with lock_mode at least 1
  ChecksumKind checksum = ChecksumKind::crc32;
  std::optional<bool> sign_payload;  // without a checksum it is always signed
};

// `settings` are URL parameters or config keys as above. Errors: invalid (unknown name, bad value, two settings that
// exclude each other), unsupported. The message names the setting and never repeats a value that could be a secret.
Result<BucketConfig> parse_bucket_config(const std::string& bucket, const std::map<std::string, std::string>& settings);

// The config keys, in the order above.
std::vector<std::string_view> bucket_config_keys();

// The 32 bytes of the SSE-C key in `path`; a line break after them is dropped, and 64 hexadecimal digits or 44
// characters of Base64 are decoded.
Result<os::Secret> read_customer_key(const std::string& path);

}  // namespace salvor::s3
