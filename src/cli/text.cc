// Escaping, measuring, wrapping and comparing of words.
#include "cli/text.h"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cstdio>
#include <cwchar>

namespace salvor::cli {

namespace {

struct Decoded {
  char32_t code;     // the character
  std::size_t size;  // its bytes; 0 when they are not UTF-8
};

// The character at the start of `text`, which is not empty. Refuses overlong forms, surrogates and what is too large.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {0, 0};
  char32_t code = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    code = (code << 6) | (byte(i) & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {0, 0};
  return {code, size};
}

bool is_harmful(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

std::string escaped(char32_t c) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  char text[12];
  std::snprintf(text, sizeof text, c < 0x100 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(c));
  return text;
}

// glibc knows every character's width, but only in a UTF-8 locale. The locale is switched for this thread and this
// scope, so that nobody else's number formats change.
class WidthLocale {
 public:
  WidthLocale() : before_(uselocale(utf8())) {}
  WidthLocale(const WidthLocale&) = delete;
  WidthLocale& operator=(const WidthLocale&) = delete;
  ~WidthLocale() { uselocale(before_); }

 private:
  static locale_t utf8() {
    static const locale_t kUtf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return kUtf8;  // null asks uselocale to change nothing; every character then counts as one column
  }
  locale_t before_;
};

std::size_t width_of(char32_t c) {
  if (c < 0x80) return c >= 0x20 && c != 0x7f ? 1 : 0;
  const int width = wcwidth(static_cast<wchar_t>(c));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

// Calls `visit(piece, width)` for every character, or undecodable byte, until it returns false.
template <class Visit>
void each_character(std::string_view text, Visit visit) {
  const WidthLocale locale;
  while (!text.empty()) {
    const Decoded c = decode(text);
    const std::size_t size = c.size ? c.size : 1;
    if (!visit(text.substr(0, size), c.size ? width_of(c.code) : 1)) return;
    text.remove_prefix(size);
  }
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const Decoded c = decode(text);
    if (c.size == 0) {
      safe += escaped(static_cast<unsigned char>(text[0]));
    } else if (is_harmful(c.code)) {
      safe += escaped(c.code);
    } else {
      safe += text.substr(0, c.size);
    }
    text.remove_prefix(c.size ? c.size : 1);
  }
  return safe;
}

std::size_t display_width(std::string_view text) {
  std::size_t total = 0;
  each_character(text, [&](std::string_view, std::size_t width) {
    total += width;
    return true;
  });
  return total;
}

std::string fit(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string head;
  std::size_t used = 1;  // the ellipsis
  each_character(text, [&](std::string_view piece, std::size_t columns) {
    used += columns;
    if (used > width) return false;
    head += piece;
    return true;
  });
  return head + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

}  // namespace salvor::cli
