#include "crypto/age_armor.h"

#include <string>

#include "codec/base64.h"

namespace salvor::crypto::age {
namespace {

constexpr std::string_view kArmorEnd = "-----END AGE ENCRYPTED FILE-----";
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kArmorColumns = 64;

Error bad_armor(const std::string& why) { return Error(Code::invalid, "not valid age armor: " + why); }

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// A whole line of padded, canonical base64.
Result<std::string> decode_line(std::string_view line) {
  auto bytes = codec::decode_base64(line);
  if (!bytes.ok() || codec::encode_base64(*bytes) != line) return bad_armor("a line is not canonical base64");
  return bytes;
}

}  // namespace

Result<Bytes> read_armor(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return bad_armor("empty");
  std::string_view rest = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  if (take_line(rest) != kArmorBegin) return bad_armor("it does not begin with " + std::string(kArmorBegin));
  Bytes bytes;
  bytes.reserve(rest.size() / 4 * 3);
  bool last = false;  // the line before was short, or ended in padding
  for (;;) {
    if (rest.empty()) return bad_armor("it does not end with " + std::string(kArmorEnd));
    const std::string_view line = take_line(rest);
    if (line == kArmorEnd) break;
    if (last || line.empty() || line.size() > kArmorColumns) return bad_armor("a line has a wrong length");
    const std::string decoded = TRY(decode_line(line));
    append(bytes, as_bytes(decoded));
    last = line.size() < kArmorColumns || line.ends_with('=');
  }
  if (!rest.empty()) return bad_armor("something follows its end");
  return bytes;
}

}  // namespace salvor::crypto::age
