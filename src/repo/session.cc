#include "repo/session.h"

#include <algorithm>
#include <cstdio>

#include "codec/json_dom_fields.h"
#include "codec/json_text.h"

namespace salvor::repo {
namespace {

namespace chr = std::chrono;

constexpr std::size_t kRandomBytes = 8;
constexpr chr::sys_days kFirstMonth{chr::year(2000) / 1 / 1};
constexpr chr::days kMonth{30};

}  // namespace

std::string new_session_id(Rng& rng, Time now) {
  const auto month = std::max<long long>(0, (chr::floor<chr::seconds>(now) - kFirstMonth) / kMonth);
  char digits[24];
  std::snprintf(digits, sizeof digits, "%llx", static_cast<unsigned long long>(month));
  return "s" + rng.hex(kRandomBytes) + digits;
}

Result<SessionMarker> parse_session_marker(std::string_view json) {
  codec::JsonDom dom;
  SessionMarker marker;
  const auto take_field = [&](std::string_view key, const codec::Element& value) -> Result<> {
    if (key == "id") return codec::take(key, value, marker.id);
    if (key == "startTime") return codec::take(key, value, marker.start);
    if (key == "checkpointTime") return codec::take(key, value, marker.checkpoint);
    if (key == "username") return codec::take(key, value, marker.user);
    if (key == "hostname") return codec::take(key, value, marker.host);
    return {};
  };
  TRY(codec::each_field(json, dom, take_field).context("not a session marker"));
  return marker;
}

std::string encode(const SessionMarker& marker) {
  std::string json = "{\"id\":";
  codec::append_json_text(json, marker.id);
  json += ",\"startTime\":\"" + format_rfc3339_nano(marker.start);
  json += "\",\"checkpointTime\":\"" + format_rfc3339_nano(marker.checkpoint) + "\",\"username\":";
  codec::append_json_text(json, marker.user);
  json += ",\"hostname\":";
  codec::append_json_text(json, marker.host);
  return json += '}';
}

}  // namespace salvor::repo
