#include "snapshot/ignore_pattern.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/utf8.h"
#include "snapshot/ignore_classes.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kNoWhere = std::u32string_view::npos;

// Of a valid sequence of `size` bytes.
char32_t decode(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(sequence[i])); };
  if (sequence.size() == 2) return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
  if (sequence.size() == 3) return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
}

std::string quoted_rule(std::string_view rule) { return "\"" + std::string(rule.substr(0, 200)) + "\""; }

}  // namespace

std::u32string to_runes(std::string_view text) {
  std::u32string runes;
  runes.reserve(text.size());
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (size > 1 && (size > text.size() || !codec::is_utf8(text.substr(0, size)))) {
      runes += U'\uFFFD';
      size = 1;
    } else {
      runes += size == 1 ? static_cast<char32_t>(first) : decode(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return runes;
}

// Reads a rule rune by rune. Beyond either end, and at a NUL, there is 0, which is not passed.
class IgnoreParser {
 public:
  IgnoreParser(std::string_view rule, std::string_view base) : rule_(rule), base_(base) {}

  Result<IgnorePattern> run() {
    text_ = trimmed();
    while (is_space_rune(peek(0))) read();
    if (peek(0) == '!') {
      pattern_.negated_ = true;
      read();
    }
    begin();
    if (!text_.empty() && text_.back() == '/') {
      pattern_.directories_only_ = true;
      text_.pop_back();
    }
    for (char32_t c = read(); c != 0; c = read()) TRY(take(c));
    return std::move(pattern_);
  }

 private:
  using Kind = IgnorePattern::Kind;

  char32_t peek(std::ptrdiff_t ahead) const {
    const std::ptrdiff_t at = at_ + ahead;
    return at >= 0 && at < std::ssize(text_) ? text_[static_cast<std::size_t>(at)] : 0;
  }
  char32_t read() {
    const char32_t c = peek(0);
    if (c != 0) ++at_;
    return c;
  }
  bool is_at_end() const { return at_ >= std::ssize(text_); }
  // Counted from where we are.
  std::optional<std::ptrdiff_t> next(char32_t c) const {
    if (is_at_end()) return std::nullopt;
    const std::size_t found = text_.find(c, static_cast<std::size_t>(at_));
    if (found == kNoWhere) return std::nullopt;
    return static_cast<std::ptrdiff_t>(found) - at_;
  }

  void add(Kind kind, char32_t value = 0) { pattern_.tokens_.push_back({kind, value}); }
  Error wrong(std::string_view why) const {
    return Error(Code::invalid, quoted_rule(rule_) + " is no ignore rule: " + std::string(why));
  }
  Error unescaped() const { return wrong("nothing follows its \\; write \\\\ for the character itself"); }
  Error unclosed() const { return wrong("its [ is not closed"); }

  // Without the white space around it, unless the last but one character keeps what follows it.
  std::u32string trimmed() const {
    std::u32string runes = to_runes(rule_);
    if (rule_.size() <= 2 || rule_[rule_.size() - 2] == '\\') return runes;
    while (!runes.empty() && is_space_rune(runes.back())) runes.pop_back();
    runes.erase(runes.begin(), std::ranges::find_if_not(runes, is_space_rune));
    return runes;
  }

  // What a rule says of the place: below the base, and at any depth when it names no way.
  void begin() {
    const bool rooted = peek(0) == '/';
    if (!base_.empty() && !text_.empty()) {
      for (const char32_t c : to_runes(base_)) add(c == '/' ? Kind::slash : Kind::rune, c);
      if (!rooted) add(Kind::slash);
    }
    if (rooted || text_.empty() || text_ == U"**") return;
    const std::optional<std::ptrdiff_t> slash = next('/');
    if (!slash || *slash == std::ssize(text_) - 1 - at_) {
      add(Kind::double_star);
      add(Kind::slash);
    } else if (base_.empty()) {
      add(Kind::slash);
    }
  }

  Result<> take(char32_t c) {
    switch (c) {
      case '\\':
        if (is_at_end()) return unescaped();
        add(Kind::rune, read());
        return {};
      case '?': add(Kind::any); return {};
      case '/': add(Kind::slash); return {};
      case '*': take_star(); return {};
      case '[': return take_set();
      default: add(Kind::rune, c); return {};
    }
  }

  void take_star() {
    if (peek(0) == '*') {
      const char32_t before = peek(-2);
      while (peek(0) == '*') read();
      if (before == 0 || (before == '/' && (peek(0) == '/' || is_at_end()))) return add(Kind::double_star);
    }
    add(Kind::star);
  }

  Result<> take_set() {
    IgnorePattern::Set set;
    char32_t c = read();
    set.negated = c == '!';
    if (set.negated) c = read();
    for (; c != ']' && c != 0; c = read()) TRY(take_member(c, set));
    if (c != ']') return unclosed();
    add(Kind::set, static_cast<char32_t>(pattern_.sets_.size()));
    pattern_.sets_.push_back(std::move(set));
    return {};
  }

  Result<> take_member(char32_t c, IgnorePattern::Set& set) {
    if (c == '\\') c = read();
    if (c == 0) return unescaped();
    if (peek(0) == '-' && peek(1) != ']' && peek(1) != 0) {
      read();
      char32_t last = read();
      if (last == '\\') last = read();
      if (last == 0) return unescaped();
      set.ranges.push_back({c, last});
      return {};
    }
    if (c == '[' && peek(0) == ':') return take_class(set);
    set.ranges.push_back({c, c});
    return {};
  }

  // Behind "[", at ":name:]". Stock compares here where the name ends, counted from here, with where it begins, counted
  // from the rule's first character: so a class far behind in a rule is only its characters.
  Result<> take_class(IgnorePattern::Set& set) {
    const std::optional<std::ptrdiff_t> end = next(']');
    if (!end) return unclosed();
    if (*end - 1 <= at_ || peek(*end - 1) != ':') {
      set.ranges.push_back({'[', '['});
      return {};
    }
    std::string name;
    for (std::ptrdiff_t i = 1; i < *end - 1; ++i) {
      const char32_t c = peek(i);
      name += c < 0x80 ? static_cast<char>(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c) : '?';
    }
    at_ += *end + 1;
    const IgnorePattern::Class is_member = ignore_class(name);
    if (!is_member) return wrong("there is no class [:" + name + ":]");
    set.classes.push_back(is_member);
    return {};
  }

  std::string_view rule_, base_;
  std::u32string text_;
  std::ptrdiff_t at_ = 0;
  IgnorePattern pattern_;
};

namespace {

// Does the rest of a rule match the rest of a path? What was asked once is remembered where two "**" would otherwise
// ask it again and again.
class Matching {
 public:
  Matching(const std::vector<IgnorePattern::Token>& tokens, const std::vector<IgnorePattern::Set>& sets,
           std::u32string_view text)
      : tokens_(tokens), sets_(sets), text_(text) {
    const auto doubles = std::ranges::count(tokens, IgnorePattern::Kind::double_star, &IgnorePattern::Token::kind);
    const std::size_t questions = tokens.size() * (text.size() + 1);
    if (doubles > 1 && questions <= kMostRemembered) answers_.assign(questions, Answer::unknown);
  }

  bool run() { return ask(0, 0) == Answer::match; }

 private:
  using Kind = IgnorePattern::Kind;
  using Token = IgnorePattern::Token;
  // ended: the path did, before the rule; no other place for a star can help. crossed: a "*" came to a slash, and only
  // a "**" before it can help.
  enum class Answer : unsigned char { unknown, match, differs, ended, crossed };
  static constexpr std::size_t kMostRemembered = 1 << 22;

  Answer ask(std::size_t token, std::size_t from) {
    if (token >= tokens_.size() || answers_.empty()) return find(token, from);
    const std::size_t question = token * (text_.size() + 1) + from;
    if (answers_[question] == Answer::unknown) {
      const Answer found = find(token, from);
      answers_[question] = found;
    }
    return answers_[question];
  }

  Answer find(std::size_t index, std::size_t from) {
    const auto first = static_cast<std::ptrdiff_t>(from), end = std::ssize(text_);
    std::ptrdiff_t at = first;
    const auto peek = [&] { return at >= first && at < end ? text_[static_cast<std::size_t>(at)] : char32_t{0}; };
    for (; index < tokens_.size(); ++index) {
      const Token& token = tokens_[index];
      if (token.kind == Kind::star || token.kind == Kind::double_star) {
        const bool leads_to_slash = index + 1 < tokens_.size() && tokens_[index + 1].kind == Kind::slash;
        if (token.kind == Kind::double_star || !leads_to_slash) return find_star(index, static_cast<std::size_t>(at));
        const std::size_t slash = text_.find('/', static_cast<std::size_t>(at));
        if (slash == kNoWhere) return Answer::differs;
        at = static_cast<std::ptrdiff_t>(slash) - 1;  // before `first` when there is nothing for the star: no match
      } else if (at >= end) {
        return Answer::ended;
      } else if (!matches(token, peek())) {
        return Answer::differs;
      }
      if (peek() != 0) ++at;
    }
    return at >= end ? Answer::match : Answer::differs;
  }

  Answer find_star(std::size_t index, std::size_t at) {
    const bool doubled = tokens_[index].kind == Kind::double_star;
    if (index + 1 == tokens_.size()) {
      return !doubled && text_.find('/', at) != kNoWhere ? Answer::differs : Answer::match;
    }
    if (doubled && index + 2 < tokens_.size() && tokens_[index + 1].kind == Kind::slash &&
        ask(index + 2, at) == Answer::match) {
      return Answer::match;
    }
    char32_t passed = at < text_.size() ? text_[at] : 0;  // the rune here, and later the one before
    for (; at < text_.size(); ++at) {
      const Answer rest = ask(index + 1, at);
      if (rest == Answer::differs) {
        if (!doubled && passed == '/') return Answer::crossed;
      } else if (!doubled || rest != Answer::crossed) {
        return rest;
      }
      passed = text_[at];
    }
    return Answer::ended;
  }

  bool matches(const Token& token, char32_t c) const {
    switch (token.kind) {
      case Kind::rune: return c == token.value;
      case Kind::slash: return c == '/';
      case Kind::any: return c != '/';
      case Kind::set: return matches(sets_[token.value], c);
      case Kind::star:
      case Kind::double_star: break;
    }
    return false;
  }
  static bool matches(const IgnorePattern::Set& set, char32_t c) {
    const bool found =
        std::ranges::any_of(set.ranges, [&](const auto& range) { return c >= range.first && c <= range.last; }) ||
        std::ranges::any_of(set.classes, [&](const auto& is_member) { return is_member(c); });
    return found != set.negated;
  }

  const std::vector<IgnorePattern::Token>& tokens_;
  const std::vector<IgnorePattern::Set>& sets_;
  const std::u32string_view text_;
  std::vector<Answer> answers_;
};

}  // namespace

Result<IgnorePattern> IgnorePattern::parse(std::string_view rule, std::string_view base) {
  if (base.size() > 1 && base.ends_with('/')) base.remove_suffix(1);
  return IgnoreParser(rule, base).run();
}

bool IgnorePattern::leaves_out(std::u32string_view path, bool is_directory) const {
  if (directories_only_ && !is_directory) return negated_;
  return Matching(tokens_, sets_, path).run() != negated_;
}

}  // namespace salvor::snapshot
