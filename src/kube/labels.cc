#include "kube/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace salvor::kube {

namespace {

constexpr std::size_t kMaxNameLength = 63;
constexpr std::size_t kMaxPrefixLength = 253;

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

// Letters, digits, '-', '_' and '.', with a letter or digit at both ends.
bool is_qualified_name(std::string_view text) {
  return !text.empty() && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_dns_label(std::string_view text) {
  return !text.empty() && is_lower_alnum(text.front()) && is_lower_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_alnum(c) || c == '-'; });
}

bool is_dns_subdomain(std::string_view text) {
  if (text.size() > kMaxPrefixLength) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_dns_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool takes_one_value(LabelOperator op) {
  return op == LabelOperator::equals || op == LabelOperator::not_equals || op == LabelOperator::greater_than ||
         op == LabelOperator::less_than;
}

// A requirement that the server would accept, with its values in order.
Result<LabelRequirement> make_requirement(std::string key, LabelOperator op, std::vector<std::string> values) {
  TRY(check_label_key(key));
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  const auto invalid = [&](std::string_view problem) {
    return Error(Code::invalid, fmt::format("label selector for key \"{}\": {}", key, problem));
  };
  if (takes_one_value(op) && values.size() != 1) return invalid("exactly one value is needed");
  if ((op == LabelOperator::in || op == LabelOperator::not_in) && values.empty()) {
    return invalid("\"in\" and \"notin\" need at least one value");
  }
  if ((op == LabelOperator::exists || op == LabelOperator::does_not_exist) && !values.empty()) {
    return invalid("a test for existence takes no values");
  }
  for (const std::string& value : values) {
    TRY(check_label_value(value).context(fmt::format("label selector for key \"{}\"", key)));
    if ((op == LabelOperator::greater_than || op == LabelOperator::less_than) && !to_integer(value)) {
      return invalid("comparisons need an integer");
    }
  }
  return LabelRequirement{std::move(key), op, std::move(values)};
}

void sort_by_key(LabelSelector& selector) {
  std::stable_sort(selector.requirements.begin(), selector.requirements.end(),
                   [](const LabelRequirement& a, const LabelRequirement& b) { return a.key < b.key; });
}

// Tokens of the query syntax. "in" and "notin" are words like any other where a key or value is expected.
enum class Token { end, word, comma, open, close, bang, equals, double_equals, not_equals, greater, less, unknown };

struct Lexeme {
  Token token = Token::end;
  std::string_view text;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) { advance(); }
  const Lexeme& look() const { return next_; }
  Lexeme take() {
    const Lexeme taken = next_;
    advance();
    return taken;
  }

 private:
  static constexpr std::string_view kSymbols = "=!(),><";
  static constexpr std::string_view kSpaces = " \t\r\n";

  void advance() {
    const std::size_t start = rest_.find_first_not_of(kSpaces);
    rest_ = start == std::string_view::npos ? std::string_view() : rest_.substr(start);
    if (rest_.empty()) {
      next_ = {Token::end, ""};
    } else if (kSymbols.find(rest_.front()) != std::string_view::npos) {
      next_ = symbol();
    } else {
      const std::size_t end = rest_.find_first_of("=!(),>< \t\r\n");
      next_ = cut(Token::word, std::min(end, rest_.size()));
    }
  }
  Lexeme cut(Token token, std::size_t length) {
    const Lexeme lexeme{token, rest_.substr(0, length)};
    rest_.remove_prefix(length);
    return lexeme;
  }
  Lexeme symbol() {
    if (rest_.starts_with("==")) return cut(Token::double_equals, 2);
    if (rest_.starts_with("!=")) return cut(Token::not_equals, 2);
    switch (rest_.front()) {
      case '=': return cut(Token::equals, 1);
      case '!': return cut(Token::bang, 1);
      case '(': return cut(Token::open, 1);
      case ')': return cut(Token::close, 1);
      case ',': return cut(Token::comma, 1);
      case '>': return cut(Token::greater, 1);
      case '<': return cut(Token::less, 1);
      default: return cut(Token::unknown, 1);
    }
  }

  std::string_view rest_;
  Lexeme next_;
};

Error unexpected(const Lexeme& found, std::string_view wanted) {
  const std::string what = found.token == Token::end ? "the end" : fmt::format("\"{}\"", found.text);
  return Error(Code::invalid, fmt::format("label selector: found {} where {} belongs", what, wanted));
}

Result<LabelOperator> read_operator(Lexer& lexer) {
  const Lexeme found = lexer.take();
  switch (found.token) {
    case Token::equals:
    case Token::double_equals: return LabelOperator::equals;
    case Token::not_equals: return LabelOperator::not_equals;
    case Token::greater: return LabelOperator::greater_than;
    case Token::less: return LabelOperator::less_than;
    case Token::word:
      if (found.text == "in") return LabelOperator::in;
      if (found.text == "notin") return LabelOperator::not_in;
      break;
    default: break;
  }
  return unexpected(found, "one of = == != in notin > <");
}

// "(a,b)". Empty places are empty values: "()" and "(,)" hold one, "(a,)" holds a and "".
Result<std::vector<std::string>> read_value_list(Lexer& lexer) {
  const Lexeme open = lexer.take();
  if (open.token != Token::open) return unexpected(open, "\"(\"");
  std::vector<std::string> values;
  while (true) {
    values.emplace_back(lexer.look().token == Token::word ? lexer.take().text : std::string_view());
    const Lexeme after = lexer.take();
    if (after.token == Token::close) return values;
    if (after.token != Token::comma) return unexpected(after, "\",\" or \")\"");
  }
}

Result<std::vector<std::string>> read_values(Lexer& lexer, LabelOperator op) {
  if (op == LabelOperator::in || op == LabelOperator::not_in) return read_value_list(lexer);
  if (lexer.look().token == Token::end || lexer.look().token == Token::comma) return std::vector<std::string>{""};
  const Lexeme value = lexer.take();
  if (value.token != Token::word) return unexpected(value, "a value");
  return std::vector<std::string>{std::string(value.text)};
}

Result<LabelRequirement> read_requirement(Lexer& lexer) {
  const bool negated = lexer.look().token == Token::bang;
  if (negated) lexer.take();
  const Lexeme key = lexer.take();
  if (key.token != Token::word) return unexpected(key, "a key");
  const bool alone = lexer.look().token == Token::end || lexer.look().token == Token::comma;
  if (negated || alone) {
    return make_requirement(std::string(key.text), negated ? LabelOperator::does_not_exist : LabelOperator::exists, {});
  }
  const LabelOperator op = TRY(read_operator(lexer));
  return make_requirement(std::string(key.text), op, TRY(read_values(lexer, op)));
}

std::string join(const std::vector<std::string>& values) { return fmt::format("{}", fmt::join(values, ",")); }

std::string to_string(const LabelRequirement& requirement) {
  const std::string& key = requirement.key;
  const std::string values = join(requirement.values);
  switch (requirement.op) {
    case LabelOperator::equals: return key + "=" + values;
    case LabelOperator::not_equals: return key + "!=" + values;
    case LabelOperator::in: return key + " in (" + values + ")";
    case LabelOperator::not_in: return key + " notin (" + values + ")";
    case LabelOperator::exists: return key;
    case LabelOperator::does_not_exist: return "!" + key;
    case LabelOperator::greater_than: return key + ">" + values;
    case LabelOperator::less_than: return key + "<" + values;
  }
  return {};
}

Result<std::string> text_field(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_string()) {
    return Error(Code::invalid, fmt::format("label selector: matchExpressions need \"{}\" as a string", field));
  }
  return found->get<std::string>();
}

Result<LabelRequirement> requirement_from_json(const Json& expression) {
  if (!expression.is_object()) return Error(Code::invalid, "label selector: a match expression is not an object");
  std::string key = TRY(text_field(expression, "key"));
  const std::string name = TRY(text_field(expression, "operator"));
  std::vector<std::string> values;
  if (const auto list = expression.find("values"); list != expression.end() && !list->is_null()) {
    if (!list->is_array()) return Error(Code::invalid, "label selector: \"values\" is not a list");
    for (const Json& value : *list) {
      if (!value.is_string()) return Error(Code::invalid, "label selector: a value is not a string");
      values.push_back(value.get<std::string>());
    }
  }
  if (name == "In") return make_requirement(std::move(key), LabelOperator::in, std::move(values));
  if (name == "NotIn") return make_requirement(std::move(key), LabelOperator::not_in, std::move(values));
  if (name == "Exists") return make_requirement(std::move(key), LabelOperator::exists, std::move(values));
  if (name == "DoesNotExist") return make_requirement(std::move(key), LabelOperator::does_not_exist, std::move(values));
  return Error(Code::invalid,
               fmt::format("label selector: operator \"{}\" is none of In, NotIn, Exists, DoesNotExist", name));
}

Result<> add_match_labels(const Json& match_labels, LabelSelector& selector) {
  if (match_labels.is_null()) return {};
  if (!match_labels.is_object()) return Error(Code::invalid, "label selector: matchLabels is not an object");
  for (const auto& [key, value] : match_labels.items()) {
    if (!value.is_string()) return Error(Code::invalid, "label selector: the value of \"" + key + "\" is not a string");
    selector.requirements.push_back(TRY(make_requirement(key, LabelOperator::equals, {value.get<std::string>()})));
  }
  return {};
}

Result<Json> requirement_to_json(const LabelRequirement& requirement) {
  const char* name = "";
  switch (requirement.op) {
    case LabelOperator::equals:
    case LabelOperator::in: name = "In"; break;
    case LabelOperator::not_equals:
    case LabelOperator::not_in: name = "NotIn"; break;
    case LabelOperator::exists: name = "Exists"; break;
    case LabelOperator::does_not_exist: name = "DoesNotExist"; break;
    case LabelOperator::greater_than:
    case LabelOperator::less_than:
      return Error(Code::invalid,
                   fmt::format("label selector \"{}\": \">\" and \"<\" are not possible here", to_string(requirement)));
  }
  Json out{{"key", requirement.key}, {"operator", name}};
  if (!requirement.values.empty()) out["values"] = requirement.values;
  return out;
}

}  // namespace

const std::string* find_label(const Labels& labels, std::string_view key) {
  const auto found = std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == key; });
  return found == labels.end() ? nullptr : &found->second;
}

bool LabelRequirement::matches(const Labels& labels) const {
  const std::string* value = find_label(labels, key);
  const auto listed = [&] { return std::find(values.begin(), values.end(), *value) != values.end(); };
  switch (op) {
    case LabelOperator::equals:
    case LabelOperator::in: return value != nullptr && listed();
    case LabelOperator::not_equals:
    case LabelOperator::not_in: return value == nullptr || !listed();
    case LabelOperator::exists: return value != nullptr;
    case LabelOperator::does_not_exist: return value == nullptr;
    case LabelOperator::greater_than:
    case LabelOperator::less_than: break;
  }
  if (value == nullptr || values.size() != 1) return false;
  const std::optional<std::int64_t> have = to_integer(*value);
  const std::optional<std::int64_t> bound = to_integer(values.front());
  if (!have || !bound) return false;
  return op == LabelOperator::greater_than ? *have > *bound : *have < *bound;
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::all_of(requirements.begin(), requirements.end(),
                     [&](const LabelRequirement& requirement) { return requirement.matches(labels); });
}

Result<LabelSelector> parse_label_selector(std::string_view text) {
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return Error(Code::invalid, "label selector: holds a NUL character");
  }
  Lexer lexer(text);
  LabelSelector selector;
  if (lexer.look().token == Token::end) return selector;
  while (true) {
    selector.requirements.push_back(TRY(read_requirement(lexer)));
    const Lexeme after = lexer.take();
    if (after.token == Token::end) break;
    if (after.token != Token::comma) return unexpected(after, "\",\" or the end");
  }
  sort_by_key(selector);
  return selector;
}

std::string to_string(const LabelSelector& selector) {
  std::string out;
  for (const LabelRequirement& requirement : selector.requirements) {
    if (!out.empty()) out += ",";
    out += to_string(requirement);
  }
  return out;
}

Result<LabelSelector> label_selector_from_json(const Json& json) {
  if (!json.is_object()) return Error(Code::invalid, "label selector: not an object");
  for (const auto& [field, value] : json.items()) {
    if (field != "matchLabels" && field != "matchExpressions") {
      return Error(Code::invalid, "label selector: unknown field \"" + field + "\"");
    }
  }
  LabelSelector selector;
  TRY(add_match_labels(json.value("matchLabels", Json()), selector));
  const Json expressions = json.value("matchExpressions", Json());
  if (!expressions.is_array() && !expressions.is_null()) {
    return Error(Code::invalid, "label selector: matchExpressions is not a list");
  }
  for (const Json& expression : expressions) selector.requirements.push_back(TRY(requirement_from_json(expression)));
  sort_by_key(selector);
  return selector;
}

Result<Json> label_selector_to_json(const LabelSelector& selector) {
  Json match_labels = Json::object();
  Json expressions = Json::array();
  for (const LabelRequirement& requirement : selector.requirements) {
    if (requirement.op == LabelOperator::equals && !match_labels.contains(requirement.key)) {
      match_labels[requirement.key] = requirement.values.front();
    } else {
      expressions.push_back(TRY(requirement_to_json(requirement)));
    }
  }
  Json out = Json::object();
  if (!match_labels.empty()) out["matchLabels"] = std::move(match_labels);
  if (!expressions.empty()) out["matchExpressions"] = std::move(expressions);
  return out;
}

Result<> check_label_key(std::string_view key) {
  const auto invalid = [&](std::string_view rule) {
    return Error(Code::invalid, fmt::format("label key \"{}\": {}", key, rule));
  };
  std::string_view name = key;
  if (const std::size_t slash = key.find('/'); slash != std::string_view::npos) {
    if (!is_dns_subdomain(key.substr(0, slash))) return invalid("the part before \"/\" must be a DNS name");
    name = key.substr(slash + 1);
  }
  if (name.size() > kMaxNameLength) return invalid("a name has at most 63 characters");
  if (!is_qualified_name(name)) {
    return invalid("a name consists of letters, digits, '-', '_' and '.', and begins and ends with a letter or digit");
  }
  return {};
}

Result<> check_label_value(std::string_view value) {
  if (value.size() > kMaxNameLength) {
    return Error(Code::invalid, fmt::format("label value \"{}\": at most 63 characters are allowed", value));
  }
  if (!value.empty() && !is_qualified_name(value)) {
    return Error(Code::invalid, fmt::format("label value \"{}\": letters, digits, '-', '_' and '.' are allowed, with a "
                                            "letter or digit at both ends",
                                            value));
  }
  return {};
}

}  // namespace salvor::kube
