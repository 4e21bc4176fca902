// The scrypt stanza: a file key wrapped in a passphrase. For age_*.cc only.
//
//   -> scrypt ajMFur+EJLGaohv/dLRGnw 18          salt of 16 bytes, log2 of the work factor
//   8SHBz/ldWnjyGFQqfjat6uNBarWqqEMDS7W8X7+Xq5Q
//
// It is the only stanza of its header or the header is refused: who knows the passphrase may then rely on the file
// being from somebody who knows it, too.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "crypto/age_header.h"

namespace salvor::crypto::age {

// Whether any stanza is of this kind.
bool is_scrypt(const Header& header);
// A stanza of the same size as every one with this work factor.
Stanza scrypt_shape(unsigned work_factor);

Result<Stanza> seal_scrypt(const os::Secret& passphrase, unsigned work_factor, const os::Secret& file_key, Rng& rng);
// Nothing when no passphrase fits. `invalid` when the stanza is malformed, not alone, or asks for more than
// 2^max_work_factor; that is found before any work.
Result<std::optional<os::Secret>> open_scrypt(const Header& header, const std::vector<os::Secret>& passphrases,
                                              unsigned max_work_factor);

}  // namespace salvor::crypto::age
