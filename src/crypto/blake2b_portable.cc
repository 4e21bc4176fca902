// Four lanes in whatever vectors every processor of the kind has.
#include "crypto/blake2b_kernel.h"

namespace salvor::crypto::kernel {

void blake2b_portable(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count) {
  hash_all<V4, 4>(start, messages, count);
}

void blake2b_block(std::uint64_t (&state)[8], const std::uint8_t (&block)[kBlake2bBlock], std::uint64_t bytes) {
  const std::uint8_t* const at[4] = {block, block, block, block};
  V4 h[8], m[16];
  for (unsigned i = 0; i < 8; ++i) h[i] = V4{} + state[i];
  load_turned(at, 0, m);
  compress(h, m, V4{} + bytes, V4{});
  for (unsigned i = 0; i < 8; ++i) state[i] = h[i][0];
}

}  // namespace salvor::crypto::kernel
