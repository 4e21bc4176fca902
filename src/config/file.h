// The configuration file: where it is, reading it, and changing it while others may change it too.
//
//   SALVOR_CONFIG                                 a file, whatever its name
//   $XDG_CONFIG_HOME/salvor/config.yaml           when that is an absolute path, as the XDG specification asks
//   ~/.config/salvor/config.yaml
//
// A change is made under a lock on ".salvor-config.lock" beside it, and the file is replaced at once and durably, mode
// 0600, so that a reader sees the old or the new one. An editor knows nothing of the lock: when the file is not what it
// was when the change began, the change is refused. A symbolic link, as people have it who keep their configuration
// under version control, stays; the file that it leads to is replaced.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "os/environment.h"

namespace salvor::config {

struct ConfigPath {
  std::string path;     // empty: there is no home to keep a configuration in
  bool chosen = false;  // by SALVOR_CONFIG: its absence is then an error for those who read
};

ConfigPath config_path(const os::Environment& environment);

// An absent file is an empty configuration, unless it was chosen (not_found becomes `invalid`). A file that others than
// its owner may read must not hold inline secrets. Errors: invalid, denied.
Result<Config> load_config(const ConfigPath& where);

// Replaces the file's text by what `edit` makes of it; makes the file and its directory when they are absent. The new
// text must be a valid configuration. Nothing is written when the text stays the same.
// Errors: what `edit` says; invalid; denied; unavailable (locked for more than ten seconds); conflict.
using Edit = std::function<Result<std::string>(std::string_view text, const Config& now)>;
Result<> update_config(const ConfigPath& where, const Edit& edit, Clock& clock, std::stop_token stop);

}  // namespace salvor::config
