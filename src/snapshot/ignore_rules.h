// IgnoreRules: what is left out below a directory, by the policies and .kopiaignore files from the root down to it.
//
// Rules of a directory come after those of the directories above it, and may take back what those leave out. A chain of
// values that never change; directories without rules of their own share that of the one above.
//
// Kopia: fs/ignorefs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "snapshot/ignore_pattern.h"
#include "snapshot/policy.h"

namespace salvor::snapshot {

struct IgnoreRules {
  IgnoreRules() = default;
  IgnoreRules(const IgnoreRules&) = delete;
  IgnoreRules& operator=(const IgnoreRules&) = delete;
  ~IgnoreRules();

  std::shared_ptr<const IgnoreRules> above;  // may be nullptr
  std::vector<IgnorePattern> patterns;
  std::vector<std::string> dot_files;  // names of files that hold rules, in each directory
  std::uint64_t max_file_size = 0;     // 0: any
  bool one_file_system = false;
  bool is_empty = true;  // nothing here or above has a pattern

  // Whether the rules leave out "/path/below/the/root", and how many links of the chain say so: stock counts an entry
  // once for each.
  struct Verdict {
    bool left_out = false;
    unsigned times = 0;
  };
  Verdict judge(std::u32string_view path, bool is_directory) const;
};

// The rules of a directory that has a policy or files with rules. `base` is its path, empty for the root, otherwise
// "/directory/below"; `files` are the texts of those. `invalid` for a rule that is none.
Result<std::shared_ptr<const IgnoreRules> > extend_rules(std::shared_ptr<const IgnoreRules> above, const Policy* policy,
                                                         std::vector<std::string> dot_files,
                                                         const std::vector<std::string>& files, std::string_view base);

// The rules in the text of a .kopiaignore. As stock's, reading ends without a word at a line of 64 KiB.
Result<std::vector<IgnorePattern> > parse_ignore_file(std::string_view text, std::string_view base);

}  // namespace salvor::snapshot
