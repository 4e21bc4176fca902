// ResumedList: a list that is begun several times and whose visitor still sees each name once, in order.
//
//   ResumedList<const Entry&> resumed(visit);
//   for (each try) { outcome = resumed.run([&](auto& once) { return storage.list(prefix, once, stop); }); ... }
//   return std::move(resumed).end();
//
// It relies on the order that storage.h promises: what is not behind the last name shown was shown.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "store/storage.h"

namespace salvor::store {

template <class Name>
class ResumedList {
 public:
  using Visit = std::function<Result<>(Name)>;
  explicit ResumedList(const Visit& visit) : visit_(visit) {}

  // The list's own outcome. Success also when the visitor ended it: end() then has its error.
  template <class List>
  Result<> run(List&& list) {
    const Visit once = [this](Name name) -> Result<> {
      std::string order = order_of(name);
      if (last_ && order <= *last_) return {};
      auto visited = visit_(name);
      if (!visited.ok()) visitors_error_ = visited.error().clone();
      last_ = std::move(order);
      return visited;
    };
    auto outcome = list(once);
    if (visitors_error_) return {};
    return outcome;
  }
  Result<> end() && {
    if (visitors_error_) return std::move(*visitors_error_);
    return {};
  }

 private:
  static std::string order_of(const Entry& entry) { return entry.key; }
  static std::string order_of(std::string_view directory) { return std::string(directory) + "/"; }

  const Visit& visit_;
  std::optional<std::string> last_;
  std::optional<Error> visitors_error_;
};

}  // namespace salvor::store
