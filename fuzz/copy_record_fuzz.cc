// The record of a copy: never more than an Error, and what is read is written the same.
#include "backup/copy_record.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor::backup;
  const auto record = parse_copy_record(input_text(data, size));
  if (!record.ok()) return 0;
  const auto again = parse_copy_record(encode(*record));
  PROMISE(again.ok() && *again == *record);
  return 0;
}
