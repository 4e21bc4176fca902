// Any text as a .kopiaignore, its last line as a path: it ends, and a rule that takes back is asked as one.
#include "input.h"
#include "snapshot/ignore_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text = input_text(data, size);
  const std::size_t last = text.rfind('\n') + 1;
  const std::string_view path = text.substr(last), rules = text.substr(0, last);
  for (const std::string_view base : {"", "/below"}) {
    const auto patterns = snapshot::parse_ignore_file(rules, base);
    if (!patterns.ok()) {
      PROMISE(patterns.error().code() == Code::invalid);
      continue;
    }
    const std::u32string runes = U"/" + snapshot::to_runes(path.substr(0, 300));
    for (const auto& pattern : *patterns) {
      const bool of_directory = pattern.leaves_out(runes, true), of_file = pattern.leaves_out(runes, false);
      PROMISE(pattern.negated() ? of_file >= of_directory : of_file <= of_directory);
    }
  }
  return 0;
}
