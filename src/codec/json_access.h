// Reading members of documents whose shape is not ours to trust: absent or of another type is an ordinary answer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"

namespace salvor::codec {

// The member, or null when `object` is no object or lacks it.
const Json* member(const Json& object, std::string_view key);
Json* member(Json& object, std::string_view key);
// Follows a path of members: at(pod, {"spec", "nodeName"}).
const Json* at(const Json& object, std::initializer_list<std::string_view> path);
Json* at(Json& object, std::initializer_list<std::string_view> path);

// The value when it has the type, else empty, the fallback, or an empty array or object.
std::string text_member(const Json& object, std::string_view key);
std::string text_at(const Json& object, std::initializer_list<std::string_view> path);
std::int64_t integer_member(const Json& object, std::string_view key, std::int64_t fallback);
bool bool_member(const Json& object, std::string_view key, bool fallback);
const Json& array_member(const Json& object, std::string_view key);
const Json& object_member(const Json& object, std::string_view key);
std::vector<std::string> texts_member(const Json& object, std::string_view key);

}  // namespace salvor::codec
