// Texts from which the golden bytes of decompressors and of Kopia's formats were made, by the same recipes in Go.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace salvor::codec {

// Lines that repeat in parts.
inline std::string sample_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "entry " + std::to_string(std::int64_t{i} * i % 1000) + " of the index\n";
  return text;
}

inline std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// Bytes without a pattern; which ones depends on their number.
inline Bytes sample_noise(std::size_t size) {
  Bytes bytes(size);
  std::uint64_t state = size;
  for (std::byte& b : bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    b = static_cast<std::byte>(state >> 56);
  }
  return bytes;
}

}  // namespace salvor::codec
