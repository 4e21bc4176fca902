// TaskGroup: threads that live and end together.
//
// Every task runs in its own joined thread and receives the group's stop token. The first task that returns an Error
// requests the stop; join() waits for all and returns that first Error. The destructor stops and joins, so no thread
// outlives the scope that started it. A stop of the parent token is passed on.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"

namespace salvor {

class TaskGroup {
 public:
  explicit TaskGroup(std::stop_token parent = {});
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  void start(std::function<Result<>(std::stop_token)> task);
  void request_stop() { stop_.request_stop(); }
  std::stop_token stop_token() const { return stop_.get_token(); }

  // Waits for every task. The first error that any task returned, else success. Call once, from the owner's thread.
  Result<> join();

 private:
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> follow_parent_;
  Guarded<std::optional<Error>> first_error_;
  std::vector<std::jthread> threads_;
};

}  // namespace salvor
