#include "repo/sealer.h"

namespace salvor::repo {

Result<Sealer> Sealer::create(const RepositoryConfig& config) {
  std::optional<ReedSolomonCrc32> ecc;
  if (!config.ecc.empty() && config.ecc_overhead_percent > 0) {
    if (config.ecc != kEccAlgorithm) {
      return Error(Code::unsupported, "error correction \"" + config.ecc + "\" is not known");
    }
    ecc = TRY(ReedSolomonCrc32::create(static_cast<int>(std::min<std::int64_t>(config.ecc_overhead_percent, 1000))));
  }
  return Sealer(TRY(Encryptor::create(config.encryption, config.master_key)), std::move(ecc));
}

Result<> Sealer::seal(ByteView plain, ByteView iv, Rng& rng, Bytes& out, const Encryptor::Drain& drain) {
  if (!ecc_) return encryptor_.encrypt(plain, iv, rng, out, drain);
  Bytes encrypted;
  TRY(encryptor_.encrypt(plain, iv, rng, encrypted));
  append(out, TRY(ecc_->encode(encrypted)));
  return {};
}

Result<Bytes> Sealer::open_in_place(Bytes stored, ByteView iv) {
  if (ecc_) return open(stored, iv);
  TRY(encryptor_.decrypt_in_place(stored, iv));
  return stored;
}

Result<Bytes> Sealer::open(ByteView stored, ByteView iv) {
  Bytes plain;
  if (ecc_) {
    TRY(encryptor_.decrypt(TRY(ecc_->decode(stored)), iv, plain));
  } else {
    TRY(encryptor_.decrypt(stored, iv, plain));
  }
  return plain;
}

}  // namespace salvor::repo
