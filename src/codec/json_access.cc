#include "codec/json_access.h"

#include <nlohmann/json.hpp>

namespace salvor::codec {

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

Json* member(Json& object, std::string_view key) {
  return const_cast<Json*>(member(static_cast<const Json&>(object), key));
}

const Json* at(const Json& object, std::initializer_list<std::string_view> path) {
  const Json* here = &object;
  for (const std::string_view key : path) {
    here = member(*here, key);
    if (!here) return nullptr;
  }
  return here;
}

Json* at(Json& object, std::initializer_list<std::string_view> path) {
  return const_cast<Json*>(at(static_cast<const Json&>(object), path));
}

std::string text_member(const Json& object, std::string_view key) {
  const Json* found = member(object, key);
  return found && found->is_string() ? found->get<std::string>() : std::string();
}

std::string text_at(const Json& object, std::initializer_list<std::string_view> path) {
  const Json* found = at(object, path);
  return found && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t integer_member(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json* found = member(object, key);
  return found && found->is_number_integer() ? found->get<std::int64_t>() : fallback;
}

bool bool_member(const Json& object, std::string_view key, bool fallback) {
  const Json* found = member(object, key);
  return found && found->is_boolean() ? found->get<bool>() : fallback;
}

const Json& array_member(const Json& object, std::string_view key) {
  static const Json kEmpty = Json::array();
  const Json* found = member(object, key);
  return found && found->is_array() ? *found : kEmpty;
}

const Json& object_member(const Json& object, std::string_view key) {
  static const Json kEmpty = Json::object();
  const Json* found = member(object, key);
  return found && found->is_object() ? *found : kEmpty;
}

std::vector<std::string> texts_member(const Json& object, std::string_view key) {
  std::vector<std::string> out;
  for (const Json& value : array_member(object, key)) {
    if (value.is_string()) out.push_back(value.get<std::string>());
  }
  return out;
}

}  // namespace salvor::codec
