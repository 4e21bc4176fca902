#include "crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string>

#include "base/check.h"

namespace salvor::crypto {
namespace {

constexpr std::size_t kMaxHmacKey = 1 << 20;

struct Traits {
  const char* name;    // of the EVP_MAC
  const char* digest;  // of an HMAC, else null
  std::size_t bytes, min_key, max_key;
};

Traits traits_of(MacAlgorithm algorithm) {
  switch (algorithm) {
    case MacAlgorithm::hmac_sha224: return {"HMAC", "SHA224", 28, 0, kMaxHmacKey};
    case MacAlgorithm::hmac_sha256: return {"HMAC", "SHA256", 32, 0, kMaxHmacKey};
    case MacAlgorithm::hmac_sha3_224: return {"HMAC", "SHA3-224", 28, 0, kMaxHmacKey};
    case MacAlgorithm::hmac_sha3_256: return {"HMAC", "SHA3-256", 32, 0, kMaxHmacKey};
    case MacAlgorithm::blake2b_256: return {"BLAKE2BMAC", nullptr, 32, 1, 64};
    case MacAlgorithm::blake2s_128: return {"BLAKE2SMAC", nullptr, 16, 1, 32};
    case MacAlgorithm::blake2s_256: break;
  }
  return {"BLAKE2SMAC", nullptr, 32, 1, 32};
}

}  // namespace

struct Mac::State {
  EVP_MAC_CTX* context = nullptr;
  std::size_t bytes;

  State(const Traits& traits, ByteView key) : bytes(traits.bytes) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, traits.name, nullptr);
    context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    CHECK(context != nullptr);
    const OSSL_PARAM parameters[] = {
        traits.digest ? OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(traits.digest), 0)
                      : OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &bytes),
        OSSL_PARAM_construct_end(),
    };
    // OpenSSL takes a null key for "the key of the call before".
    const auto* begin = reinterpret_cast<const unsigned char*>(key.empty() ? "" : as_text(key).data());
    CHECK(EVP_MAC_init(context, begin, key.size(), parameters) == 1);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MAC_CTX_free(context); }
};

Mac::Mac(std::unique_ptr<State> state) : state_(std::move(state)) {}
Mac::~Mac() = default;
Mac::Mac(Mac&&) noexcept = default;
Mac& Mac::operator=(Mac&&) noexcept = default;

Result<Mac> Mac::create(MacAlgorithm algorithm, ByteView key) {
  const Traits traits = traits_of(algorithm);
  if (key.size() < traits.min_key || key.size() > traits.max_key) {
    return Error(Code::invalid, "a key of " + std::to_string(key.size()) +
                                    " bytes is none for this keyed hash, which takes " +
                                    std::to_string(traits.min_key) + " to " + std::to_string(traits.max_key));
  }
  return Mac(std::make_unique<State>(traits, key));
}

std::size_t Mac::size() const { return state_->bytes; }

Mac& Mac::update(ByteView bytes) {
  CHECK(EVP_MAC_update(state_->context, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1);
  return *this;
}

void Mac::finish(MutableByteView digest) {
  CHECK(digest.size() == size());
  std::size_t written = 0;
  CHECK(EVP_MAC_final(state_->context, reinterpret_cast<unsigned char*>(digest.data()), &written, digest.size()) == 1);
  CHECK(written == digest.size());
  CHECK(EVP_MAC_init(state_->context, nullptr, 0, nullptr) == 1);
}

}  // namespace salvor::crypto
