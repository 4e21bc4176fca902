#include "crypto/age_header.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/check.h"
#include "crypto/age_armor.h"
#include "crypto/age_base64.h"
#include "crypto/hkdf.h"
#include "crypto/hmac_sha256.h"

namespace salvor::crypto::age {
namespace {

constexpr std::size_t kColumns = 64;
constexpr std::string_view kStanzaStart = "-> ", kEndStart = "---";

// Lines of the header, each ended by a line feed.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  Result<std::string_view> next() {
    ++number_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return wrong("ends without a line feed");
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  Error wrong(const std::string& why) const {
    return Error(Code::invalid, "not a valid age header: line " + std::to_string(number_) + " " + why);
  }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

Result<std::vector<std::string>> parse_arguments(std::string_view text, const Lines& lines) {
  std::vector<std::string> arguments;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view argument = text.substr(start, end - start);
    const bool visible = std::ranges::all_of(argument, [](char c) { return c > 0x20 && c < 0x7f; });
    if (argument.empty() || !visible) return lines.wrong("has an argument that is empty or not visible ASCII");
    arguments.emplace_back(argument);
    start = end + 1;
  }
  return arguments;
}

Result<Stanza> parse_stanza(Lines& lines) {
  Stanza stanza;
  const std::string_view first = TRY(lines.next());
  if (!first.starts_with(kStanzaStart)) return lines.wrong("is neither a stanza nor the end of the header");
  stanza.arguments = TRY(parse_arguments(first.substr(kStanzaStart.size()), lines));
  std::string body;
  for (;;) {
    const std::string_view line = TRY(lines.next());
    if (line.size() > kColumns) return lines.wrong("of a stanza's body is longer than 64 columns");
    body += line;
    if (line.size() < kColumns) break;
  }
  auto decoded = decode_base64(body);
  if (!decoded.ok()) return lines.wrong("ends a stanza's body that is " + decoded.error().message());
  stanza.body = *std::move(decoded);
  return stanza;
}

// All that the MAC covers.
std::string covered(const std::vector<Stanza>& stanzas) {
  std::string text(kVersionLine);
  for (const Stanza& stanza : stanzas) {
    CHECK(!stanza.arguments.empty());
    text += "->";
    for (const std::string& argument : stanza.arguments) text.append(" ").append(argument);
    text += '\n';
    const std::string body = encode_base64(as_bytes(stanza.body));
    for (std::size_t at = 0; at + kColumns <= body.size(); at += kColumns) text.append(body, at, kColumns) += '\n';
    text.append(body, body.size() / kColumns * kColumns) += '\n';
  }
  return text += kEndStart;
}

Sha256Digest mac_of(const std::string& covered_text, const os::Secret& file_key) {
  const os::Secret key = hkdf_sha256(as_bytes(file_key.reveal()), {}, "header");
  return hmac_sha256(as_bytes(key.reveal()), as_bytes(covered_text));
}

Error not_age(std::string_view text) {
  if (text.starts_with(kArmorBegin)) {
    return Error(Code::unsupported, "the age file is armored (ASCII), which only small files may be here")
        .hint("`age --decrypt` reads it; encrypt it again without --armor.");
  }
  if (text.starts_with(kVersionStart)) return Error(Code::unsupported, "the age file is of another version than v1");
  return Error(Code::invalid, "not an age file");
}

}  // namespace

Result<std::optional<std::size_t>> find_header_end(ByteView start) {
  const std::string_view text = as_text(start);
  const std::size_t shared = std::min(text.size(), kVersionLine.size());
  if (text.substr(0, shared) != kVersionLine.substr(0, shared)) {
    // So little of it may still become armor, which has its own answer.
    if (!text.empty() && text.size() < kArmorBegin.size() && kArmorBegin.starts_with(text)) {
      return std::optional<std::size_t>();
    }
    return not_age(text);
  }
  // Inside a header no line but the last one begins so, and base64 has no '-'.
  const std::size_t mark = text.find("\n---");
  const std::size_t end = mark == std::string_view::npos ? mark : text.find('\n', mark + 1);
  if (std::min(end, text.size()) >= kMaxHeaderBytes) {
    return Error(Code::invalid, "not a valid age header: longer than 128 KiB");
  }
  if (end == std::string_view::npos) return std::optional<std::size_t>();
  return std::optional<std::size_t>(end + 1);
}

Result<Header> parse_header(ByteView bytes) {
  Lines lines(as_text(bytes));
  if (!lines.rest().starts_with(kVersionLine)) return not_age(lines.rest());
  (void)TRY(lines.next());
  Header header;
  while (!lines.rest().starts_with(kEndStart)) header.stanzas.push_back(TRY(parse_stanza(lines)));
  const std::string_view end = TRY(lines.next());
  if (header.stanzas.empty()) return lines.wrong("ends a header without stanzas");
  if (!end.starts_with("--- ")) return lines.wrong("is no end of a header");
  const auto mac = decode_base64(end.substr(4));
  if (!mac.ok() || mac->size() != header.mac.size()) return lines.wrong("does not hold a MAC of 32 bytes");
  if (!lines.at_end()) return lines.wrong("is followed by more");
  std::ranges::copy(as_bytes(*mac), header.mac.begin());
  header.size = bytes.size();
  return header;
}

std::string encode_header(const std::vector<Stanza>& stanzas, const os::Secret& file_key) {
  std::string text = covered(stanzas);
  const Sha256Digest mac = mac_of(text, file_key);
  return text.append(" ").append(encode_base64(mac)) += '\n';
}

Result<> check_mac(const Header& header, const os::Secret& file_key) {
  const Sha256Digest mac = mac_of(covered(header.stanzas), file_key);
  if (CRYPTO_memcmp(mac.data(), header.mac.data(), mac.size()) == 0) return {};
  return Error(Code::corrupt, "the age header was changed after it was written: its MAC does not fit");
}

}  // namespace salvor::crypto::age
