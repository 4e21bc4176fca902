// What reading a list came to, for the targets that cut one list in several ways.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json_list.h"

struct ListOutcome {
  std::vector<std::string> items;
  bool ok = false;
  std::string continue_token;
  bool operator==(const ListOutcome&) const = default;
};

// Feeds the text in pieces of that size to the reader that `make` returns for a sink.
template <class Make>
ListOutcome read_list(const Make& make, std::string_view text, std::size_t piece) {
  ListOutcome outcome;
  auto reader = make([&](std::string_view item) -> salvor::Result<> {
    outcome.items.emplace_back(item);
    return {};
  });
  while (!text.empty()) {
    const std::string copy(text.substr(0, piece));  // memory of its own: reading beyond it is found
    if (!reader.feed(copy).ok()) return outcome;
    text.remove_prefix(copy.size());
  }
  const auto head = reader.finish();
  outcome.ok = head.ok();
  if (head.ok()) outcome.continue_token = head->continue_token;
  return outcome;
}
