// Bytes that tests here and Go programs beside kopia's code can both make, without a file.
#pragma once

#include "base/bytes.h"

namespace salvor::repo {

// 0, 1, 2 and so on, modulo 256.
Bytes counting_bytes(std::size_t size);
// Bytes that look random: the upper eight bits of x = 6364136223846793005 x + 1442695040888963407, from x = 1 on.
Bytes sample_bytes(std::size_t size);

}  // namespace salvor::repo
