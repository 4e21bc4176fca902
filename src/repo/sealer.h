// Sealer: the form in which everything but the format blobs lies in the storage: encrypted (encryption.h), and where
// the repository has error correction, that in shards with parity (ecc.h). [kopia repo/format/encryptor_wrapper.go]
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "repo/ecc.h"
#include "repo/encryption.h"
#include "repo/repository_config.h"

namespace salvor::repo {

// The iv of what has this hash: its last 16 bytes, or all of a shorter one; a view into it. [kopia
// repo/content/content_manager_lock_free.go getPackedContentIV]
inline ByteView iv_of(ByteView hash) { return hash.last(hash.size() < 16 ? hash.size() : 16); }

// Not thread-safe; one per thread.
class Sealer {
 public:
  // Errors: those of Encryptor::create and ReedSolomonCrc32::create, `unsupported` for another error correction.
  static Result<Sealer> create(const RepositoryConfig& config);

  // Appends the stored form to `out`. Requires: `plain` is not a part of `out`. Errors and `drain` as
  // Encryptor::encrypt.
  Result<> seal(ByteView plain, ByteView iv, Rng& rng, Bytes& out, const Encryptor::Drain& drain = {});
  // What was sealed. `corrupt` when it is damaged beyond what its parity makes good, or was sealed for another iv.
  Result<Bytes> open(ByteView stored, ByteView iv);
  // The same in the buffer that it came in, where there is no error correction: for indexes, which may be tens of MB.
  Result<Bytes> open_in_place(Bytes stored, ByteView iv);
  // The same in pieces, as Encryptor::decrypt_pieces. Requires: opens_in_pieces().
  bool opens_in_pieces() const { return !ecc_; }
  Result<> open_pieces(std::uint64_t stored_bytes, ByteView iv, const Encryptor::Fill& fill,
                       const Encryptor::Take& take) {
    return encryptor_.decrypt_pieces(stored_bytes, iv, fill, take);
  }

 private:
  Sealer(Encryptor encryptor, std::optional<ReedSolomonCrc32> ecc)
      : encryptor_(std::move(encryptor)), ecc_(std::move(ecc)) {}

  Encryptor encryptor_;
  std::optional<ReedSolomonCrc32> ecc_;
};

}  // namespace salvor::repo
