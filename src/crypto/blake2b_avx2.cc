// Compiled for processors with AVX2, and called on no other.
#ifdef __x86_64__
#include "crypto/blake2b_kernel.h"

namespace salvor::crypto::kernel {

void blake2b_avx2(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count) {
  hash_all<V4, 4>(start, messages, count);
}

}  // namespace salvor::crypto::kernel
#endif
