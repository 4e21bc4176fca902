// ProcessMark: names one process so that others can tell later whether it still runs.
//
// A pid alone is soon somebody else's. With the process' start time, its pid namespace and the machine's boot id it
// names one process for ever; with the host name it also says who may judge. Sources: proc(5).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::os {

struct ProcessMark {
  std::string host, boot, pid_namespace, pid, start;

  static Result<ProcessMark> mine();
  // "host boot namespace pid start"
  std::string encode() const;
  static Result<ProcessMark> parse(std::string_view text);
};

enum class Fate {
  running,
  gone,     // the process, its container or its machine's boot has ended
  unknown,  // it belongs to another host
};
Result<Fate> fate_of(const ProcessMark& mark);

}  // namespace salvor::os
