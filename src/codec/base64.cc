#include "codec/base64.h"

#include <array>
#include <cstdint>
#include <cstring>

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

constexpr std::array<char, 2 * 4096> kPairs = [] {
  std::array<char, 2 * 4096> pairs{};
  for (std::size_t i = 0; i < 4096; ++i) {
    pairs[2 * i] = kAlphabet[i >> 6];
    pairs[2 * i + 1] = kAlphabet[i & 63];
  }
  return pairs;
}();

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

// Twelve bits at a time: a Secret's values are most of a backup's bytes.
void append_base64(std::string& text, std::string_view bytes) {
  const std::size_t before = text.size();
  text.resize(before + (bytes.size() + 2) / 3 * 4);
  char* to = text.data() + before;
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
  };
  const auto put = [&](std::uint32_t twelve_bits) {
    std::memcpy(to, kPairs.data() + 2 * static_cast<std::size_t>(twelve_bits), 2);
    to += 2;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    put(group >> 12);
    put(group & 0xFFF);
  }
  for (std::size_t padding = (3 - bytes.size() % 3) % 3; padding > 0; --padding) text[text.size() - padding] = '=';
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
