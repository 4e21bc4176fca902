#include "codec/json_dom.h"

#include <algorithm>

#include "codec/json.h"

namespace salvor::codec {
namespace {

constexpr std::size_t kKeptBytes = 1 << 20;
constexpr std::size_t kMaxDigits = 18;  // any number of that many digits fits 64 bits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The text without the digits of an integer part beyond kMaxDigits; valid JSON exactly when `text` is.
std::string shorten_integers(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      if (c == '"') in_string = false;
      continue;
    }
    if (!is_digit(c)) {
      digits = 0;
      // Digits after these belong to a fraction or an exponent and may be as many as they like.
      if (c == '.' || c == 'e' || c == 'E' || c == '+') {
        out += c;
        while (i + 1 < text.size() && (is_digit(text[i + 1]) || text[i + 1] == '-' || text[i + 1] == '+'))
          out += text[++i];
        continue;
      }
      in_string = c == '"';
    } else if (++digits > kMaxDigits) {
      continue;
    }
    out += c;
  }
  return out;
}

}  // namespace

simdjson::error_code JsonDom::parse_exactly(std::string_view text, simdjson::dom::element& root) {
  // Allocated here because parse() would choose the library's own depth, which counts a level more than we do.
  constexpr std::size_t kDepth = kMaxJsonDepth + 1;
  const std::size_t wanted = std::max(text.size(), kKeptBytes);
  const bool is_oversized = parser_.capacity() > kKeptBytes && text.size() <= kKeptBytes;
  if (is_oversized) parser_ = simdjson::dom::parser();  // after one huge text
  if (parser_.capacity() < wanted || parser_.max_depth() != kDepth) {
    if (const auto error = parser_.allocate(wanted, kDepth)) return error;
  }
  return parser_.parse(text.data(), text.size(), true).get(root);
}

Result<simdjson::dom::element> JsonDom::parse(std::string_view text) {
  simdjson::dom::element root;
  auto error = parse_exactly(text, root);
  if (error == simdjson::NUMBER_ERROR) {
    shortened_ = shorten_integers(text);
    error = parser_.parse(shortened_).get(root);
  }
  if (error) return Error(Code::invalid, std::string("not JSON: ") + simdjson::error_message(error));
  return root;
}

}  // namespace salvor::codec
