#include "snapshot/ignore_classes.h"

#include <utility>

namespace salvor::snapshot {

namespace {

bool is_lower(char32_t c) { return (c >= 'a' && c <= 'z') || c == 0xB5 || (c >= 0xDF && c <= 0xFF && c != 0xF7); }
bool is_upper(char32_t c) { return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7); }
bool is_letter(char32_t c) { return is_lower(c) || is_upper(c) || c == 0xAA || c == 0xBA; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_ascii(char32_t c) { return c < 0x80; }
bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }
bool is_alphanumeric(char32_t c) { return is_letter(c) || is_digit(c); }
bool is_hexadecimal(char32_t c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Unicode's category Zs.
bool is_space_separator(char32_t c) {
  return c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}
bool is_blank(char32_t c) { return c == '\t' || is_space_separator(c); }
// 0xAD, the soft hyphen, is a format character; 0xFFFD, what bytes become that are no UTF-8, a symbol.
bool is_graphic(char32_t c) {
  return is_space_separator(c) || (c < 0x100 && !is_control(c) && c != 0xAD) || c == 0xFFFD;
}
bool is_printable(char32_t c) { return c == ' ' || (is_graphic(c) && !is_space_separator(c)); }
// Punctuation and symbols: what prints and is neither letter nor number; 0xB2, 0xB3, 0xB9 and 0xBC to 0xBE are numbers.
bool is_punctuation(char32_t c) {
  const bool is_number = is_digit(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0xBC && c <= 0xBE);
  return is_printable(c) && c != ' ' && !is_letter(c) && !is_number;
}

using Class = bool (*)(char32_t);
constexpr std::pair<std::string_view, Class> kClasses[] = {
    {"alnum", is_alphanumeric}, {"alpha", is_letter},      {"ascii", is_ascii},      {"blank", is_blank},
    {"cntrl", is_control},      {"digit", is_digit},       {"graph", is_graphic},    {"lower", is_lower},
    {"print", is_printable},    {"punct", is_punctuation}, {"space", is_space_rune}, {"upper", is_upper},
    {"xdigit", is_hexadecimal},
};

}  // namespace

bool is_space_rune(char32_t c) {
  return (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029 || is_space_separator(c);
}

bool (*ignore_class(std::string_view name))(char32_t) {
  for (const auto& [known, is_member] : kClasses) {
    if (known == name) return is_member;
  }
  return nullptr;
}

}  // namespace salvor::snapshot
