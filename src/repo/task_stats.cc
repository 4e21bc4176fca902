#include "repo/task_stats.h"

#include "codec/json_text.h"

namespace salvor::repo {

std::string encode_values(const TaskStats& stats) {
  std::string json;
  for (const auto& [name, value] : stats.values) {
    json += json.empty() ? '{' : ',';
    codec::append_json_text(json, name);
    json += ':';
    if (const auto* const number = std::get_if<std::int64_t>(&value)) {
      json += std::to_string(*number);
    } else if (const auto* const flag = std::get_if<bool>(&value)) {
      json += *flag ? "true" : "false";
    } else {
      codec::append_json_text(json, std::get<std::string>(value));
    }
  }
  return json.empty() ? "{}" : json + "}";
}

std::string encode_extra(const TaskStats& stats) {
  if (stats.kind.empty()) return {};
  std::string json = "[{\"kind\":";
  codec::append_json_text(json, stats.kind);
  return json + ",\"data\":" + encode_values(stats) + "}]";
}

}  // namespace salvor::repo
