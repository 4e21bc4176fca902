// Error correction. The first byte is the percentage. The rest is read as a stored item, and is also stored, damaged in
// one place, and must come back.

#include "input.h"
#include "repo/ecc.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  using namespace salvor::repo;
  if (size < 2) return 0;
  static const ReedSolomonCrc32 kCodes[] = {*ReedSolomonCrc32::create(1), *ReedSolomonCrc32::create(5),
                                            *ReedSolomonCrc32::create(10), *ReedSolomonCrc32::create(60)};
  const ReedSolomonCrc32& code = kCodes[data[0] % std::size(kCodes)];
  const ByteView bytes = std::as_bytes(std::span(data + 1, size - 1));
  if (const auto read = code.decode(bytes); read.ok()) {
    const auto again = code.encode(*read);
    PROMISE(again.ok() && (*again).size() == bytes.size());
  }
  auto stored = code.encode(bytes);
  PROMISE(stored.ok());
  (*stored)[(data[1] * 7919U + size) % stored->size()] ^= std::byte{1};
  const auto mended = code.decode(*stored);
  PROMISE(mended.ok() && as_text(*mended) == as_text(bytes));
  return 0;
}
