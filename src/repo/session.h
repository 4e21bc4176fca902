// Sessions: one client's writing, from its first pack to the flush of its index.
//
// The id of the session is part of the names of its packs, and a marker (blob "s<hash>-<id>", encrypted as a whole)
// says that somebody is at work: maintenance does not take away packs that no index names yet as long as their session
// has a marker that is not too old. So the marker is written before the first pack and removed after the index.
//
// Kopia: repo/content/sessions.go.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"

namespace salvor::repo {

// "s", 8 random bytes and the number of the month (of 30 days, since 2000), in hexadecimal.
std::string new_session_id(Rng& rng, Time now);

// What a marker holds once it is decrypted.
struct SessionMarker {
  std::string id;
  Time start{};
  Time checkpoint{};  // when the session was last known to live
  std::string user, host;

  bool operator==(const SessionMarker&) const = default;
};

// `corrupt` when it is no marker.
Result<SessionMarker> parse_session_marker(std::string_view json);
std::string encode(const SessionMarker& marker);

}  // namespace salvor::repo
