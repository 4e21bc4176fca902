#include "codec/json_stream.h"

#include <nlohmann/json.hpp>
#include <set>

#include "codec/json.h"
#include "codec/json_scan.h"

namespace salvor::codec {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

// The skeleton is read byte by byte; items, which are nearly all of the text, go through the BracketScanner.
struct JsonStreamReader::State {
  enum class At {
    object,             // before '{'
    first_key_or_end,   // after '{'
    key,                // after ',' in the object
    inside_key,         //
    colon,              //
    value,              // before a member's value
    inside_brackets,    // in a member that is an object or array
    inside_string,      // in a member that is a string
    inside_word,        // in a member that is a number or literal
    comma_or_end,       // after a member
    first_item_or_end,  // after '[' of the array
    item,               // after ',' in the array
    inside_item,        //
    item_comma_or_end,  // after an item
    end,                // after '}'
  };

  const Shape shape;
  const std::string array_key;  // raw, as it is written
  const ItemSink items;
  const MemberSink members;
  At at = At::object;
  BracketScanner brackets;
  bool escaped = false;  // the next byte of a key or string follows a backslash
  std::string held;      // the beginning of what is being read, from earlier pieces
  std::string key;       // raw, with its quotes
  std::size_t members_size = 0;
  std::uint64_t bytes_before = 0;  // of earlier pieces
  bool has_array = false;
  std::set<std::string> seen;

  State(Shape the_shape, ItemSink item_sink, MemberSink member_sink)
      : shape(std::move(the_shape)),
        array_key(shape.array.empty() ? "" : '"' + shape.array + '"'),
        items(std::move(item_sink)),
        members(std::move(member_sink)) {}

  Result<> feed(std::string_view piece);
  Result<> skeleton(char c, std::size_t position);
  Result<std::size_t> inside(std::string_view rest, std::size_t position);
  Result<> complete(std::string_view text, std::size_t position);
  Result<> begin_value(char c, std::size_t position);
  Result<> complete_member(std::string_view value, std::size_t position);
  std::size_t scan(std::string_view rest, bool& ended);
  std::size_t scan_string(std::string_view rest, bool& ended);
  bool is_inside() const;
  Error wrong(std::size_t position, std::string_view expected) const;
};

bool JsonStreamReader::State::is_inside() const {
  return at == At::inside_item || at == At::inside_key || at == At::inside_brackets || at == At::inside_string ||
         at == At::inside_word;
}

Error JsonStreamReader::State::wrong(std::size_t position, std::string_view expected) const {
  return Error(Code::invalid, "not " + shape.noun + ": expected " + std::string(expected) + " at byte " +
                                  std::to_string(bytes_before + position));
}

Result<> JsonStreamReader::State::feed(std::string_view piece) {
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
Result<> JsonStreamReader::State::skeleton(char c, std::size_t position) {
  switch (at) {
    case At::object:
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

Result<> JsonStreamReader::State::begin_value(char c, std::size_t position) {
  if (key == array_key) {
    if (has_array) return wrong(position, array_key + " only once");
    has_array = true;
    if (c == '[') {
      at = At::first_item_or_end;
      return {};
    }
    if (c != 'n') return wrong(position, "an array of " + shape.array);  // Go writes null for an empty one
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
Result<std::size_t> JsonStreamReader::State::inside(std::string_view rest, std::size_t position) {
  bool ended = false;
  const std::size_t taken = scan(rest, ended);
  if (held.size() + taken > shape.max_item_bytes) {
    return Error(Code::invalid, "not " + shape.noun + ": an item or member is larger than " +
                                    std::to_string(shape.max_item_bytes) + " bytes");
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

std::size_t JsonStreamReader::State::scan(std::string_view rest, bool& ended) {
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

std::size_t JsonStreamReader::State::scan_string(std::string_view rest, bool& ended) {
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

Result<> JsonStreamReader::State::complete(std::string_view text, std::size_t position) {
  if (at == At::inside_item) {
    at = At::item_comma_or_end;
    return items(text);
  }
  if (at == At::inside_key) {
    at = At::colon;
    key = text;
    return {};
  }
  at = At::comma_or_end;
  return complete_member(text, position);
}

Result<> JsonStreamReader::State::complete_member(std::string_view value, std::size_t position) {
  members_size += key.size() + value.size();
  if (members_size > shape.max_item_bytes) {
    return Error(Code::invalid, "not " + shape.noun + ": its members are larger than " +
                                    std::to_string(shape.max_item_bytes) + " bytes");
  }
  const Json parsed_name = TRY(parse_json(key).context("the name of a member of " + shape.noun));
  const auto name = parsed_name.get<std::string>();
  TRY(check_json(value).context("a member of " + shape.noun));
  if (!array_key.empty() && name == shape.array && value != "null")
    return wrong(position, array_key + " without escapes");
  if (!seen.insert(name).second) return wrong(position, "each member only once");
  return members(name, value);
}

JsonStreamReader::JsonStreamReader(Shape shape, ItemSink items, MemberSink members)
    : state_(std::make_unique<State>(std::move(shape), std::move(items), std::move(members))) {}
JsonStreamReader::~JsonStreamReader() = default;
JsonStreamReader::JsonStreamReader(JsonStreamReader&&) noexcept = default;

Result<> JsonStreamReader::feed(std::string_view piece) { return state_->feed(piece); }

Result<> JsonStreamReader::finish() {
  if (state_->at == State::At::end) return {};
  return Error(Code::corrupt,
               state_->shape.noun + " ends early, after " + std::to_string(state_->bytes_before) + " bytes");
}

bool JsonStreamReader::has_array() const { return state_->has_array; }

}  // namespace salvor::codec
