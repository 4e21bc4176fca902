// Writing: JSON as the YAML that kubectl prints, so that eyes, diffs and scripts find what they are used to.
//
// A string is plain when it reads back as that string; single-quoted when only its punctuation is in the way;
// double-quoted when it would be read as another type or holds what cannot stand as it is; a literal block when it has
// several lines. Plain and quoted strings are folded at the first space after column 80. Lists in a map are not
// indented further than their key.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "codec/yaml.h"
#include "codec/yaml_scalar.h"

namespace salvor::codec {

namespace {

constexpr int kWidth = 80;
constexpr int kIndent = 2;
constexpr std::size_t kLongestSimpleKey = 128;

bool is_ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }
// Beyond ASCII by blocks only: Latin-1 signs, the symbol blocks and emoji are no letters. Nothing but the order of such
// keys depends on it.
bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c >= 0xC0 && c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x3004) &&
         !(c >= 0x1F000 && c <= 0x1FAFF);
}

std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = size == 1 ? lead : lead & (0x7F >> size);
    for (std::size_t k = 1; k < size && i + k < text.size(); ++k) point = point << 6 | (text[i + k] & 0x3F);
    out += point;
    i += size;
  }
  return out;
}

// go-yaml's order of keys: digits by their value ("a2" before "a10"), letters after everything else.
bool key_before(const std::u32string& a, const std::u32string& b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i] == b[i]) continue;
    const bool letter_a = is_letter(a[i]), letter_b = is_letter(b[i]);
    if (letter_a && letter_b) return a[i] < b[i];
    if (letter_a || letter_b) return letter_b;
    std::uint64_t number_a = 0, number_b = 0;
    if (a[i] == '0' || b[i] == '0') {
      for (std::size_t j = i; j > 0 && is_ascii_digit(a[j - 1]); --j) {
        if (a[j - 1] != '0') {
          number_a = number_b = 1;
          break;
        }
      }
    }
    std::size_t end_a = i, end_b = i;
    for (; end_a < a.size() && is_ascii_digit(a[end_a]); ++end_a) number_a = number_a * 10 + (a[end_a] - '0');
    for (; end_b < b.size() && is_ascii_digit(b[end_b]); ++end_b) number_b = number_b * 10 + (b[end_b] - '0');
    if (number_a != number_b) return static_cast<std::int64_t>(number_a) < static_cast<std::int64_t>(number_b);
    if (end_a != end_b) return end_a < end_b;
    return a[i] < b[i];
  }
  return a.size() < b.size();
}

// "190:20:30": YAML 1.1 reads it as a number of seconds. [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
bool is_base_60(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !is_ascii_digit(static_cast<unsigned char>(text[0]))) return false;
  std::size_t at = std::min(text.find_first_not_of("0123456789_"), text.size());
  if (at == text.size() || text[at] != ':') return false;
  while (at < text.size() && text[at] == ':') {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    const std::size_t digits = end - at - 1;
    if (digits == 0 || digits > 2 || (digits == 2 && text[at + 1] > '5')) return false;
    at = end;
  }
  if (at < text.size() && text[at] == '.') at = std::min(text.find_first_not_of("0123456789_", at + 1), text.size());
  return at == text.size();
}

bool is_break(char32_t c) { return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029; }
bool is_printable(char32_t c) {
  return c == '\n' || (c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF);
}

enum class Style { plain, single_quoted, double_quoted, literal };

// What stands in the way of the simpler styles.
struct Obstacles {
  bool indicator = false;  // punctuation that means something to YAML
  bool special = false;    // cannot stand as it is
  bool edge_space = false, trailing_space = false, space_before_break = false, space_after_break = false;
  bool breaks = false;
};

Obstacles obstacles_in(const std::u32string& text) {
  Obstacles found;
  found.indicator = text.starts_with(U"---") || text.starts_with(U"...");
  bool after_white = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool before_white = i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\t';
    if (i == 0 && std::u32string_view(U"#,[]{}&*!|>'\"%@`").find(c) != std::u32string_view::npos)
      found.indicator = true;
    if (i == 0 && (c == '?' || c == '-') && before_white) found.indicator = true;
    if ((c == ':' && before_white) || (c == '#' && after_white)) found.indicator = true;
    if (!is_printable(c)) found.special = true;
    const bool at_edge = i == 0 || i + 1 == text.size();
    if (c == ' ') {
      if (at_edge) found.edge_space = true;
      if (i + 1 == text.size()) found.trailing_space = true;
      if (i > 0 && is_break(text[i - 1])) found.space_after_break = true;
    } else if (is_break(c)) {
      found.breaks = true;
      if (i > 0 && text[i - 1] == ' ') found.space_before_break = true;
    }
    after_white = c == ' ' || c == '\t' || is_break(c) || c == 0;
  }
  return found;
}

Style style_of(const std::string& text, const std::u32string& points, bool is_key) {
  const Obstacles found = obstacles_in(points);
  const bool unquotable = found.special || found.space_before_break;
  // Whether these end a line differs between YAML 1.1 and 1.2.
  const bool ambiguous = points.find_first_of(U"\u2028\u2029") != points.npos;
  if (ambiguous) return Style::double_quoted;
  if (text.find('\n') != std::string::npos) {
    const bool block = !unquotable && !found.trailing_space && !is_key;
    return block ? Style::literal : Style::double_quoted;
  }
  const bool reads_as_text = resolve_plain_scalar(text).kind == YamlScalar::Kind::text && !is_base_60(text);
  if (!reads_as_text || unquotable || found.space_after_break || found.breaks) return Style::double_quoted;
  return found.indicator || found.edge_space ? Style::single_quoted : Style::plain;
}

// As Go's FormatFloat(x, 'g', -1, 64).
std::string text_of(double value) {
  std::array<char, 64> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string scientific(buffer.data(), end);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (exponent < -4 || exponent >= 6) return scientific;
  end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
  return std::string(buffer.data(), end);
}

bool is_filled(const Json& value) { return value.is_structured() && !value.empty(); }

class Writer {
 public:
  void document(const Json& value) {
    if (is_filled(value)) {
      block(value, 0, Begin::at_line_start);
    } else {
      scalar(value, 0);
    }
  }
  std::string take() { return std::move(out_); }

 private:
  // Where a block's first entry goes: a map in a list shares its dash's line.
  enum class Begin { at_line_start, on_this_line };

  void block(const Json& value, int indent, Begin begin) {
    if (value.is_array()) return list(value, indent, begin);
    struct Member {
      std::u32string order;
      const std::string* key;
      const Json* value;
    };
    std::vector<Member> members;
    for (auto it = value.begin(); it != value.end(); ++it) members.push_back({code_points(it.key()), &it.key(), &*it});
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return key_before(a.order, b.order); });
    for (const Member& member : members) {
      if (begin == Begin::at_line_start) indent_to(indent);
      begin = Begin::at_line_start;
      this->member(*member.key, *member.value, indent);
    }
  }

  void list(const Json& value, int indent, Begin begin) {
    for (const Json& item : value) {
      if (begin == Begin::at_line_start) indent_to(indent);
      begin = Begin::at_line_start;
      put(U'-');
      nested(item, indent);
    }
  }

  void member(const std::string& key, const Json& value, int indent) {
    const std::u32string points = code_points(key);
    const bool is_simple = key.size() <= kLongestSimpleKey && std::none_of(points.begin(), points.end(), is_break);
    if (!is_simple) put(U"? ");
    string(key, indent + kIndent, is_simple);
    if (!is_simple) indent_to(indent);
    put(U':');
    if (!is_simple || !is_filled(value)) return nested(value, indent);
    end_line();
    block(value, value.is_array() ? indent : indent + kIndent, Begin::at_line_start);
  }

  // A value on the line of its dash.
  void nested(const Json& value, int indent) {
    put(U' ');
    if (is_filled(value)) {
      block(value, indent + kIndent, Begin::on_this_line);
    } else {
      scalar(value, indent);
    }
  }

  void scalar(const Json& value, int indent) {
    if (value.is_string()) {
      string(value.get_ref<const std::string&>(), indent + kIndent, false);
    } else {
      for (char c : value.is_number_float() ? text_of(value.get<double>()) : value.dump())
        put(static_cast<char32_t>(c));
    }
    end_line();
  }

  void put(char32_t c) {
    if (c < 0x80) {
      out_ += static_cast<char>(c);
    } else if (c < 0x800) {
      out_ += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else {  // beyond U+FFFF everything is escaped
      out_ += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
               static_cast<char>(0x80 | (c & 0x3F))};
    }
    ++column_;
  }
  void put(std::u32string_view text) {
    for (char32_t c : text) put(c);
  }
  void end_line() {
    if (!out_.ends_with('\n')) out_ += '\n';
    column_ = 0;
  }
  void indent_to(int indent) {
    if (!out_.empty()) end_line();
    out_.append(static_cast<std::size_t>(indent), ' ');
    column_ = indent;
  }

  void string(const std::string& text, int indent, bool is_key) {
    const std::u32string points = code_points(text);
    switch (style_of(text, points, is_key)) {
      case Style::plain: return plain(points, indent, !is_key);
      case Style::single_quoted: return single_quoted(points, indent, !is_key);
      case Style::double_quoted: return double_quoted(points, indent, !is_key);
      case Style::literal: return literal(points, indent);
    }
  }

  void plain(const std::u32string& text, int indent, bool may_fold) {
    bool spaces = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool space = text[i] == ' ';
      if (space && may_fold && !spaces && column_ > kWidth && text[i + 1] != ' ') {
        indent_to(indent);
      } else {
        put(text[i]);
      }
      spaces = space;
    }
  }

  void single_quoted(const std::u32string& text, int indent, bool may_fold) {
    put(U'\'');
    bool spaces = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool space = text[i] == ' ';
      const bool inside = i > 0 && i + 1 < text.size();
      if (space && may_fold && !spaces && column_ > kWidth && inside && text[i + 1] != ' ') {
        indent_to(indent);
      } else {
        if (text[i] == '\'') put(U'\'');
        put(text[i]);
      }
      spaces = space;
    }
    put(U'\'');
  }

  void double_quoted(const std::u32string& text, int indent, bool may_fold) {
    put(U'"');
    bool spaces = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char32_t c = text[i];
      const bool inside = i > 0 && i + 1 < text.size();
      if (!is_printable(c) || is_break(c) || c == '"' || c == '\\') {
        escape(c);
      } else if (c == ' ' && may_fold && !spaces && column_ > kWidth && inside) {
        indent_to(indent);
        if (text[i + 1] == ' ') put(U'\\');
      } else {
        put(c);
      }
      spaces = c == ' ';
    }
    put(U'"');
  }

  void escape(char32_t c) {
    static constexpr std::pair<char32_t, char> kNamed[] = {
        {0x00, '0'}, {0x07, 'a'}, {0x08, 'b'},  {0x09, 't'}, {0x0A, 'n'}, {0x0B, 'v'},   {0x0C, 'f'},  {0x0D, 'r'},
        {0x1B, 'e'}, {'"', '"'},  {'\\', '\\'}, {0x85, 'N'}, {0xA0, '_'}, {0x2028, 'L'}, {0x2029, 'P'}};
    put(U'\\');
    for (const auto& [point, name] : kNamed) {
      if (c == point) return put(static_cast<char32_t>(name));
    }
    const int digits = c <= 0xFF ? 2 : c <= 0xFFFF ? 4 : 8;
    put(digits == 2 ? U'x' : digits == 4 ? U'u' : U'U');
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      put(static_cast<char32_t>("0123456789ABCDEF"[c >> shift & 15]));
    }
  }

  void literal(const std::u32string& text, int indent) {
    put(U'|');
    if (text[0] == ' ' || is_break(text[0])) put(U'2');
    if (!is_break(text.back())) {
      put(U'-');
    } else if (text.size() == 1 || is_break(text[text.size() - 2])) {
      put(U'+');
    }
    out_ += '\n';
    bool at_line_start = true;
    for (char32_t c : text) {
      if (at_line_start && c != '\n') out_.append(static_cast<std::size_t>(indent), ' ');
      at_line_start = c == '\n';
      put(c);
    }
  }

  std::string out_;
  int column_ = 0;
};

}  // namespace

std::string dump_yaml(const Json& value) {
  Writer writer;
  writer.document(value);
  return writer.take();
}

}  // namespace salvor::codec
