// Label selectors and name patterns: an accepted selector means the same when it is printed and read again; a pattern
// never does more than match or not.
#include "backup/wildcard.h"
#include "input.h"
#include "kube/labels.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text = input_text(data, size);
  if (const auto selector = kube::parse_label_selector(text); selector.ok()) {
    const auto again = kube::parse_label_selector(to_string(*selector));
    PROMISE(again.ok() && *again == *selector);
  }
  if (const auto glob = backup::Glob::compile(text); glob.ok()) glob->matches(text);
  if (backup::check_namespace_pattern(text).ok()) {
    const auto names = backup::expand_namespaces({std::string(text)}, {"team-a", "team-b", "x"});
    PROMISE(!names.ok() || names->size() <= 3);
  }
  return 0;
}
