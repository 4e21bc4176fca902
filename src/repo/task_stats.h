// TaskStats: what one task of maintenance did, in stock's words, so that `kopia maintenance info` tells of it.
//
//   [{"kind":"deleteUnreferencedPacksStats","data":{"unreferencedPackCount":3,...}}]
//
// Kopia: repo/maintenancestats.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace salvor::repo {

struct TaskStats {
  using Value = std::variant<std::int64_t, bool, std::string>;
  std::string_view kind;  // stock's; empty when the task has nothing to tell
  std::vector<std::pair<std::string_view, Value> > values;

  void add(std::string_view name, std::uint64_t number) {
    values.emplace_back(name, static_cast<std::int64_t>(number));
  }
  void add_signed(std::string_view name, std::int64_t number) { values.emplace_back(name, number); }
  void add_flag(std::string_view name, bool flag) { values.emplace_back(name, flag); }
  void add_time(std::string_view name, Time time) { values.emplace_back(name, format_rfc3339_nano(time)); }
};

// How many things of how many bytes.
struct CountSum {
  std::uint64_t count = 0, bytes = 0;
  void add(std::uint64_t size) {
    ++count;
    bytes += size;
  }
  bool operator==(const CountSum&) const = default;
};

// {"unreferencedPackCount":3,...}
std::string encode_values(const TaskStats& stats);
// As it stands in the schedule; empty when nothing is told.
std::string encode_extra(const TaskStats& stats);

}  // namespace salvor::repo
