#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace salvor::codec {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int, 256> kValues = [] {
  std::array<int, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int>(i);
  return values;
}();

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k <= bytes.size() ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

Result<std::string> decode_base64(std::string_view text) {
  const auto bad = [](std::size_t at) {
    return Error(Code::invalid, "not base64: wrong at character " + std::to_string(at + 1));
  };
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  std::size_t filled = 0;   // characters of the current group
  std::size_t padding = 0;  // '=' seen; nothing may follow a padded group
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n' || c == '\r') continue;
    const int value = kValues[static_cast<unsigned char>(c)];
    const bool is_padding = c == '=' && filled >= 2;
    if ((value < 0 && !is_padding) || (padding && !is_padding) || (padding && filled == 0)) return bad(at);
    group = group << 6 | static_cast<std::uint32_t>(is_padding ? 0 : value);
    padding += is_padding;
    if (++filled < 4) continue;
    for (std::size_t k = 0; k < 3 - padding; ++k) bytes += static_cast<char>(group >> (16 - 8 * k) & 255);
    group = 0;
    filled = 0;
  }
  if (filled != 0) return bad(text.size());
  return bytes;
}

}  // namespace salvor::codec
