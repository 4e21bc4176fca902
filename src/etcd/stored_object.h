// Stored objects: the values of Kubernetes' keys, and the objects in them.
//
//   {...}                            JSON: custom resources, CustomResourceDefinitions, APIServices
//   "k8s\0" runtime.Unknown          protobuf: the built-in kinds
//   0xd9d9f7 ...                     CBOR, where a feature gate is set; not read
//   k8s:enc:<provider>:...:          sealed by the API server, with one of the above inside
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "etcd/encryption_config.h"
#include "kube/proto_json.h"

namespace salvor::etcd {

enum class Encoding { json, protobuf, cbor, sealed, unknown };

struct StoredValue {
  Encoding encoding = Encoding::unknown;
  std::string_view provider, key_name;  // of a sealed one: "aescbc" "key1"; "kms/v2" and the plugin's name
  std::string_view payload;             // without the prefix
};

StoredValue look_at(std::string_view value);
// "protobuf", "sealed by aescbc key1"
std::string to_string(const StoredValue& stored);

// Reuses its buffers; one per thread. `keys` may be null and must outlive this.
class ObjectReader {
 public:
  explicit ObjectReader(const EncryptionKeys* keys) : keys_(keys) {}

  // The object as the API server would print it in the version that it is stored in, with the revision as its
  // resourceVersion. `unsupported` for what cannot be opened or decoded, with the reason; `corrupt`.
  Result<Json> read(std::string_view etcd_key, std::string_view value, std::int64_t mod_revision);

 private:
  Result<Json> decode(const StoredValue& stored);
  Result<Json> decode_protobuf(std::string_view unknown);

  const EncryptionKeys* keys_;
  kube::ProtoJsonWriter protobuf_;
};

}  // namespace salvor::etcd
