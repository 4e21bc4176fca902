// Any text as a policy: what is read is read again from what is written.
#include "input.h"
#include "snapshot/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const auto policy = snapshot::parse_policy(input_text(data, size));
  if (!policy.ok()) {
    PROMISE(policy.error().code() == Code::corrupt);
    return 0;
  }
  const auto again = snapshot::parse_policy(snapshot::encode(*policy));
  PROMISE(again.ok() && *again == *policy);
  return 0;
}
