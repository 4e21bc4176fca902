#include "codec/json.h"

#include <nlohmann/json.hpp>

#include "codec/json_dom.h"

namespace salvor::codec {
namespace {

// Looks only at brackets outside strings, so that a parser that allocates per level never sees a hostile depth.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// nlohmann's sentence without the part that quotes the text: a Secret must not reach a log through a parse error.
// "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ... - invalid literal; last read:
// 'x'"
std::string reason_of(std::string_view what) {
  if (const auto end = what.find("] "); what.starts_with('[') && end != what.npos) what.remove_prefix(end + 2);
  return std::string(what.substr(0, what.find("; last read")));
}

// Larger texts are rare, and simdjson's buffers for them are too.
constexpr std::size_t kMostForDom = 1 << 20;

// The document that nlohmann's parser would have made, three times as fast: it looks at a text byte by byte.
Json document_of(simdjson::dom::element value) {
  using enum simdjson::dom::element_type;
  switch (value.type()) {
    case OBJECT: {
      Json::object_t members;
      const simdjson::dom::object object = value.get_object().value_unsafe();
      for (const auto [key, member] : object) {
        members.insert_or_assign(std::string(key), document_of(member));
      }
      return members;
    }
    case ARRAY: {
      Json::array_t elements;
      const simdjson::dom::array array = value.get_array().value_unsafe();
      elements.reserve(array.size());
      for (const simdjson::dom::element element : array) elements.push_back(document_of(element));
      return elements;
    }
    case STRING: return std::string_view(value.get_string().value_unsafe());
    case BOOL: return value.get_bool().value_unsafe();
    case DOUBLE: return value.get_double().value_unsafe();
    case INT64: {
      const std::int64_t number = value.get_int64().value_unsafe();
      return number < 0 ? Json(number) : Json(static_cast<std::uint64_t>(number));
    }
    case UINT64: return value.get_uint64().value_unsafe();
    default: return nullptr;
  }
}

std::string dump(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (text.size() <= kMostForDom) {
    thread_local JsonDom dom;
    simdjson::dom::element root;
    if (dom.parse_exactly(text, root) == simdjson::SUCCESS) return document_of(root);
  }
  // What simdjson refuses, this refuses with a place and a reason, or holds as a number of another kind.
  if (is_too_deep(text)) {
    return Error(Code::invalid, "not JSON: nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  // nlohmann::json takes a NUL for the end of the text, and would not see what follows.
  if (text.find('\0') != text.npos) return Error(Code::invalid, "not JSON: it has a NUL character");
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    return Error(Code::invalid, "not JSON: " + reason_of(error.what()));
  } catch (const Json::out_of_range&) {  // its message would quote the number
    return Error(Code::invalid, "not JSON: a number is out of range");
  }
}

Result<> check_json(std::string_view text) {
  thread_local JsonDom dom;
  TRY(dom.parse(text));
  return {};
}

std::string dump_json(const Json& value) { return dump(value, -1); }
std::string dump_json_pretty(const Json& value) { return dump(value, 2); }

}  // namespace salvor::codec
