#include "crypto/age_wrap.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include "base/check.h"
#include "crypto/age_base64.h"
#include "crypto/age_scrypt.h"
#include "crypto/age_wrap_key.h"
#include "crypto/hkdf.h"

namespace salvor::crypto::age {
namespace {

constexpr std::string_view kX25519 = "X25519", kNames = "salvor-recipients";
constexpr std::string_view kX25519Info = "age-encryption.org/v1/X25519";

os::Secret x25519_wrap_key(const os::Secret& shared, const X25519Public& share, const Recipient& recipient) {
  std::string salt(as_text(share));
  salt += as_text(recipient.key());
  return hkdf_sha256(as_bytes(shared.reveal()), as_bytes(salt), kX25519Info);
}

Result<Stanza> seal_to(const Recipient& recipient, const os::Secret& file_key, Rng& rng) {
  const os::Secret ephemeral = random_secret(rng, 32);
  const X25519Public share = x25519_public(ephemeral);
  const os::Secret shared = TRY(x25519_shared(ephemeral, recipient.key()).context("recipient " + recipient.text()));
  return Stanza{{std::string(kX25519), encode_base64(share)},
                wrap_key(x25519_wrap_key(shared, share, recipient), file_key)};
}

Result<X25519Public> share_of(const Stanza& stanza) {
  const auto bad = [](const std::string& why) { return Error(Code::invalid, "age header: an X25519 stanza " + why); };
  if (stanza.arguments.size() != 2) return bad("does not have two arguments");
  const auto bytes = decode_base64(stanza.arguments[1]);
  X25519Public share;
  if (!bytes.ok() || bytes->size() != share.size()) return bad("does not hold a share of 32 bytes in base64");
  if (stanza.body.size() != kWrappedKeyBytes) return bad("does not hold a wrapped key of 32 bytes");
  std::ranges::copy(as_bytes(*bytes), share.begin());
  return share;
}

// Nothing when no identity fits.
Result<std::optional<os::Secret>> open_x25519(const Header& header, const Keyring& keyring) {
  std::vector<std::pair<const Stanza*, X25519Public>> shares;
  for (const Stanza& stanza : header.stanzas) {
    if (stanza.type() == kX25519) shares.emplace_back(&stanza, TRY(share_of(stanza)));
  }
  for (const auto& [stanza, share] : shares) {
    for (const Identity& identity : keyring.identities) {
      const os::Secret shared = TRY(x25519_shared(identity.key(), share).context("age header"));
      auto file_key = unwrap_key(x25519_wrap_key(shared, share, identity.recipient()), stanza->body);
      if (file_key) return file_key;
    }
  }
  return std::optional<os::Secret>();
}

Error no_key(const Header& header, const Keyring& keyring) {
  std::string tried;
  for (const Identity& identity : keyring.identities)
    tried += (tried.empty() ? "" : ", ") + identity.recipient().text();
  if (!keyring.passphrases.empty()) tried += (tried.empty() ? "a passphrase" : ", a passphrase");
  return Error(Code::denied, "it is encrypted for " + describe_readers(header) + "; " +
                                 (tried.empty() ? "no key was given" : "tried: " + tried))
      .hint(is_scrypt(header) ? "Give the passphrase that it was written with."
                              : "Give an identity file with the key of one of these recipients.");
}

std::size_t stanza_size(const Stanza& stanza) {
  std::size_t size = 2 + 1;  // "->", line feed
  for (const std::string& argument : stanza.arguments) size += 1 + argument.size();
  const std::size_t body = (stanza.body.size() * 4 + 2) / 3;
  return size + body + body / 64 + 1;
}

constexpr std::size_t kMacLineBytes = 4 + 43 + 1;

// The stanza that names the recipients and fills the header up.
Stanza naming_stanza(const Lock& lock, std::size_t others) {
  Stanza stanza{{std::string(kNames)}, {}};
  for (const Recipient& recipient : lock.recipients) stanza.arguments.push_back(recipient.text());
  const std::size_t least = others + stanza_size(stanza) + 2;  // a space and one dot
  const std::size_t whole = (least + lock.header_multiple - 1) / lock.header_multiple * lock.header_multiple;
  stanza.arguments.emplace_back(1 + whole - least, '.');
  return stanza;
}

}  // namespace

Result<> check_lock(const Lock& lock) {
  if (lock.recipients.empty() == lock.passphrase.empty()) {
    return Error(Code::invalid, lock.recipients.empty() ? "encryption needs at least one recipient or a passphrase"
                                                        : "a file cannot have recipients and a passphrase at once");
  }
  if (lock.work_factor < 1 || lock.work_factor > 30) return Error(Code::invalid, "scrypt work factors are 1 to 30");
  return {};
}

std::size_t header_size(const Lock& lock) {
  const std::size_t frame = kVersionLine.size() + kMacLineBytes;
  const std::string wrapped(kWrappedKeyBytes, '\0');
  if (!lock.passphrase.empty()) return frame + stanza_size(scrypt_shape(lock.work_factor));
  const Stanza one{{std::string(kX25519), std::string(43, 'A')}, wrapped};
  const std::size_t others = frame + lock.recipients.size() * stanza_size(one);
  return others + (lock.header_multiple == 0 ? 0 : stanza_size(naming_stanza(lock, others)));
}

Result<std::string> seal_header(const os::Secret& file_key, const Lock& lock, Rng& rng) {
  CHECK(file_key.reveal().size() == kFileKeyBytes);
  TRY(check_lock(lock));
  if (!lock.passphrase.empty()) {
    return encode_header({TRY(seal_scrypt(lock.passphrase, lock.work_factor, file_key, rng))}, file_key);
  }
  std::vector<Stanza> stanzas;
  std::size_t size = kVersionLine.size() + kMacLineBytes;
  for (const Recipient& recipient : lock.recipients) {
    stanzas.push_back(TRY(seal_to(recipient, file_key, rng)));
    size += stanza_size(stanzas.back());
  }
  if (lock.header_multiple > 0) stanzas.push_back(naming_stanza(lock, size));
  std::string header = encode_header(stanzas, file_key);
  CHECK(header.size() == header_size(lock));
  if (header.size() > kMaxHeaderBytes) return Error(Code::invalid, "too many recipients for one age header");
  return header;
}

Result<SealedKey> seal_new_key(const Lock& lock, Rng& rng) {
  SealedKey sealed{random_secret(rng, kFileKeyBytes), {}};
  sealed.header = TRY(seal_header(sealed.file_key, lock, rng));
  return sealed;
}

Result<os::Secret> open_header(const Header& header, const Keyring& keyring) {
  std::optional<os::Secret> file_key;
  if (is_scrypt(header)) {
    file_key = TRY(open_scrypt(header, keyring.passphrases, keyring.max_work_factor));
  } else {
    file_key = TRY(open_x25519(header, keyring));
  }
  if (!file_key) return no_key(header, keyring);
  TRY(check_mac(header, *file_key));
  return std::move(*file_key);
}

bool is_for_passphrase(const Header& header) { return is_scrypt(header); }

std::vector<Recipient> named_recipients(const Header& header) {
  std::vector<Recipient> recipients;
  for (const Stanza& stanza : header.stanzas) {
    if (stanza.type() != kNames) continue;
    for (const std::string& argument : std::span(stanza.arguments).subspan(1)) {
      if (auto recipient = Recipient::parse(argument); recipient.ok()) recipients.push_back(*recipient);
    }
  }
  return recipients;
}

std::string describe_readers(const Header& header) {
  if (is_scrypt(header)) return "whoever has its passphrase";
  std::vector<std::string> readers;
  for (const Recipient& recipient : named_recipients(header)) readers.push_back(recipient.text());
  if (readers.empty()) {
    std::map<std::string, std::size_t> kinds;
    for (const Stanza& stanza : header.stanzas) ++kinds[stanza.type()];
    for (const auto& [kind, count] : kinds) {
      if (readers.size() == 10) break;  // the header may be anybody's: enough is enough
      const std::string number = std::to_string(count);
      readers.push_back(kind == kX25519 ? number + (count == 1 ? " X25519 recipient" : " X25519 recipients")
                                        : number + " of kind " + kind.substr(0, 40));
    }
  }
  std::string text;
  for (const std::string& reader : readers) text += (text.empty() ? "" : ", ") + reader;
  return text;
}

}  // namespace salvor::crypto::age
