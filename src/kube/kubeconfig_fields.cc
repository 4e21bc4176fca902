#include "kube/kubeconfig_fields.h"

#include "codec/base64.h"

namespace salvor::kube {

const Json* Fields::find(std::string_view key) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

Error Fields::wrong(std::string_view key, std::string_view why) const {
  return Error(Code::invalid, where_ + ": " + std::string(key) + " " + std::string(why));
}

Result<std::string> Fields::text(std::string_view key) const {
  const Json* value = find(key);
  if (!value) return std::string();
  if (!value->is_string()) {
    return wrong(key, "is not a string")
        .hint("Put the value in quotes: YAML reads some words and all digits otherwise.");
  }
  return value->get<std::string>();
}

Result<bool> Fields::flag(std::string_view key) const {
  const Json* value = find(key);
  if (!value) return false;
  if (!value->is_boolean()) return wrong(key, "is neither true nor false");
  return value->get<bool>();
}

Result<std::string> Fields::bytes(std::string_view key) const {
  const std::string encoded = TRY(text(key));
  return codec::decode_base64(encoded).context(where_ + ": " + std::string(key));
}

Result<Json> Fields::list(std::string_view key) const {
  const Json* value = find(key);
  if (!value) return Json::array();
  if (!value->is_array()) return wrong(key, "is not a list");
  return *value;
}

Result<Json> Fields::object(std::string_view key) const {
  const Json* value = find(key);
  if (!value) return Json();
  if (!value->is_object()) return wrong(key, "is not a map");
  return *value;
}

Result<std::vector<std::string>> Fields::texts(std::string_view key) const {
  std::vector<std::string> out;
  for (const Json& item : TRY(list(key))) {
    if (!item.is_string()) return wrong(key, "holds something that is not a string");
    out.push_back(item.get<std::string>());
  }
  return out;
}

}  // namespace salvor::kube
