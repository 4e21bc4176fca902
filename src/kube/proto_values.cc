#include "kube/proto_values.h"

#include <charconv>
#include <chrono>

#include "codec/json_text.h"

namespace salvor::kube {

using codec::ProtobufField;
using codec::ProtobufReader;
using codec::WireType;

namespace {

char* put_digits(char* to, unsigned value, std::size_t width) {
  for (std::size_t i = width; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
  return to + width;
}

}  // namespace

void append_integer(std::string& json, std::int64_t value) {
  std::array<char, 24> digits;
  json.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

bool append_time(std::string& json, std::string_view message, bool with_micros) {
  std::array<ProtobufField, 2> parts;
  if (!read_fixed(message, parts) || !is_absent_or(parts[0], WireType::varint) ||
      !is_absent_or(parts[1], WireType::varint)) {
    return false;
  }
  if (message.empty()) {
    json += "null";
    return true;
  }
  constexpr std::int64_t kYear1 = -62135596800, kYear10000 = 253402300800;
  const auto since_1970 = static_cast<std::int64_t>(parts[0].value);
  const auto nanoseconds = static_cast<std::int32_t>(parts[1].value);
  const bool zero = since_1970 == kYear1 && nanoseconds == 0;  // null in JSON, and never written so
  if (zero || since_1970 < kYear1 || since_1970 >= kYear10000 || nanoseconds < 0 || nanoseconds >= 1'000'000'000) {
    return false;
  }
  const std::chrono::sys_seconds at{std::chrono::seconds(since_1970)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const auto second_of_day = static_cast<unsigned>((at - day).count());
  std::array<char, 32> text;
  char* end = text.data();
  const auto put = [&](char before, unsigned value, std::size_t width) {
    *end++ = before;
    end = put_digits(end, value, width);
  };
  put('"', static_cast<unsigned>(int{date.year()}), 4);
  put('-', unsigned{date.month()}, 2);
  put('-', unsigned{date.day()}, 2);
  put('T', second_of_day / 3600, 2);
  put(':', second_of_day / 60 % 60, 2);
  put(':', second_of_day % 60, 2);
  if (with_micros) put('.', static_cast<unsigned>(nanoseconds) / 1000, 6);
  *end++ = 'Z';
  *end++ = '"';
  json.append(text.data(), end);
  return true;
}

bool append_quantity(std::string& json, std::string_view message) {
  std::array<ProtobufField, 1> text;
  if (!read_fixed(message, text) || text[0].type != WireType::bytes || text[0].bytes.empty()) return false;
  codec::append_json_text(json, text[0].bytes);
  return true;
}

bool append_int_or_string(std::string& json, std::string_view message) {
  std::array<ProtobufField, 3> parts;  // type, number, text
  if (!read_fixed(message, parts) || !is_absent_or(parts[0], WireType::varint) ||
      !is_absent_or(parts[1], WireType::varint) || !is_absent_or(parts[2], WireType::bytes) || parts[0].value > 1) {
    return false;
  }
  if (parts[0].value == 0) {
    append_integer(json, static_cast<std::int32_t>(parts[1].value));
  } else {
    codec::append_json_text(json, parts[2].bytes);
  }
  return true;
}

bool append_raw_json(std::string& json, std::string_view message) {
  std::array<ProtobufField, 1> raw;
  if (!read_fixed(message, raw) || !is_absent_or(raw[0], WireType::bytes)) return false;
  if (raw[0].number != 0) return codec::append_compact_json(json, raw[0].bytes).ok();
  json += "null";
  return true;
}

bool append_text_list(std::string& json, std::string_view message) {
  ProtobufReader reader(message);
  json += '[';
  bool first = true;
  for (ProtobufField text; reader.next(text); first = false) {
    if (text.number != 1 || text.type != WireType::bytes) return false;
    if (!first) json += ',';
    codec::append_json_text(json, text.bytes);
  }
  json += ']';
  return !reader.malformed();
}

}  // namespace salvor::kube
