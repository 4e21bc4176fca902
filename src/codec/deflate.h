// Deflate (RFC 1951) without a frame around it, compressed while it arrives by ISA-L. codec/inflate.h is the way back.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace salvor::codec {

// One stream after the other; some hundred kilobytes of tables. Not thread-safe.
class DeflateStream {
 public:
  DeflateStream();
  ~DeflateStream();
  DeflateStream(DeflateStream&&) noexcept;

  // Appends to `out` what became of it so far.
  void feed(ByteView text, Bytes& out);
  // The rest. What is fed then begins another stream.
  void finish(Bytes& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::codec
