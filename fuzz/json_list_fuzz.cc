// Lists: the same items and the same verdict however the text is cut. The first byte chooses the pieces.
#include "input.h"
#include "list_outcome.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = input_text(data + 1, size - 1);
  const auto reader = [](const salvor::codec::JsonListReader::ItemSink& sink) {
    return salvor::codec::JsonListReader(sink, 4096);
  };
  const ListOutcome whole = read_list(reader, text, text.size() + 1);
  PROMISE(read_list(reader, text, 1u + data[0]) == whole);
  PROMISE(read_list(reader, text, 1) == whole);
  return 0;
}
