// Lists and objects in protobuf: the same items and the same verdict however the bytes are cut, and every object that
// is written is one balanced JSON object. The first two bytes choose the kind and the pieces.
#include <string>
#include <vector>

#include "codec/json_scan.h"
#include "input.h"
#include "kube/list_reader.h"

namespace {

using namespace salvor;

struct Outcome {
  std::vector<std::string> items;
  bool ok = false;
  std::string continue_token;
  bool operator==(const Outcome&) const = default;
};

void check_object(const std::string& json) {
  codec::BracketScanner brackets;
  PROMISE(json[0] == '{' && brackets.scan(json) == json.size() && brackets.done());
}

Outcome read(kube::ProtoKind kind, std::string_view text, std::size_t piece) {
  Outcome outcome;
  kube::ListReader reader(kind, [&](std::string_view item) -> Result<> {
    outcome.items.emplace_back(item);
    return {};
  });
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
  if (size < 2) return 0;
  const kube::ProtoKind kind = kube::ProtoKind::at(data[0] % kube::ProtoKind::count());
  const std::string_view text = input_text(data + 2, size - 2);
  std::string json;
  if (append_json(json, kind, text, true).ok()) check_object(json);
  if (!text.starts_with("k8s")) return 0;
  const Outcome whole = read(kind, text, text.size() + 1);
  for (const std::string& item : whole.items) check_object(item);
  PROMISE(read(kind, text, 1u + data[1]) == whole);
  PROMISE(read(kind, text, 1) == whole);
  return 0;
}
