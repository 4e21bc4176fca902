#include "backup/wildcard.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

namespace salvor::backup {

namespace {

constexpr std::size_t kMaxPatternBytes = 1024;
constexpr std::int64_t kMaxMachineBytes = 4 << 20;
constexpr std::string_view kSpecial = "*?\\[{";

Error malformed(std::string_view pattern, std::string_view why) {
  return Error(Code::invalid, "wildcard pattern \"" + std::string(pattern) + "\": " + std::string(why));
}

// One character, which may be several bytes.
std::string_view first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return text.substr(0, length);
}

// Characters as members of a regular expression's character class.
std::string class_literal(std::string_view characters) {
  std::string out;
  for (const char c : characters) {
    if (std::string_view("\\[]^-").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// Translates a pattern into a regular expression: same language, linear matching.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern), rest_(pattern) {}

  Result<std::string> run() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '[') {
        TRY(range());
        continue;
      }
      rest_.remove_prefix(1);
      symbol(c);
    }
    // A brace that is left open is closed by the end of the pattern.
    out_.append(depth_, ')');
    return std::move(out_);
  }

 private:
  void symbol(char c) {
    if (c == '*') {
      out_ += ".*";
    } else if (c == '?') {
      out_ += ".";
    } else if (c == '{') {
      out_ += "(?:";
      ++depth_;
    } else if (c == '}' && depth_ > 0) {
      out_ += ")";
      --depth_;
    } else if (c == ',' && depth_ > 0) {
      out_ += "|";
    } else if (c == '\\') {
      // The last character of a pattern escapes nothing and stands for nothing.
      const std::string_view escaped = first_character(rest_);
      out_ += re2::RE2::QuoteMeta(re2::StringPiece(escaped.data(), escaped.size()));
      rest_.remove_prefix(escaped.size());
    } else {
      out_ += re2::RE2::QuoteMeta(re2::StringPiece(&c, 1));
    }
  }

  // "[abc]", "[!abc]", "[a-z]", "[!a-z]": a set of characters or one range, never both.
  Result<> range() {
    rest_.remove_prefix(1);
    const bool negated = rest_.starts_with('!');
    if (negated) rest_.remove_prefix(1);
    const std::string_view low = first_character(rest_);
    std::string set;
    if (rest_.size() > low.size() && rest_[low.size()] == '-') {
      rest_.remove_prefix(low.size() + 1);
      const std::string_view high = first_character(rest_);
      if (high.empty()) return malformed(pattern_, "\"[\" is not closed");
      if (high < low) return malformed(pattern_, "the range ends before it begins");
      rest_.remove_prefix(high.size());
      set = class_literal(low) + "-" + class_literal(high);
    } else {
      set = class_literal(take_set());
    }
    if (!rest_.starts_with(']')) return malformed(pattern_, "\"[\" is not closed");
    rest_.remove_prefix(1);
    if (set.empty()) return malformed(pattern_, "\"[]\" is empty");
    out_ += (negated ? "[^" : "[") + set + "]";
    return {};
  }

  std::string take_set() {
    std::string set;
    while (!rest_.empty() && rest_.front() != ']') {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      set += rest_.front();
      rest_.remove_prefix(1);
    }
    return set;
  }

  const std::string_view pattern_;
  std::string_view rest_;
  std::string out_;
  std::size_t depth_ = 0;
};

}  // namespace

struct Glob::Machine {
  explicit Machine(const std::string& expression, const re2::RE2::Options& options) : regex(expression, options) {}
  re2::RE2 regex;
};

Result<Glob> Glob::compile(std::string_view pattern) {
  if (pattern.size() > kMaxPatternBytes) return malformed(pattern.substr(0, 40), "longer than 1024 characters");
  Glob glob;
  if (pattern.find_first_of(kSpecial) == std::string_view::npos) {
    glob.literal_ = pattern;
    return glob;
  }
  const std::string expression = TRY(Translator(pattern).run());
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kMaxMachineBytes);
  auto machine = std::make_shared<const Machine>(expression, options);
  if (!machine->regex.ok()) return malformed(pattern, machine->regex.error());
  glob.machine_ = std::move(machine);
  return glob;
}

bool Glob::matches(std::string_view name) const {
  if (!machine_) return name == literal_;
  return re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()), machine_->regex);
}

Result<Globs> Globs::compile(const std::vector<std::string>& patterns) {
  Globs globs;
  for (const std::string& pattern : patterns) {
    if (!pattern.empty())
      globs.globs_.push_back(TRY(Glob::compile(pattern).context("the pattern \"" + pattern + "\"")));
  }
  return globs;
}

bool Globs::matches(std::string_view name) const {
  return globs_.empty() ||
         std::any_of(globs_.begin(), globs_.end(), [&](const Glob& one) { return one.matches(name); });
}

bool has_wildcard(std::string_view name) { return name.find_first_of("*?[") != std::string_view::npos; }

Result<> check_namespace_pattern(std::string_view pattern) {
  if (pattern.find_first_of("|()!{},") != std::string_view::npos) {
    return malformed(pattern, "the characters | ( ) ! { } , are not allowed");
  }
  if (pattern.find("**") != std::string_view::npos) return malformed(pattern, "\"**\" is not allowed, use \"*\"");
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == ']') return malformed(pattern, "\"]\" without \"[\"");
    if (pattern[i] != '[') continue;
    const std::size_t close = pattern.find(']', i);
    if (close == std::string_view::npos) return malformed(pattern, "\"[\" is not closed");
    if (close == i + 1) return malformed(pattern, "\"[]\" is empty");
    i = close;
  }
  return {};
}

Result<std::vector<std::string>> expand_namespaces(const std::vector<std::string>& patterns,
                                                   const std::vector<std::string>& live) {
  std::set<std::string> out;
  for (const std::string& pattern : patterns) {
    TRY(check_namespace_pattern(pattern));
    if (!has_wildcard(pattern)) {
      out.insert(pattern);
      continue;
    }
    const Glob glob = TRY(Glob::compile(pattern));
    for (const std::string& name : live) {
      if (glob.matches(name)) out.insert(name);
    }
  }
  return std::vector<std::string>(out.begin(), out.end());
}

}  // namespace salvor::backup
