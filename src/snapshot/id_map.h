// IdMap: what becomes of owners or groups where something is restored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace salvor::snapshot {

struct IdMap {
  std::map<std::uint32_t, std::uint32_t> ids = {};
  std::optional<std::uint32_t> others = {};  // without it they stay what they were

  bool is_empty() const { return ids.empty() && !others; }
  std::uint32_t of(std::uint32_t id) const {
    const auto found = ids.find(id);
    return found == ids.end() ? others.value_or(id) : found->second;
  }
};

}  // namespace salvor::snapshot
