#include "codec/json_list.h"

#include <nlohmann/json.hpp>
#include <set>

#include "codec/json.h"
#include "codec/json_scan.h"

namespace salvor::codec {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string text_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

// The list's skeleton is read byte by byte; items, which are nearly all of the text, go through the BracketScanner.
struct JsonListReader::State {
  enum class At {
    list,               // before '{'
    first_key_or_end,   // after '{'
    key,                // after ',' in the list
    inside_key,         //
    colon,              //
    value,              // before a member's value
    inside_brackets,    // in a member that is an object or array
    inside_string,      // in a member that is a string
    inside_word,        // in a member that is a number or literal
    comma_or_end,       // after a member
    first_item_or_end,  // after '[' of items
    item,               // after ',' in items
    inside_item,        //
    item_comma_or_end,  // after an item
    end,                // after '}'
  };

  ItemSink sink;
  std::size_t limit;
  At at = At::list;
  BracketScanner brackets;
  bool escaped = false;  // the next byte of a key or string follows a backslash
  std::string held;      // the beginning of what is being read, from earlier pieces
  std::string key;       // raw, with its quotes
  std::size_t members_size = 0;
  std::uint64_t bytes_before = 0;  // of earlier pieces
  bool has_items = false;
  std::set<std::string> members;
  JsonListHead head;

  State(ItemSink item_sink, std::size_t max) : sink(std::move(item_sink)), limit(max) {}

  Result<> feed(std::string_view piece);
  Result<> skeleton(char c, std::size_t position);
  Result<std::size_t> inside(std::string_view rest, std::size_t position);
  Result<> complete(std::string_view text, std::size_t position);
  Result<> begin_value(char c, std::size_t position);
  void learn(const std::string& member, const Json& value);
  std::size_t scan(std::string_view rest, bool& ended);
  std::size_t scan_string(std::string_view rest, bool& ended);
  bool is_inside() const;
  Error wrong(std::size_t position, std::string_view expected) const;
};

bool JsonListReader::State::is_inside() const {
  return at == At::inside_item || at == At::inside_key || at == At::inside_brackets || at == At::inside_string ||
         at == At::inside_word;
}

Error JsonListReader::State::wrong(std::size_t position, std::string_view expected) const {
  return Error(Code::invalid, "not a list of objects: expected " + std::string(expected) + " at byte " +
                                  std::to_string(bytes_before + position));
}

Result<> JsonListReader::State::feed(std::string_view piece) {
  std::size_t position = 0;
  while (position < piece.size()) {
    if (is_inside()) {
      position += TRY(inside(piece.substr(position), position));
    } else if (is_space(piece[position])) {
      ++position;
    } else {
      // The byte that begins a key, value or item is left for `inside`.
      TRY(skeleton(piece[position], position));
      if (!is_inside()) ++position;
    }
  }
  bytes_before += piece.size();
  return {};
}

// One byte of punctuation between keys, values and items.
Result<> JsonListReader::State::skeleton(char c, std::size_t position) {
  switch (at) {
    case At::list:
      if (c != '{') return wrong(position, "'{'");
      at = At::first_key_or_end;
      return {};
    case At::first_key_or_end:
    case At::key:
      if (c == '}' && at == At::first_key_or_end) {
        at = At::end;
      } else if (c == '"') {
        at = At::inside_key;
      } else {
        return wrong(position, "a member's name");
      }
      return {};
    case At::colon:
      if (c != ':') return wrong(position, "':'");
      at = At::value;
      return {};
    case At::value: return begin_value(c, position);
    case At::comma_or_end:
      if (c != ',' && c != '}') return wrong(position, "',' or '}'");
      at = c == ',' ? At::key : At::end;
      return {};
    case At::first_item_or_end:
    case At::item:
      if (c == ']' && at == At::first_item_or_end) {
        at = At::comma_or_end;
      } else if (c == '{') {
        brackets.restart();
        at = At::inside_item;
      } else {
        return wrong(position, "an object");
      }
      return {};
    case At::item_comma_or_end:
      if (c != ',' && c != ']') return wrong(position, "',' or ']'");
      at = c == ',' ? At::item : At::comma_or_end;
      return {};
    default: return wrong(position, "the end");
  }
}

Result<> JsonListReader::State::begin_value(char c, std::size_t position) {
  if (key == "\"items\"") {
    if (has_items) return wrong(position, "\"items\" only once");
    has_items = true;
    if (c == '[') {
      at = At::first_item_or_end;
      return {};
    }
    if (c != 'n') return wrong(position, "an array of items");  // Go writes null for an empty one
  }
  if (c == '{' || c == '[') {
    brackets.restart();
    at = At::inside_brackets;
  } else if (c == '"') {
    at = At::inside_string;
  } else if (c == ',' || c == '}' || c == ']' || c == ':') {
    return wrong(position, "a value");
  } else {
    at = At::inside_word;
  }
  return {};
}

// Consumes what `rest` holds of the current key, value or item; passes it on when it ends there.
Result<std::size_t> JsonListReader::State::inside(std::string_view rest, std::size_t position) {
  bool ended = false;
  const std::size_t taken = scan(rest, ended);
  if (held.size() + taken > limit) {
    return Error(Code::invalid, "an item or member of the list is larger than " + std::to_string(limit) + " bytes");
  }
  if (!ended) {
    held.append(rest.substr(0, taken));
  } else if (held.empty()) {
    TRY(complete(rest.substr(0, taken), position));
  } else {
    held.append(rest.substr(0, taken));
    TRY(complete(held, position));
    held.clear();
    if (held.capacity() > (1 << 20)) held.shrink_to_fit();  // one huge item is no reason to keep its buffer
  }
  return taken;
}

std::size_t JsonListReader::State::scan(std::string_view rest, bool& ended) {
  switch (at) {
    case At::inside_item:
    case At::inside_brackets: {
      const std::size_t taken = brackets.scan(rest);
      ended = brackets.done();
      return taken;
    }
    case At::inside_word: {
      const std::size_t stop = rest.find_first_of(",}] \n\r\t");
      ended = stop != rest.npos;
      return ended ? stop : rest.size();
    }
    default: return scan_string(rest, ended);
  }
}

std::size_t JsonListReader::State::scan_string(std::string_view rest, bool& ended) {
  for (std::size_t i = held.empty() ? 1 : 0; i < rest.size(); ++i) {
    if (escaped) {
      escaped = false;
    } else if (rest[i] == '\\') {
      escaped = true;
    } else if (rest[i] == '"') {
      ended = true;
      return i + 1;
    }
  }
  return rest.size();
}

Result<> JsonListReader::State::complete(std::string_view text, std::size_t position) {
  if (at == At::inside_item) {
    at = At::item_comma_or_end;
    return sink(text);
  }
  if (at == At::inside_key) {
    at = At::colon;
    key = text;
    return {};
  }
  at = At::comma_or_end;
  members_size += key.size() + text.size();
  if (members_size > limit) {
    return Error(Code::invalid, "the list's own members are larger than " + std::to_string(limit) + " bytes");
  }
  const Json name = TRY(parse_json(key).context("the name of a list's member"));
  const Json value = TRY(parse_json(text).context("a member of the list"));
  if (name == "items" && !value.is_null()) return wrong(position, "the name \"items\" without escapes");
  if (!members.insert(name.get<std::string>()).second) return wrong(position, "each member only once");
  learn(name.get<std::string>(), value);
  return {};
}

void JsonListReader::State::learn(const std::string& member, const Json& value) {
  if (member == "apiVersion" && value.is_string()) head.api_version = value.get<std::string>();
  if (member == "kind" && value.is_string()) head.kind = value.get<std::string>();
  if (member != "metadata" || !value.is_object()) return;
  head.resource_version = text_member(value, "resourceVersion");
  head.continue_token = text_member(value, "continue");
  const auto remaining = value.find("remainingItemCount");
  if (remaining != value.end() && remaining->is_number_integer()) {
    head.remaining_item_count = remaining->get<std::int64_t>();
  }
}

JsonListReader::JsonListReader(ItemSink sink, std::size_t max_item_bytes)
    : state_(std::make_unique<State>(std::move(sink), max_item_bytes)) {}
JsonListReader::~JsonListReader() = default;

Result<> JsonListReader::feed(std::string_view piece) { return state_->feed(piece); }

Result<JsonListHead> JsonListReader::finish() {
  if (state_->at != State::At::end) {
    return Error(Code::corrupt, "the list ends early, after " + std::to_string(state_->bytes_before) + " bytes");
  }
  if (!state_->has_items) return Error(Code::invalid, "not a list of objects: it has no \"items\"");
  return state_->head;
}

const JsonListHead& JsonListReader::head() const { return state_->head; }

}  // namespace salvor::codec
