// YAML in and out, with the meaning that Kubernetes tools give it (sigs.k8s.io/yaml over go-yaml v2).
//
// YAML is read as another spelling of JSON: plain scalars follow YAML 1.1 as go-yaml v2 has it, so `yes`, `on` and `y`
// are true, `0777` is 511, `1_000` is 1000, dates stay strings, quoted scalars are always strings; a key becomes the
// text of its scalar; a repeated key replaces the first; `<<` merges, and a key before it loses to the merged one.
// What is written reads like kubectl's `-o yaml`.
//
// Input is hostile: its size, its nesting, and what its aliases expand to are limited.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"

namespace salvor::codec {

struct YamlLimits {
  std::size_t max_bytes = 64 << 20;
  int max_depth = 200;
  // Values in the result, those that aliases repeat counted each time ("billion laughs").
  std::size_t max_values = 4'000'000;
};

// One document; null when the text holds none. `invalid`, with line and column, when it is not YAML, is more than one
// document, or exceeds a limit.
Result<Json> parse_yaml(std::string_view text, const YamlLimits& limits = {});
// Every document that is not empty.
Result<std::vector<Json>> parse_yaml_stream(std::string_view text, const YamlLimits& limits = {});

// Block style, keys sorted as kubectl sorts them, ending in a newline.
std::string dump_yaml(const Json& value);

}  // namespace salvor::codec
