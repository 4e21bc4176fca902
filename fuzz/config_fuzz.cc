// Configuration files: never more than an Error, and whatever is accepted survives an edit of something else.
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "config/edit.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text = input_text(data, size);
  auto config = config::parse_config(text, "config.yaml");
  if (!config.ok()) return 0;
  const auto added = config::with_location(text, "fuzz-new", {{"url", "/new"}});
  if (added.ok()) {
    const auto again = config::parse_config(*added, "config.yaml");
    PROMISE(again.ok());
    config->locations["fuzz-new"] = {.url = "/new"};
    PROMISE(*again == *config);
  }
  for (const auto& [name, settings] : config->locations) {
    const auto less = config::without_location(text, name);
    if (!less.ok()) continue;
    const auto rest = config::parse_config(*less, "config.yaml");
    PROMISE(rest.ok() && !rest->locations.contains(name));
  }
  return 0;
}
