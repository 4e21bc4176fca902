#include "crypto/blake3.h"

#include <blake3.h>

#include <cstring>
#include <string>

#include "base/check.h"

namespace salvor::crypto {
namespace {

// The C code looks up what the processor can do at its first digest and keeps that in a plain variable: done here once,
// before a second thread can come.
void know_the_processor() {
  static const bool kKnown = [] {
    blake3_hasher hasher;
    std::uint8_t digest[BLAKE3_OUT_LEN];
    blake3_hasher_init(&hasher);
    blake3_hasher_finalize(&hasher, digest, sizeof digest);
    return true;
  }();
  (void)kKnown;
}

}  // namespace

struct Blake3::State {
  blake3_hasher hasher;
  explicit State(ByteView key) {
    know_the_processor();
    CHECK(key.size() == kKeyBytes);
    blake3_hasher_init_keyed(&hasher, reinterpret_cast<const std::uint8_t*>(key.data()));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ::explicit_bzero(&hasher, sizeof hasher); }
};

Blake3::Blake3(ByteView key) : state_(std::make_unique<State>(key)) {}
Blake3::~Blake3() = default;
Blake3::Blake3(Blake3&&) noexcept = default;
Blake3& Blake3::operator=(Blake3&&) noexcept = default;

Blake3& Blake3::update(ByteView bytes) {
  if (!bytes.empty()) blake3_hasher_update(&state_->hasher, bytes.data(), bytes.size());
  return *this;
}

void Blake3::finish(MutableByteView digest) {
  blake3_hasher_finalize(&state_->hasher, reinterpret_cast<std::uint8_t*>(digest.data()), digest.size());
  blake3_hasher_reset(&state_->hasher);
}

os::Secret blake3_derive_key(std::string_view context, ByteView secret) {
  know_the_processor();
  blake3_hasher hasher;
  blake3_hasher_init_derive_key_raw(&hasher, context.data(), context.size());
  if (!secret.empty()) blake3_hasher_update(&hasher, secret.data(), secret.size());
  std::string key(BLAKE3_OUT_LEN, '\0');
  blake3_hasher_finalize(&hasher, reinterpret_cast<std::uint8_t*>(key.data()), key.size());
  ::explicit_bzero(&hasher, sizeof hasher);
  return os::Secret::take(std::move(key));
}

}  // namespace salvor::crypto
