// How an age file's key is wrapped for those who may read the file: to X25519 recipients, or in a passphrase (scrypt).
//
// A Lock says who will be able to read, a Keyring holds what we can read with. The file key itself never changes with
// its wrapping, so a header can be made anew for other recipients while the payload stays as it is. Whoever once had
// the file key keeps it, though: that admits readers, it does not shut old ones out of what they could read before.
//
// In a location headers have a fixed length: a stanza of ours, which other programs skip as the format demands, fills
// them up to it. The stanza also names the recipients, so that who needs a key is told which one:
//
//   -> salvor-recipients age1zvk...ujwj age1ql3...ac8p ..........
//   (empty body)
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "crypto/age_header.h"
#include "crypto/age_keys.h"

namespace salvor::crypto::age {

inline constexpr std::size_t kFileKeyBytes = 16;

// Either recipients or a passphrase.
struct Lock {
  std::vector<Recipient> recipients;
  os::Secret passphrase;
  unsigned work_factor = 18;  // of the passphrase: 2^18 KiB of memory and some 0.7 s for each header
  // Not zero: the header is filled to a multiple of it and names the recipients. A passphrase's header has no room for
  // that, but always the same length.
  std::size_t header_multiple = 0;

  Lock copy() const { return {recipients, passphrase.copy(), work_factor, header_multiple}; }
};

struct Keyring {
  std::vector<Identity> identities;
  std::vector<os::Secret> passphrases;
  unsigned max_work_factor = 22;  // 4 GiB of memory; age's bound too

  bool empty() const { return identities.empty() && passphrases.empty(); }
};

// `invalid` when nobody or both kinds can open it, or the work factor is not in 1..30.
Result<> check_lock(const Lock& lock);
// Bytes of a header for this lock. Requires: check_lock.
std::size_t header_size(const Lock& lock);
// A header that wraps `file_key` for the lock. Each call makes new ephemeral keys. Errors: check_lock's, out_of_space.
Result<std::string> seal_header(const os::Secret& file_key, const Lock& lock, Rng& rng);

// A file key, drawn from `rng`, with a header for the lock.
struct SealedKey {
  os::Secret file_key;
  std::string header;
};
Result<SealedKey> seal_new_key(const Lock& lock, Rng& rng);

// The file key, by the first key of the ring that fits, and the MAC checked with it.
//   denied        no key fits; the message says what is needed
//   corrupt       the MAC does not fit
//   invalid       a stanza breaks the rules of its kind, or asks for more work than the keyring allows
//   out_of_space  no memory for the passphrase's work
Result<os::Secret> open_header(const Header& header, const Keyring& keyring);

bool is_for_passphrase(const Header& header);
// Who can read, for people: "age1zvk...ujwj, age1ql3...ac8p", or, where the header names nobody, "2 X25519 recipients,
// 1 of kind ssh-ed25519" or "whoever has its passphrase". Only what open_header accepted is authentic.
std::string describe_readers(const Header& header);
// Those that the header names; empty when it names nobody.
std::vector<Recipient> named_recipients(const Header& header);

}  // namespace salvor::crypto::age
