// One call to the API server, as client.cc, list.cc and watch.cc build it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "kube/client.h"

namespace salvor::kube {

struct Client::Call {
  std::string what;  // for messages: "list pods"
  std::string method = "GET";
  std::string path;  // with query
  std::string_view body = {};
  std::string content_type = {};
  std::string accept = "application/json";
  bool is_bulk = false;  // see net::HttpRequest
  bool is_read = true;   // may be repeated without looking
  std::optional<std::chrono::milliseconds> idle_timeout = {};
  std::string* refusal_body = nullptr;  // receives the Status of a call that was refused for good
};

}  // namespace salvor::kube
