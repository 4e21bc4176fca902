#include "crypto/age_keys.h"

#include <algorithm>
#include <span>

#include "crypto/bech32.h"

namespace salvor::crypto::age {
namespace {

constexpr std::string_view kRecipientPrefix = "age", kIdentityPrefix = "AGE-SECRET-KEY-";

Result<Recipient> recipient_of(const os::Secret& data) {
  X25519Public key;
  if (data.reveal().size() != key.size())
    return Error(Code::invalid, "an age recipient holds 32 bytes, this one does not");
  std::ranges::copy(as_bytes(data.reveal()), key.begin());
  return Recipient(key);
}

}  // namespace

os::Secret random_secret(Rng& rng, std::size_t size) {
  std::string bytes(size, '\0');
  rng.fill(std::as_writable_bytes(std::span(bytes)));
  return os::Secret::take(std::move(bytes));
}

Result<Recipient> Recipient::parse(std::string_view text) {
  const auto unsupported = [](const std::string& kind) {
    return Error(Code::unsupported, kind + " cannot be encrypted to; recipients are age1... of the X25519 kind")
        .hint("`salvor key generate` and `age-keygen` make such keys.");
  };
  if (text.starts_with("ssh-")) return unsupported("SSH keys");
  if (text.starts_with(kIdentityPrefix)) {
    return Error(Code::invalid, "this is an identity, the secret half of a key, where a recipient is wanted")
        .hint("`salvor key show FILE` prints the recipients of an identity file.");
  }
  const Bech32 decoded = TRY(decode_bech32(text).context("age recipient"));
  if (decoded.prefix == kRecipientPrefix) return recipient_of(decoded.data);
  if (decoded.prefix == "age1pq") return unsupported("post-quantum recipients");
  if (decoded.prefix.starts_with("age1")) return unsupported("recipients of plugins");
  return Error(Code::invalid, "an age recipient begins with \"age1\"");
}

std::string Recipient::text() const { return encode_bech32(kRecipientPrefix, key_); }

Identity::Identity(os::Secret key) : key_(std::move(key)), recipient_(x25519_public(key_)) {}

Identity Identity::generate(Rng& rng) { return Identity(random_secret(rng, 32)); }

Result<Identity> Identity::parse(std::string_view text) {
  if (text.starts_with("AGE-PLUGIN-")) return Error(Code::unsupported, "identities of age plugins are not supported");
  if (text.starts_with("age1")) {
    return Error(Code::invalid, "this is a recipient, the public half of a key, where an identity is wanted");
  }
  Bech32 decoded = TRY(decode_bech32(text).context("age identity"));
  if (decoded.prefix == "AGE-SECRET-KEY-PQ-") {
    return Error(Code::unsupported, "post-quantum identities are not supported");
  }
  if (decoded.prefix != kIdentityPrefix) {
    return Error(Code::invalid, "an age identity begins with \"AGE-SECRET-KEY-1\", in capitals");
  }
  if (decoded.data.reveal().size() != 32)
    return Error(Code::invalid, "an age identity holds 32 bytes, this one does not");
  return Identity(std::move(decoded.data));
}

os::Secret Identity::text() const { return os::Secret::take(encode_bech32(kIdentityPrefix, as_bytes(key_.reveal()))); }

}  // namespace salvor::crypto::age
