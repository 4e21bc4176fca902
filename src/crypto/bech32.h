// Bech32 (BIP 173): bytes as text that survives being read aloud, with a prefix that says what they are and a checksum.
// As in age there is no limit of 90 characters.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "os/secret.h"

namespace salvor::crypto {

struct Bech32 {
  std::string prefix;  // as written, all upper case or all lower case
  os::Secret data;     // may be a key; reveal() it when it is none
};

// In the case of `prefix`. No copy of the text stays behind: wipe the result when it is secret.
std::string encode_bech32(std::string_view prefix, ByteView data);
// `invalid` with a reason that never repeats the text. At most 8192 characters.
Result<Bech32> decode_bech32(std::string_view text);

}  // namespace salvor::crypto
