// Reading: yaml-cpp delivers events, and a document of JSON grows on a stack of open containers. Limits are checked at
// each event, so nothing larger than they allow is ever built.

#include "codec/yaml.h"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unordered_map>

#include "codec/base64.h"
#include "codec/utf8.h"
#include "codec/yaml_scalar.h"

namespace salvor::codec {

namespace {

using Kind = YamlScalar::Kind;
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

// Ends yaml-cpp's parse; never leaves this file.
struct Refused {
  YAML::Mark mark;
  std::string why;
};

Error error_at(const YAML::Mark& mark, std::string_view why) {
  std::string place;
  if (!mark.is_null()) {
    place = "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ": ";
  }
  return Error(Code::invalid, "not YAML: " + place + std::string(why));
}

// As Go prints a float64 in JSON and reads it back: whole numbers become integers.
Json json_of_real(double value, const YAML::Mark& mark) {
  if (!std::isfinite(value)) throw Refused{mark, "infinity and not-a-number have no form in JSON"};
  if (std::trunc(value) == value && std::abs(value) < 9.2e18) return static_cast<std::int64_t>(value);
  if (std::trunc(value) == value && value > 0 && value < 1.8e19) return static_cast<std::uint64_t>(value);
  return value;
}

// The text go-yaml gives a number that is used as a key.
std::string text_of_real(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, static_cast<float>(value)).ptr;
  return std::string(text, end);
}

// yaml-cpp 0.7 makes single bytes, 0x85 and 0xA0, of the escapes "\N" and "\_". All else in its text is whole UTF-8
// sequences, so such a byte where a sequence should begin can be nothing else.
std::string with_escapes_repaired(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead == 0x85 || lead == 0xA0) {
      out += {'\xC2', text[i++]};
      continue;
    }
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    out += text.substr(i, size);
    i += size;
  }
  return out;
}

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const YamlLimits& limits) : limits_(limits) {}

  // The document just read; null when it was empty.
  Json take_document() {
    anchors_.clear();
    return std::exchange(root_, Json());
  }

  // After some malformed documents yaml-cpp reads on without end, each time an empty one at the same place.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos <= last_start_) throw Refused{mark, "what follows is not understood"};
    last_start_ = mark.pos;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) throw Refused{mark, "null cannot be a key"};
    add(Json(), anchor, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{mark, "an alias inside of what it names"};
    count(found->second.values, mark);
    if (expects_key()) {
      if (!found->second.value.is_string()) throw Refused{mark, "an alias as key must name a string"};
      open_.back().key = found->second.value.get<std::string>();
      open_.back().has_key = true;
      return;
    }
    add(found->second.value, 0, mark, found->second.values);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const std::string value = is_utf8(text) ? text : with_escapes_repaired(text);
    const YamlScalar scalar = resolve(mark, tag, value);
    if (expects_key()) {
      Open& map = open_.back();
      map.merging = scalar.kind == Kind::merge;
      map.key = key_text(scalar, value, mark);
      map.has_key = true;
      if (anchor) anchors_[anchor] = {Json(map.key), 1};
      count(1, mark);
      return;
    }
    add(json_of(scalar, tag, value, mark), anchor, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Json::array(), anchor, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Json::object(), anchor, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Json value;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::string key;
    bool has_key = false;
    bool merging = false;
    std::size_t values = 1;
  };
  struct Anchored {
    Json value;
    std::size_t values = 1;
  };

  bool expects_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().has_key; }

  void count(std::size_t values, const YAML::Mark& mark) {
    values_ += values;
    if (values_ > limits_.max_values) throw Refused{mark, "too many values, or aliases that expand to too many"};
  }

  void open(Json container, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (expects_key()) throw Refused{mark, "a list or map cannot be a key"};
    if (open_.size() >= static_cast<std::size_t>(limits_.max_depth)) {
      throw Refused{mark, "nested deeper than " + std::to_string(limits_.max_depth) + " levels"};
    }
    open_.push_back(Open{std::move(container), anchor, mark, {}, false, false, 1});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.value), done.anchor, done.mark, done.values);
  }

  void add(Json value, YAML::anchor_t anchor, const YAML::Mark& mark, std::size_t values = 1) {
    count(1, mark);
    if (anchor) {
      count(values, mark);  // the copy
      anchors_[anchor] = {value, values};
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    parent.values += values;
    if (parent.value.is_array()) {
      parent.value.push_back(std::move(value));
    } else if (parent.merging) {
      merge(parent.value, value, mark);
    } else {
      parent.value[parent.key] = std::move(value);
    }
    parent.has_key = parent.merging = false;
  }

  // `<<`: a map, or a list of maps of which the first wins. What stands before it in `into` is replaced.
  static void merge(Json& into, const Json& from, const YAML::Mark& mark) {
    if (from.is_object()) {
      into.update(from);
      return;
    }
    if (!from.is_array()) throw Refused{mark, "\"<<\" needs a map or a list of maps"};
    for (auto map = from.rbegin(); map != from.rend(); ++map) {
      if (!map->is_object()) throw Refused{mark, "\"<<\" needs a map or a list of maps"};
      into.update(*map);
    }
  }

  // By the tag: "?" is a plain scalar without one, "!" a quoted one.
  static YamlScalar resolve(const YAML::Mark& mark, const std::string& tag, const std::string& value) {
    if (tag == "?") return resolve_plain_scalar(value);
    if (!tag.starts_with(kTagPrefix)) return {};
    const std::string_view name = std::string_view(tag).substr(kTagPrefix.size());
    YamlScalar scalar = resolve_plain_scalar(value);
    if (name == "float" && scalar.kind == Kind::integer) {
      return {.kind = Kind::real, .real = static_cast<double>(scalar.integer)};
    }
    const bool is_integer = scalar.kind == Kind::integer || scalar.kind == Kind::unsigned_integer;
    if ((name == "int" && !is_integer) || (name == "float" && scalar.kind != Kind::real) ||
        (name == "bool" && scalar.kind != Kind::boolean) || (name == "null" && scalar.kind != Kind::null)) {
      throw Refused{mark, "the value is not of the type that its tag says: !!" + std::string(name)};
    }
    if (name == "int" || name == "float" || name == "bool" || name == "null" || name == "merge") return scalar;
    return {};
  }

  static std::string key_text(const YamlScalar& scalar, const std::string& value, const YAML::Mark& mark) {
    switch (scalar.kind) {
      case Kind::boolean: return scalar.truth ? "true" : "false";
      case Kind::integer: return std::to_string(scalar.integer);
      case Kind::real: return text_of_real(scalar.real);
      case Kind::null:
      case Kind::unsigned_integer: throw Refused{mark, "null and numbers beyond 64 bits cannot be keys"};
      default: return value;
    }
  }

  static Json json_of(const YamlScalar& scalar, const std::string& tag, const std::string& value,
                      const YAML::Mark& mark) {
    switch (scalar.kind) {
      case Kind::null: return nullptr;
      case Kind::boolean: return scalar.truth;
      case Kind::integer: return scalar.integer;
      case Kind::unsigned_integer: return scalar.unsigned_integer;
      case Kind::real: return json_of_real(scalar.real, mark);
      default: break;
    }
    if (tag != std::string(kTagPrefix) + "binary") return value;
    Result<std::string> bytes = decode_base64(value);
    if (!bytes.ok()) throw Refused{mark, "!!binary without base64"};
    return std::move(*bytes);
  }

  const YamlLimits& limits_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::size_t values_ = 0;
  int last_start_ = -1;  // of a document, in bytes
  Json root_;
};

// Takes every value off `values`.
bool keeps_limits(const Json& value, int levels, std::size_t& values) {
  if (values-- == 0) return false;
  if (!value.is_structured()) return true;
  if (levels == 0) return false;
  return std::all_of(value.begin(), value.end(),
                     [&](const Json& item) { return keeps_limits(item, levels - 1, values); });
}

// YAML allows no control characters but tab and line ends. A NUL is more than untidy: yaml-cpp would take the text for
// UTF-16 or UTF-32.
Result<> check_characters(std::string_view text) {
  YAML::Mark mark;
  mark.pos = mark.line = mark.column = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F) {
      return error_at(mark, "control characters are not allowed");
    }
    ++mark.column;
    if (c == '\n') {
      ++mark.line;
      mark.column = 0;
    }
  }
  return {};
}

Result<std::vector<Json>> parse_documents(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error(Code::invalid, "not YAML: larger than " + std::to_string(limits.max_bytes) + " bytes");
  }
  if (!is_utf8(text)) return Error(Code::invalid, "not YAML: it is not UTF-8");
  // JSON is YAML but for what yaml-cpp does not know of it, such as surrogate pairs.
  if (const std::size_t first = text.find_first_not_of(" \t\r\n"); first != text.npos && text[first] == '{') {
    Result<Json> json = parse_json(text);
    std::size_t values = limits.max_values;
    if (json.ok() && keeps_limits(*json, limits.max_depth, values)) return std::vector{std::move(*json)};
  }
  TRY(check_characters(text));
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(limits);
    std::vector<Json> documents;
    while (parser.HandleNextDocument(builder)) documents.push_back(builder.take_document());
    return documents;
  } catch (const Refused& refused) {
    return error_at(refused.mark, refused.why);
  } catch (const YAML::Exception& error) {
    return error_at(error.mark, error.msg);
  }
}

}  // namespace

Result<std::vector<Json>> parse_yaml_stream(std::string_view text, const YamlLimits& limits) {
  std::vector<Json> documents = TRY(parse_documents(text, limits));
  std::erase_if(documents, [](const Json& document) { return document.is_null(); });
  return documents;
}

Result<Json> parse_yaml(std::string_view text, const YamlLimits& limits) {
  std::vector<Json> documents = TRY(parse_yaml_stream(text, limits));
  if (documents.size() > 1) {
    return Error(Code::invalid, "one YAML document expected, found " + std::to_string(documents.size()));
  }
  return documents.empty() ? Json() : std::move(documents.front());
}

}  // namespace salvor::codec
