// The lines of a shared config or credentials file; see shared_config.h.

#include <algorithm>
#include <optional>

#include "s3/shared_config.h"

namespace salvor::s3 {

namespace {

constexpr std::string_view kSpace = " \t\v\f\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool is_comment(std::string_view text) { return text.starts_with('#') || text.starts_with(';'); }

// A comment after a value needs white space before it, so that a secret may contain '#'.
std::string_view without_comment(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (is_comment(text.substr(at)) && (text[at - 1] == ' ' || text[at - 1] == '\t')) return text.substr(0, at);
  }
  return text;
}

std::string_view without_quotes(std::string_view text) {
  const bool quoted = text.size() > 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  if (!quoted) return text;
  const std::string_view inside = text.substr(1, text.size() - 2);
  return inside.find(text.front()) == inside.npos ? inside : text;  // "a" "b" is a command line
}

class Parser {
 public:
  Result<> read_line(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (text.empty()) {
      if (option_) value_ += '\n';  // kept if the value goes on below
      return {};
    }
    if (is_comment(text)) return {};
    const std::size_t indent = line.find_first_not_of(kSpace);
    if (option_ && indent > indent_) {
      value_ += '\n';
      value_ += text;
      return {};
    }
    indent_ = indent;
    end_option();
    return text.starts_with('[') ? begin_section(text) : begin_option(text);
  }

  Sections take() {
    end_option();
    return std::move(sections_);
  }

  ~Parser() { os::wipe(value_); }

 private:
  Result<> begin_section(std::string_view text) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return Error(Code::invalid, "a section without its ']'");
    const std::string_view rest = trimmed(text.substr(end + 1));
    if (!rest.empty() && !is_comment(rest)) return Error(Code::invalid, "text after a section's ']'");
    const std::string_view name = trimmed(text.substr(1, end - 1));
    if (name.empty()) return Error(Code::invalid, "a section without a name");
    section_ = &sections_[std::string(name)];
    return {};
  }

  Result<> begin_option(std::string_view text) {
    const std::size_t separator = text.find_first_of("=:");
    if (separator == text.npos) return Error(Code::invalid, "neither a section nor NAME = VALUE");
    const std::string_view name = trimmed(text.substr(0, separator));
    if (name.empty()) return Error(Code::invalid, "a value without a name");
    option_ = lower_case(name);
    value_ = without_quotes(trimmed(without_comment(text.substr(separator)).substr(1)));
    return {};
  }

  void end_option() {
    if (option_ && section_) {
      while (!value_.empty() && kSpace.find(value_.back()) != kSpace.npos) value_.pop_back();
      section_->insert_or_assign(*option_, os::Secret(value_));
    }
    option_.reset();
    os::wipe(value_);
  }

  Sections sections_;
  Settings* section_ = nullptr;
  std::optional<std::string> option_;
  std::string value_;
  std::size_t indent_ = 0;
};

}  // namespace

Result<Sections> parse_config_sections(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Parser parser;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (Result<> read = parser.read_line(text.substr(0, end)); !read.ok()) {
      return std::move(read).error().context("line " + std::to_string(number));
    }
    text.remove_prefix(std::min(text.size(), end + (text.substr(end).starts_with("\r\n") ? 2 : 1)));
  }
  return parser.take();
}

std::string setting(const Settings& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found == settings.end() ? "" : std::string(found->second.reveal());
}

std::string nested_setting(const Settings& settings, std::string_view block, std::string_view name) {
  const auto found = settings.find(block);
  if (found == settings.end() || !found->second.reveal().starts_with('\n')) return {};
  std::string value;
  for (std::string_view rest = found->second.reveal().substr(1); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    const std::size_t equals = line.find('=');
    if (equals != line.npos && lower_case(trimmed(line.substr(0, equals))) == name) {
      value = trimmed(line.substr(equals + 1));
    }
  }
  return value;
}

}  // namespace salvor::s3
