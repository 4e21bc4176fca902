// The header of an age file (c2sp.org/age, version v1): the grammar and its MAC. What stanzas mean is age_wrap.h's.
//
//   age-encryption.org/v1
//   -> X25519 XEl0dJ6y3C7KZkgmgWUicg63EyXJiwBJW8PdYJ/cYBE      a stanza: type, arguments,
//   qRS0AMjdjPvZ/WT08U2KL4G+PIooA3hy38SvLpvaC1E               body in lines of 64 characters and a shorter one
//   --- HK2NmOBN9Dpq0Gw6xMCuhFcQlQLvZ/wQUi/2scLG75s           HMAC of all above with a key from the file key
//
// The grammar leaves one way to write a header, so what was read and what is written again are the same bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sha256.h"
#include "os/secret.h"

namespace salvor::crypto::age {

inline constexpr std::string_view kVersionStart = "age-encryption.org/", kVersionLine = "age-encryption.org/v1\n";
// A bound of ours, enough for 1300 recipients.
inline constexpr std::size_t kMaxHeaderBytes = 128 << 10;

struct Stanza {
  std::vector<std::string> arguments;  // the type first; visible ASCII, none of them empty
  std::string body;                    // decoded
  const std::string& type() const { return arguments.front(); }
  bool operator==(const Stanza&) const = default;
};

struct Header {
  std::vector<Stanza> stanzas;  // at least one
  Sha256Digest mac{};
  std::size_t size = 0;  // bytes in the file
};

// How long the header is at whose first bytes `start` lies; nothing when more bytes are needed to tell. Errors:
// invalid (no age file, or a header beyond the bound), unsupported (another version, or armor).
Result<std::optional<std::size_t>> find_header_end(ByteView start);
// Exactly one header, MAC line included. `invalid` with the line that is wrong.
Result<Header> parse_header(ByteView bytes);

std::string encode_header(const std::vector<Stanza>& stanzas, const os::Secret& file_key);
// `corrupt` when the header was changed after it was written.
Result<> check_mac(const Header& header, const os::Secret& file_key);

}  // namespace salvor::crypto::age
