// Files of keys: one a line, with comments.
//
//   # created: 2026-11-23T06:34:48Z
//   # public key: age1...
//   AGE-SECRET-KEY-1...
//
// age-keygen writes the same. An identity file may itself be an age file, locked with a passphrase: open that first
// (age_decryptor.h), its content is an identity file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/age_keys.h"

namespace salvor::crypto::age {

inline constexpr std::size_t kMaxKeyFileBytes = 1 << 20, kMaxKeysInFile = 1000;

// At least one key each. Empty lines and lines that begin with '#' are skipped, and so is white space around a key.
// Errors name the line and never repeat it: invalid, unsupported (a kind of key that salvor does not know).
Result<std::vector<Identity>> parse_identities(std::string_view text);
Result<std::vector<Recipient>> parse_recipients(std::string_view text);

// The file of one identity.
os::Secret identity_file(const Identity& identity, Time created);

// Whether these are the first bytes of an age file, binary or armored.
bool is_age_file(std::string_view start);

}  // namespace salvor::crypto::age
