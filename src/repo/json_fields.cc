#include "repo/json_fields.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "codec/base64.h"
#include "codec/json_access.h"
#include "codec/json_text.h"

namespace salvor::repo {

FieldReader::FieldReader(Json& object, std::string_view what) : object_(object), what_(what) {
  if (!object.is_object()) wrong_ = what_ + " is not a JSON object";
}

Json* FieldReader::take(std::string_view key) {
  known_.push_back(key);
  Json* const value = codec::member(object_, key);
  return value && value->is_null() ? nullptr : value;
}

Json* FieldReader::mistyped(std::string_view key, std::string_view wanted) {
  if (wrong_.empty()) wrong_ = what_ + " is damaged: \"" + std::string(key) + "\" is not " + std::string(wanted);
  return nullptr;
}

FieldReader& FieldReader::read(std::string_view key, std::string& into) {
  const Json* const value = take(key);
  if (value && !value->is_string()) mistyped(key, "a text");
  if (value && value->is_string()) into = value->get_ref<const std::string&>();
  return *this;
}

FieldReader& FieldReader::read(std::string_view key, std::int64_t& into) {
  const Json* const value = take(key);
  if (!value) return *this;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool fits =
      value->is_number_integer() && (!value->is_number_unsigned() || value->get<std::uint64_t>() <= kMost);
  if (fits) into = value->get<std::int64_t>();
  if (!fits) mistyped(key, "an integer of 64 bits");
  return *this;
}

FieldReader& FieldReader::read(std::string_view key, bool& into) {
  const Json* const value = take(key);
  if (value && !value->is_boolean()) mistyped(key, "true or false");
  if (value && value->is_boolean()) into = value->get<bool>();
  return *this;
}

FieldReader& FieldReader::read(std::string_view key, Duration& into) {
  std::int64_t nanoseconds = into.count();
  read(key, nanoseconds);
  into = Duration(nanoseconds);
  return *this;
}

FieldReader& FieldReader::read(std::string_view key, Time& into) {
  const Json* const value = take(key);
  if (!value) return *this;
  const Result<Time> time = parse_rfc3339(value->is_string() ? value->get_ref<const std::string&>() : std::string());
  if (time.ok()) into = *time;
  if (!time.ok()) mistyped(key, "a time");
  return *this;
}

FieldReader& FieldReader::read(std::string_view key, os::Secret& into) {
  Json* const value = take(key);
  if (!value) return *this;
  Result<std::string> bytes =
      value->is_string() ? codec::decode_base64(value->get_ref<const std::string&>()) : Error(Code::invalid, "");
  if (value->is_string()) os::wipe(value->get_ref<std::string&>());
  if (bytes.ok()) {
    into = os::Secret::take(*std::move(bytes));
  } else {
    mistyped(key, "base64");
  }
  return *this;
}

FieldReader& FieldReader::read(std::string_view key, Bytes& into) {
  os::Secret bytes(as_text(into));
  read(key, bytes);
  into.clear();
  append(into, as_bytes(bytes.reveal()));
  return *this;
}

Json* FieldReader::object(std::string_view key) {
  Json* const value = take(key);
  return value && !value->is_object() ? mistyped(key, "an object") : value;
}

Json* FieldReader::array(std::string_view key) {
  Json* const value = take(key);
  return value && !value->is_array() ? mistyped(key, "a list") : value;
}

Result<std::string> FieldReader::finish() {
  if (!wrong_.empty()) return Error(Code::corrupt, wrong_);
  std::string unknown;
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    if (!unknown.empty()) unknown += ',';
    codec::append_json_text(unknown, key);
    unknown += ':';
    unknown += codec::dump_json(value);
  }
  return unknown;
}

FieldWriter::FieldWriter(std::string& text, Layout layout) : text_(text), layout_(layout) { text_ += '{'; }

void FieldWriter::separate() {
  if (!is_first_) text_ += ',';
  if (layout_ == Layout::indented) text_ += "\n  ";
  is_first_ = false;
}

void FieldWriter::begin(std::string_view key) {
  separate();
  codec::append_json_text(text_, key);
  text_ += layout_ == Layout::indented ? ": " : ":";
}

FieldWriter& FieldWriter::write(std::string_view key, std::string_view value) {
  begin(key);
  codec::append_json_text(text_, value);
  return *this;
}

FieldWriter& FieldWriter::write(std::string_view key, std::int64_t value) {
  begin(key);
  text_ += std::to_string(value);
  return *this;
}

FieldWriter& FieldWriter::write(std::string_view key, bool value) {
  begin(key);
  text_ += value ? "true" : "false";
  return *this;
}

FieldWriter& FieldWriter::write(std::string_view key, Duration value) {
  return write(key, std::int64_t{value.count()});
}

FieldWriter& FieldWriter::write(std::string_view key, Time value) {
  return write(key, std::string_view(format_rfc3339_nano(value)));
}

FieldWriter& FieldWriter::write_base64(std::string_view key, std::string_view bytes) {
  begin(key);
  text_ += '"';
  codec::append_base64(text_, bytes);
  text_ += '"';
  return *this;
}

FieldWriter& FieldWriter::write_unless_empty(std::string_view key, std::string_view value) {
  return value.empty() ? *this : write(key, value);
}

FieldWriter& FieldWriter::write_unless_zero(std::string_view key, std::int64_t value) {
  return value == 0 ? *this : write(key, value);
}

FieldWriter& FieldWriter::write_unless_zero(std::string_view key, Duration value) {
  return value == Duration::zero() ? *this : write(key, value);
}

void FieldWriter::finish(std::string_view unknown) {
  if (!unknown.empty()) {
    separate();
    text_ += unknown;
  }
  text_ += layout_ == Layout::indented ? "\n}\n" : "}";
}

}  // namespace salvor::repo
