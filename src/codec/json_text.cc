#include "codec/json_text.h"

#include <algorithm>
#include <array>

#include "codec/json_scan.h"
#include "codec/utf8.h"

namespace salvor::codec {

namespace {

enum class Treat : unsigned char { copy, escape, multibyte };

constexpr std::array<Treat, 256> kTreatment = [] {
  std::array<Treat, 256> treatment{};
  for (std::size_t c = 0; c < 256; ++c) {
    treatment[c] = c < 0x20 ? Treat::escape : c < 0x80 ? Treat::copy : Treat::multibyte;
  }
  for (const unsigned char c : {'"', '\\', '<', '>', '&'}) treatment[c] = Treat::escape;
  return treatment;
}();

// Bytes at which compacting may have something to do.
constexpr std::array<bool, 256> kMayChange = [] {
  std::array<bool, 256> may{};
  for (const char c : {' ', '\t', '\r', '\n', '"', '\\', '<', '>', '&', '\xE2'})
    may[static_cast<unsigned char>(c)] = true;
  return may;
}();

Treat treatment_of(char c) { return kTreatment[static_cast<unsigned char>(c)]; }

void append_escape(std::string& json, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': json += "\\\""; return;
    case '\\': json += "\\\\"; return;
    case '\b': json += "\\b"; return;
    case '\f': json += "\\f"; return;
    case '\n': json += "\\n"; return;
    case '\r': json += "\\r"; return;
    case '\t': json += "\\t"; return;
    default: break;
  }
  json += "\\u00";
  json += kHex[static_cast<unsigned char>(c) >> 4];
  json += kHex[static_cast<unsigned char>(c) & 15];
}

// The size of the UTF-8 sequence at the front; 0 when there is none.
std::size_t sequence_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  return size <= text.size() && is_utf8(text.substr(0, size)) ? size : 0;
}

// U+2028 and U+2029 end a line in JavaScript.
bool is_line_separator(std::string_view sequence) { return sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9"; }

void append_line_separator(std::string& json, std::string_view sequence) {
  json += sequence[2] == '\xA8' ? "\\u2028" : "\\u2029";
}

}  // namespace

void append_json_text(std::string& json, std::string_view text) {
  json += '"';
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Treat treat = treatment_of(text[at]);
    if (treat == Treat::copy) {
      ++at;
      continue;
    }
    std::size_t size = 1;
    if (treat == Treat::multibyte) {
      size = sequence_size(text.substr(at));
      if (size != 0 && !is_line_separator(text.substr(at, size))) {
        at += size;
        continue;
      }
    }
    json += text.substr(copied, at - copied);
    if (treat == Treat::escape) {
      append_escape(json, text[at]);
    } else if (size == 0) {
      json += "\\ufffd";
    } else {
      append_line_separator(json, text.substr(at, size));
    }
    at += std::max<std::size_t>(size, 1);
    copied = at;
  }
  json += text.substr(copied);
  json += '"';
}

namespace {

// Without a byte that could have to go or be escaped: so are the managedFields of most objects.
bool is_plain(std::string_view document) {
  unsigned found = 0;  // no early exit: the compiler takes many bytes at once
  for (const char c : document) {
    found |= static_cast<unsigned>((static_cast<unsigned char>(c) <= ' ') | (c == '<') | (c == '>') | (c == '&') |
                                   (c == '\xE2'));
  }
  return found == 0;
}

}  // namespace

Result<> append_compact_json(std::string& json, std::string_view document) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t begin = std::min(document.find_first_not_of(kSpaces), document.size());
  document = document.substr(begin, document.find_last_not_of(kSpaces) + 1 - begin);
  BracketScanner brackets;
  if (document.empty() || (document[0] != '{' && document[0] != '[') || brackets.scan(document) != document.size() ||
      !brackets.done()) {
    return Error(Code::invalid, "not one JSON object or array");
  }
  if (is_plain(document)) {
    json += document;
    return {};
  }
  std::size_t copied = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < document.size(); ++at) {
    const char c = document[at];
    if (!kMayChange[static_cast<unsigned char>(c)]) continue;
    if (c == '"') {
      in_text = !in_text;
      continue;
    }
    if (c == '\\') {
      ++at;  // what it escapes is no quote
      continue;
    }
    const bool drop = !in_text && kSpaces.find(c) != std::string_view::npos;
    const bool separator = c == '\xE2' && is_line_separator(document.substr(at, 3));
    if (!drop && !separator && c != '<' && c != '>' && c != '&') continue;
    json += document.substr(copied, at - copied);
    if (separator) append_line_separator(json, document.substr(at, 3));
    if (!drop && !separator) append_escape(json, c);
    if (separator) at += 2;
    copied = at + 1;
  }
  json += document.substr(copied);
  return {};
}

}  // namespace salvor::codec
