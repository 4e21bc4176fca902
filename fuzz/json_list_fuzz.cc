// Lists: the same items and the same verdict however the text is cut. The first byte chooses the pieces.
#include <string>
#include <vector>

#include "codec/json_list.h"
#include "input.h"

namespace {

struct Outcome {
  std::vector<std::string> items;
  bool ok = false;
  std::string continue_token;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view text, std::size_t piece) {
  using namespace salvor;
  Outcome outcome;
  codec::JsonListReader reader(
      [&](std::string_view item) -> Result<> {
        outcome.items.emplace_back(item);
        return {};
      },
      4096);
  while (!text.empty()) {
    const std::string copy(text.substr(0, piece));
    if (!reader.feed(copy).ok()) return outcome;
    text.remove_prefix(copy.size());
  }
  const auto head = reader.finish();
  outcome.ok = head.ok();
  if (head.ok()) outcome.continue_token = head->continue_token;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = input_text(data + 1, size - 1);
  const Outcome whole = read(text, text.size() + 1);
  PROMISE(read(text, 1u + data[0]) == whole);
  PROMISE(read(text, 1) == whole);
  return 0;
}
