// age's X25519 keys: a Recipient is what one encrypts to and may be seen by all, an Identity is what decrypts.
//
//   age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj               a recipient
//   AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX   its identity (c2sp.org/age's example)
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/rng.h"
#include "crypto/x25519.h"
#include "os/secret.h"

namespace salvor::crypto::age {

class Recipient {
 public:
  explicit Recipient(const X25519Public& key) : key_(key) {}
  // `invalid`, or `unsupported` for recipients of other kinds (post-quantum, plugins, SSH).
  static Result<Recipient> parse(std::string_view text);

  const X25519Public& key() const { return key_; }
  std::string text() const;  // 62 characters
  bool operator==(const Recipient&) const = default;

 private:
  X25519Public key_;
};

class Identity {
 public:
  // `rng` must be the system's, except in tests.
  static Identity generate(Rng& rng);
  // `invalid`, or `unsupported` for identities of other kinds. The message never repeats the text.
  static Result<Identity> parse(std::string_view text);

  const Recipient& recipient() const { return recipient_; }
  const os::Secret& key() const { return key_; }
  os::Secret text() const;
  Identity copy() const { return Identity(key_.copy()); }

 private:
  explicit Identity(os::Secret key);
  os::Secret key_;  // 32 bytes
  Recipient recipient_;
};

// `size` bytes from `rng`.
os::Secret random_secret(Rng& rng, std::size_t size);

}  // namespace salvor::crypto::age
