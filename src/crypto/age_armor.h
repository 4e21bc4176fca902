// ASCII armor: an age file as text (RFC 7468, strict). Read only, and whole: it is for small files such as an identity
// locked with a passphrase. Large files are binary.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::crypto::age {

inline constexpr std::string_view kArmorBegin = "-----BEGIN AGE ENCRYPTED FILE-----";

// The binary file. White space before and after is allowed, lines end with LF or CRLF; all else must be as an encoder
// writes it. `invalid` with a reason.
Result<Bytes> read_armor(std::string_view text);

}  // namespace salvor::crypto::age
