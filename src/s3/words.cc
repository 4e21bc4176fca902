#include "s3/words.h"

namespace salvor::s3 {

namespace {

constexpr std::string_view kWordBreaks = " \t\r\n";

// Reads what follows the opening quotation mark at `at` and leaves `at` at the closing one.
Result<> read_quoted(std::string_view text, std::size_t& at, std::string& word) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == quote) return {};
    const bool escapes =
        quote == '"' && text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
    if (escapes) ++at;
    word += text[at];
  }
  return Error(Code::invalid, "a quotation is not closed");
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (kWordBreaks.find(c) != kWordBreaks.npos) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;  // also for "", which is a word
    if (c == '\'' || c == '"') {
      TRY(read_quoted(text, at, words.back()));
    } else if (c != '\\') {
      words.back() += c;
    } else if (++at < text.size()) {
      words.back() += text[at];
    } else {
      return Error(Code::invalid, "it ends within an escape");
    }
  }
  return words;
}

}  // namespace salvor::s3
