// Texts into values, with velero's reading of each form.
#include "cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/text.h"

namespace salvor::cli {

namespace {

Error invalid(std::string message) { return Error(Code::invalid, std::move(message)); }

// The spellings of Go's strconv.ParseBool.
Result<bool> parse_bool(std::string_view text) {
  for (std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return invalid("\"" + escape_controls(text) + "\" is neither true nor false");
}

// The field at `at`, which is left behind it. A field that begins with a quote ends at the next single quote and may
// hold commas; a doubled quote in it stands for one.
Result<std::string> read_field(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '"') {
    const std::size_t begin = std::exchange(at, std::min(text.find(',', at), text.size()));
    const std::string_view field = text.substr(begin, at - begin);
    if (field.find('"') != std::string_view::npos) return invalid("a quote stands inside an unquoted entry");
    return std::string(field);
  }
  std::string field;
  for (++at; at < text.size(); ++at) {
    if (text[at] != '"') {
      field += text[at];
    } else if (text.substr(at + 1).starts_with('"')) {
      field += '"';
      ++at;
    } else {
      ++at;
      if (at < text.size() && text[at] != ',') return invalid("text follows a closing quote");
      return field;
    }
  }
  return invalid("a quote is not closed");
}

// Fields divided by commas, as the CSV reader behind velero's maps reads them.
Result<StringList> split_csv(std::string_view text) {
  StringList fields;
  for (std::size_t at = 0;; ++at) {
    fields.push_back(TRY(read_field(text, at)));
    if (at >= text.size()) return fields;
  }
}

Result<Value> parse_map(std::string_view text, char divider, std::string_view form) {
  StringMap map;
  for (const std::string& field : TRY(split_csv(text))) {
    const std::size_t at = field.find(divider);
    if (at == std::string::npos) {
      return invalid("\"" + escape_controls(field) + "\" is not of the form " + std::string(form));
    }
    map[field.substr(0, at)] = field.substr(at + 1);
  }
  return Value(std::move(map));
}

// Velero splits at commas and keeps what is between, spaces and empty pieces included.
Value split_list(std::string_view text) {
  StringList list;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    list.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return list;
}

Result<Value> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) {
    return invalid("\"" + escape_controls(text) + "\" is not a whole number from 0 on");
  }
  return Value(number);
}

Result<Value> parse_choice(const Flag& flag, std::string_view text) {
  std::string all;
  for (std::string_view choice : flag.choices) {
    if (choice == text) return Value(std::string(text));
    all += (all.empty() ? "" : ", ") + std::string(choice);
  }
  return invalid("\"" + escape_controls(text) + "\" is not one of " + all);
}

Value empty_value(ValueKind kind) {
  switch (kind) {
    case ValueKind::flag: return false;
    case ValueKind::optional_bool: return std::optional<bool>();
    case ValueKind::list:
    case ValueKind::items: return StringList();
    case ValueKind::map:
    case ValueKind::colons: return StringMap();
    case ValueKind::duration: return Duration::zero();
    case ValueKind::integer: return std::int64_t{0};
    case ValueKind::text:
    case ValueKind::path:
    case ValueKind::choice: return std::string();
  }
  return std::string();
}

}  // namespace

Result<Value> convert(const Flag& flag, std::string_view text) {
  switch (flag.kind) {
    case ValueKind::flag: return Value(TRY(parse_bool(text)));
    case ValueKind::optional_bool:
      if (text.empty()) return Value(std::optional<bool>());
      return Value(std::optional<bool>(TRY(parse_bool(text))));
    case ValueKind::text:
    case ValueKind::path: return Value(std::string(text));
    case ValueKind::list:
    case ValueKind::items: return split_list(text);
    case ValueKind::map: return parse_map(text, '=', "KEY=VALUE");
    case ValueKind::colons: return parse_map(text, ':', "OLD:NEW");
    case ValueKind::duration: return Value(TRY(parse_duration(text)));
    case ValueKind::integer: return parse_integer(text);
    case ValueKind::choice: return parse_choice(flag, text);
  }
  return Error(Code::internal, "a flag of an unknown kind");
}

Value initial_value(const Flag& flag) {
  if (flag.initial.empty()) return empty_value(flag.kind);
  Result<Value> value = convert(flag, flag.initial);
  CHECK(value.ok());
  return std::move(value).value();
}

void Arguments::set(const Flag& flag, Value value, bool given) {
  values_.insert_or_assign(std::string(flag.name), std::move(value));
  given_[std::string(flag.name)] = given;
}

bool Arguments::given(std::string_view name) const {
  const auto found = given_.find(name);
  return found != given_.end() && found->second;
}

const Value& Arguments::value(std::string_view name) const {
  const auto found = values_.find(name);
  CHECK(found != values_.end());
  return found->second;
}

const std::string& Arguments::text(std::string_view name) const { return std::get<std::string>(value(name)); }
bool Arguments::flag(std::string_view name) const { return std::get<bool>(value(name)); }
std::optional<bool> Arguments::optional_bool(std::string_view name) const {
  return std::get<std::optional<bool>>(value(name));
}
const StringList& Arguments::list(std::string_view name) const { return std::get<StringList>(value(name)); }
const StringMap& Arguments::map(std::string_view name) const { return std::get<StringMap>(value(name)); }
Duration Arguments::duration(std::string_view name) const { return std::get<Duration>(value(name)); }
std::int64_t Arguments::integer(std::string_view name) const { return std::get<std::int64_t>(value(name)); }

}  // namespace salvor::cli
