// EncryptionKeys: the keys of an EncryptionConfiguration, the file with which a kube-apiserver seals what it stores.
//
// aescbc, aesgcm and secretbox hold their keys in that file. A KMS plugin holds its key elsewhere: what it sealed
// cannot be opened from a snapshot, and the error says which plugin it was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "os/secret.h"

namespace salvor::etcd {

class EncryptionKeys {
 public:
  // YAML or JSON. `invalid` tells where, and never repeats a key.
  static Result<EncryptionKeys> parse(std::string_view text);

  // `etcd_key` is the object's path: aesgcm binds a value to it. `unsupported` when there is no such key, `corrupt`
  // when there is and it does not open the value.
  Result<Bytes> open(std::string_view provider, std::string_view name, std::string_view sealed,
                     std::string_view etcd_key) const;

 private:
  struct Key {
    std::string provider, name;
    os::Secret secret;
  };
  std::vector<Key> keys_;
};

}  // namespace salvor::etcd
