// A file key sealed in a wrap key: the body of every stanza kind that age itself defines. For age_*.cc only.
#pragma once

#include <optional>
#include <string>

#include "os/secret.h"

namespace salvor::crypto::age {

inline constexpr std::size_t kWrappedKeyBytes = 32;  // 16 of the file key, 16 of the tag

// Requires: `key` is used for this one file key, because the nonce is zero.
std::string wrap_key(const os::Secret& key, const os::Secret& file_key);
// Nothing when the key does not fit. Requires: wrapped.size() == kWrappedKeyBytes, checked before any key is tried, so
// that one body cannot be made to fit many keys.
std::optional<os::Secret> unwrap_key(const os::Secret& key, const std::string& wrapped);

}  // namespace salvor::crypto::age
