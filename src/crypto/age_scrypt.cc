#include "crypto/age_scrypt.h"

#include <algorithm>
#include <charconv>

#include "crypto/age_base64.h"
#include "crypto/age_keys.h"
#include "crypto/age_wrap_key.h"
#include "crypto/scrypt.h"

namespace salvor::crypto::age {
namespace {

constexpr std::string_view kScrypt = "scrypt", kSaltStart = "age-encryption.org/v1/scrypt";
constexpr std::size_t kSaltBytes = 16;

Error bad_stanza(const std::string& why) { return Error(Code::invalid, "age header: the scrypt stanza " + why); }

Result<os::Secret> wrap_key_of(const os::Secret& passphrase, std::string_view salt, unsigned work_factor) {
  return scrypt(passphrase, as_bytes(std::string(kSaltStart).append(salt)), work_factor);
}

Result<unsigned> work_factor_of(std::string_view text, unsigned max) {
  unsigned factor = 0;
  const bool digits =
      !text.empty() && text[0] != '0' && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return bad_stanza("has no decimal work factor");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (error != std::errc() || factor > max) {
    return bad_stanza("asks for a work factor of 2^" + std::string(text.substr(0, 20)) + "; at most 2^" +
                      std::to_string(max) + " is done")
        .hint("That would take more memory and time than an honest writer asks for.");
  }
  return factor;
}

}  // namespace

bool is_scrypt(const Header& header) {
  return std::ranges::any_of(header.stanzas, [](const Stanza& stanza) { return stanza.type() == kScrypt; });
}

Stanza scrypt_shape(unsigned work_factor) {
  return {{std::string(kScrypt), encode_base64(as_bytes(std::string(kSaltBytes, '\0'))), std::to_string(work_factor)},
          std::string(kWrappedKeyBytes, '\0')};
}

Result<Stanza> seal_scrypt(const os::Secret& passphrase, unsigned work_factor, const os::Secret& file_key, Rng& rng) {
  std::string salt(kSaltBytes, '\0');
  rng.fill(std::as_writable_bytes(std::span(salt)));
  Stanza stanza = scrypt_shape(work_factor);
  stanza.arguments[1] = encode_base64(as_bytes(salt));
  stanza.body = wrap_key(TRY(wrap_key_of(passphrase, salt, work_factor)), file_key);
  return stanza;
}

Result<std::optional<os::Secret>> open_scrypt(const Header& header, const std::vector<os::Secret>& passphrases,
                                              unsigned max_work_factor) {
  if (header.stanzas.size() != 1) return bad_stanza("is not alone, as it must be");
  const Stanza& stanza = header.stanzas.front();
  if (stanza.arguments.size() != 3) return bad_stanza("does not have three arguments");
  const auto salt = decode_base64(stanza.arguments[1]);
  if (!salt.ok() || salt->size() != kSaltBytes) return bad_stanza("does not hold a salt of 16 bytes in base64");
  const unsigned work_factor = TRY(work_factor_of(stanza.arguments[2], std::min(max_work_factor, 30u)));
  if (stanza.body.size() != kWrappedKeyBytes) return bad_stanza("does not hold a wrapped key of 32 bytes");
  for (const os::Secret& passphrase : passphrases) {
    auto file_key = unwrap_key(TRY(wrap_key_of(passphrase, *salt, work_factor)), stanza.body);
    if (file_key) return file_key;
  }
  return std::optional<os::Secret>();
}

}  // namespace salvor::crypto::age
