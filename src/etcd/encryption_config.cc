#include "etcd/encryption_config.h"

#include <nlohmann/json.hpp>

#include "codec/base64.h"
#include "codec/json_access.h"
#include "codec/yaml.h"
#include "crypto/stored_secret.h"

namespace salvor::etcd {

namespace {

constexpr std::string_view kKeyProviders[] = {"aescbc", "aesgcm", "secretbox"};
constexpr std::size_t kIvBytes = 16, kGcmNonceBytes = 12, kBoxNonceBytes = 24;

std::optional<Bytes> open_with(std::string_view provider, ByteView key, ByteView sealed, ByteView etcd_key) {
  const std::size_t nonce = provider == "aescbc" ? kIvBytes : provider == "aesgcm" ? kGcmNonceBytes : kBoxNonceBytes;
  if (sealed.size() < nonce) return std::nullopt;
  const ByteView first = sealed.first(nonce), rest = sealed.subspan(nonce);
  if (provider == "aescbc") return crypto::open_aes_cbc(key, first, rest);
  if (provider == "aesgcm") return crypto::open_aes_gcm(key, first, rest, etcd_key);
  return crypto::open_secretbox(key, first, rest);
}

}  // namespace

Result<EncryptionKeys> EncryptionKeys::parse(std::string_view text) {
  const Json document = TRY(codec::parse_yaml(text));
  if (codec::text_member(document, "kind") != "EncryptionConfiguration") {
    return Error(Code::invalid, "it is no EncryptionConfiguration")
        .hint("Give the file that kube-apiserver has as --encryption-provider-config.");
  }
  EncryptionKeys all;
  for (const Json& resource : codec::array_member(document, "resources")) {
    for (const Json& provider : codec::array_member(resource, "providers")) {
      for (const std::string_view kind : kKeyProviders) {
        for (const Json& key : codec::array_member(codec::object_member(provider, kind), "keys")) {
          const std::string name = codec::text_member(key, "name");
          auto secret =
              TRY(codec::decode_base64(codec::text_member(key, "secret")).context("the key \"" + name + "\""));
          all.keys_.push_back({std::string(kind), name, os::Secret::take(std::move(secret))});
        }
      }
    }
  }
  return all;
}

Result<Bytes> EncryptionKeys::open(std::string_view provider, std::string_view name, std::string_view sealed,
                                   std::string_view etcd_key) const {
  const std::string by = std::string(provider) + " with the key \"" + std::string(name) + "\"";
  if (provider.starts_with("kms")) {
    return Error(Code::unsupported, "it is sealed by the KMS plugin \"" + std::string(name) + "\" (" +
                                        std::string(provider) + "), whose key is not in any file")
        .hint("Restore the snapshot and read the object through a kube-apiserver that reaches that KMS.");
  }
  bool is_known = false;
  for (const Key& key : keys_) {
    if (key.provider != provider || key.name != name) continue;
    is_known = true;
    auto plain = open_with(provider, as_bytes(key.secret.reveal()), as_bytes(sealed), as_bytes(etcd_key));
    if (plain) return std::move(*plain);
  }
  if (is_known) {
    return Error(Code::corrupt, "it is sealed by " + by + ", which does not open it")
        .hint("The key was exchanged under the same name, or the value was copied from another path or changed.");
  }
  return Error(Code::unsupported, "it is sealed by " + by)
      .hint("Give the kube-apiserver's EncryptionConfiguration of that time as --encryption-config.");
}

}  // namespace salvor::etcd
