// check_stop: `cancelled` once a stop was requested. Every Storage call begins with it.
#pragma once

#include <stop_token>

#include "base/result.h"

namespace salvor::store {

inline Result<> check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped on request");
  return {};
}

}  // namespace salvor::store
