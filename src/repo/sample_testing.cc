#include "repo/sample_testing.h"

namespace salvor::repo {

Bytes counting_bytes(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

Bytes sample_bytes(std::size_t size) {
  Bytes bytes(size);
  std::uint64_t x = 1;
  for (std::byte& byte : bytes) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::byte>(x >> 56);
  }
  return bytes;
}

}  // namespace salvor::repo
