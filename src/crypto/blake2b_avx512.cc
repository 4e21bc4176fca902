// Compiled for processors with AVX-512, and called on no other. Few messages are done faster by four lanes, which have
// rotation and 32 registers here, too, and three units for them where eight lanes have two.
#ifdef __x86_64__
#include "crypto/blake2b_kernel.h"

namespace salvor::crypto::kernel {

void blake2b_avx512(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count) {
  if (count <= 6) {
    hash_all<V4, 4>(start, messages, count);
  } else {
    hash_all<V8, 8>(start, messages, count);
  }
}

}  // namespace salvor::crypto::kernel
#endif
