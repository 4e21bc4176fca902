// Plain objects: those that need nothing but new metadata are edited as text instead of becoming documents. Reading and
// writing the text of a Secret takes a tenth of the time, and the API server works on the same cores as often as not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace salvor::restore {

struct PlainEdit {
  std::string_view ns, name;  // where the archive keeps the object
  std::string_view target_ns;
  std::string backup_label, restore_label;  // values
  bool managed_fields = true;               // whether they go along
};

// The text that creates an object of which Preparer::is_plain() is true: the same JSON that prepare() leads to. Nothing
// when the object is not as expected; prepare() then finds the words, or the way.
std::optional<std::string> edit_plain(std::string_view text, const PlainEdit& edit);

}  // namespace salvor::restore
