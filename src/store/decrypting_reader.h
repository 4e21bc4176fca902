// DecryptingReader: the plaintext of an age payload, or of some of its chunks, from a stream of the sealed bytes. For
// encrypted.cc only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/age_payload.h"
#include "store/storage.h"

namespace salvor::store {

// Which part of a payload a stream holds, and which part of that is wanted.
struct SealedPart {
  std::uint64_t first_chunk = 0;
  // Absent: the payload ends where the stream does, and that has to be its last chunk.
  std::optional<crypto::age::PayloadLayout> layout;
  std::uint64_t skip = 0;             // plain bytes of the first chunk that are not wanted
  std::uint64_t wanted = UINT64_MAX;  // plain bytes
};

class DecryptingReader final : public ReadStream {
 public:
  // `sealed` begins with the sealed bytes of the first chunk, of which `begun` came before; less than a chunk. `about`
  // is answered as it is. `name` is for messages: "KEY in LOCATION".
  DecryptingReader(std::unique_ptr<ReadStream> sealed, Bytes begun, crypto::age::PayloadCipher cipher, SealedPart part,
                   Content about, std::string name, std::stop_token stop);

  // Opens the first chunk, so that a wrong key shows before anybody reads.
  Result<> begin();
  Result<std::size_t> read(MutableByteView into) override;
  Content about() const override { return about_; }

 private:
  Result<> fill(std::size_t size);
  Result<std::size_t> open_next(MutableByteView into);
  Error cut_off() const;

  const std::unique_ptr<ReadStream> inner_;
  crypto::age::PayloadCipher cipher_;
  const std::optional<crypto::age::PayloadLayout> layout_;
  const Content about_;
  const std::string name_;
  const std::stop_token stop_;
  Bytes sealed_;  // room for a chunk and one byte more, which tells that another chunk follows
  std::size_t sealed_size_ = 0;
  Bytes plain_;           // room for a chunk
  MutableByteView rest_;  // of plain_, not delivered yet
  std::uint64_t chunk_, skip_, wanted_;
  bool ended_ = false;  // the last chunk was opened
};

}  // namespace salvor::store
