// Reading typed fields of a kubeconfig's entries, with errors that name the field. Only kubeconfig.cc and
// exec_plugin.cc use this.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace salvor::kube {

class Fields {
 public:
  // `where` names the object in messages: `user "ann"`.
  Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

  // Absent and null fields are empty, false or an empty list; a value of another type is `invalid`.
  Result<std::string> text(std::string_view key) const;
  Result<bool> flag(std::string_view key) const;
  Result<std::string> bytes(std::string_view key) const;  // base64 in the text, decoded here
  Result<std::vector<std::string>> texts(std::string_view key) const;
  Result<Json> list(std::string_view key) const;
  Result<Json> object(std::string_view key) const;  // null when absent

  const std::string& where() const { return where_; }
  Error wrong(std::string_view key, std::string_view why) const;

 private:
  const Json* find(std::string_view key) const;

  const Json& object_;
  std::string where_;
};

}  // namespace salvor::kube
