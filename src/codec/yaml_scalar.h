// The value of a plain scalar by go-yaml v2's reading of YAML 1.1. Only yaml.cc and yaml_write.cc use this.
#pragma once

#include <string>
#include <string_view>

namespace salvor::codec {

struct YamlScalar {
  enum class Kind { null, boolean, integer, unsigned_integer, real, timestamp, merge, text };
  Kind kind = Kind::text;
  bool truth = false;
  long long integer = 0;
  unsigned long long unsigned_integer = 0;
  double real = 0;
};

YamlScalar resolve_plain_scalar(const std::string& text);

}  // namespace salvor::codec
