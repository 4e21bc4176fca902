// Lists and objects in protobuf: the same items and the same verdict however the bytes are cut, and every object that
// is written is one balanced JSON object. The first two bytes choose the kind and the pieces.
#include "codec/json_scan.h"
#include "input.h"
#include "kube/list_reader.h"
#include "list_outcome.h"

using namespace salvor;

namespace {

void check_object(const std::string& json) {
  codec::BracketScanner brackets;
  PROMISE(json[0] == '{' && brackets.scan(json) == json.size() && brackets.done());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const kube::ProtoKind kind = kube::ProtoKind::at(data[0] % kube::ProtoKind::count());
  const std::string_view text = input_text(data + 2, size - 2);
  std::string json;
  if (kube::ProtoJsonWriter().append(json, kind, text).ok()) check_object(json);
  if (!text.starts_with("k8s")) return 0;
  const auto reader = [&](const kube::ListReader::ItemSink& sink) { return kube::ListReader(kind, sink); };
  const ListOutcome whole = read_list(reader, text, text.size() + 1);
  for (const std::string& item : whole.items) check_object(item);
  PROMISE(read_list(reader, text, 1u + data[1]) == whole);
  PROMISE(read_list(reader, text, 1) == whole);
  return 0;
}
