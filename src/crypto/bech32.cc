#include "crypto/bech32.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/check.h"

namespace salvor::crypto {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksumCharacters = 6, kMaxCharacters = 8192;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// The BCH code of BIP 173, fed with 5-bit values.
class Checksum {
 public:
  explicit Checksum(std::string_view prefix) {
    for (const char c : prefix) feed(static_cast<unsigned char>(lower(c)) >> 5);
    feed(0);
    for (const char c : prefix) feed(static_cast<unsigned char>(lower(c)) & 31);
  }
  void feed(unsigned value) {
    static constexpr std::array<std::uint32_t, 5> kGenerators = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                                 0x2a1462b3};
    const std::uint32_t top = state_ >> 25;
    state_ = (state_ & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < kGenerators.size(); ++i) state_ ^= (top >> i & 1) ? kGenerators[i] : 0;
  }
  std::uint32_t state() const { return state_; }

 private:
  std::uint32_t state_ = 1;
};

Error bad(const std::string& why) { return Error(Code::invalid, "not Bech32: " + why); }

std::optional<unsigned> value_of(char c) {
  const std::size_t at = kAlphabet.find(lower(c));
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(at);
}

// 5-bit values to bytes; what is left over must be less than 5 bits, and zero.
Result<os::Secret> decode_data(std::string_view characters) {
  std::string bytes;
  bytes.reserve(characters.size() * 5 / 8 + 1);
  unsigned pending = 0, bits = 0;
  for (const char c : characters) {
    pending = (pending << 5 | *value_of(c)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(pending >> bits & 255);
  }
  os::Secret data = os::Secret::take(std::move(bytes));
  if (bits >= 5 || (pending & ((1u << bits) - 1)) != 0) return bad("the last character holds stray bits");
  return data;
}

}  // namespace

std::string encode_bech32(std::string_view prefix, ByteView data) {
  CHECK(!prefix.empty());
  std::string text;
  text.reserve(prefix.size() + 1 + (data.size() * 8 + 4) / 5 + kChecksumCharacters);  // it must not move
  text.append(prefix).push_back('1');
  Checksum checksum(prefix);
  const auto put = [&](unsigned value) {
    checksum.feed(value);
    text += kAlphabet[value];
  };
  unsigned pending = 0, bits = 0;
  for (const std::byte b : data) {
    pending = (pending << 8 | std::to_integer<unsigned>(b)) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) put(pending >> (bits - 5) & 31);
  }
  if (bits > 0) put(pending << (5 - bits) & 31);
  for (std::size_t i = 0; i < kChecksumCharacters; ++i) checksum.feed(0);
  const std::uint32_t sum = checksum.state() ^ 1;
  for (int shift = 25; shift >= 0; shift -= 5) text += kAlphabet[sum >> shift & 31];
  const bool is_upper = std::ranges::any_of(prefix, [](char c) { return c != lower(c); });
  if (is_upper) std::ranges::transform(text, text.begin(), upper);
  return text;
}

Result<Bech32> decode_bech32(std::string_view text) {
  if (text.size() > kMaxCharacters) return bad("longer than 8192 characters");
  const auto is_upper = [](char c) { return c != lower(c); };
  const auto is_lower = [](char c) { return c != upper(c); };
  if (std::ranges::any_of(text, is_upper) && std::ranges::any_of(text, is_lower)) return bad("mixed case");
  if (std::ranges::any_of(text, [](char c) { return c < 33 || c > 126; })) return bad("a character that cannot be");
  const std::size_t separator = text.rfind('1');
  if (separator == std::string_view::npos || separator == 0) return bad("no prefix before a \"1\"");
  const std::string_view prefix = text.substr(0, separator), characters = text.substr(separator + 1);
  if (characters.size() < kChecksumCharacters) return bad("too short");
  Checksum checksum(prefix);
  for (const char c : characters) {
    const auto value = value_of(c);
    if (!value) return bad("a character that cannot be");
    checksum.feed(*value);
  }
  if (checksum.state() != 1) return bad("the checksum does not fit; a character is wrong or missing");
  return Bech32{std::string(prefix), TRY(decode_data(characters.substr(0, characters.size() - kChecksumCharacters)))};
}

}  // namespace salvor::crypto
