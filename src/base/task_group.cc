#include "base/task_group.h"

namespace salvor {

TaskGroup::TaskGroup(std::stop_token parent)
    : follow_parent_(std::move(parent), [stop = stop_]() mutable { stop.request_stop(); }) {}

TaskGroup::~TaskGroup() {
  stop_.request_stop();
  threads_.clear();  // jthread joins
}

void TaskGroup::start(std::function<Result<>(std::stop_token)> task) {
  threads_.emplace_back([this, task = std::move(task)] {
    Result<> outcome = task(stop_.get_token());
    if (outcome.ok()) return;
    first_error_.with([&](std::optional<Error>& first) {
      if (!first) first = std::move(outcome).error();
    });
    stop_.request_stop();
  });
}

Result<> TaskGroup::join() {
  threads_.clear();
  return first_error_.with([](std::optional<Error>& first) -> Result<> {
    if (first) return std::move(*first);
    return {};
  });
}

}  // namespace salvor
