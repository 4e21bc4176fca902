// EntryRules: what policies and .kopiaignore files say of each entry of a tree while it is saved: whether it is saved
// at all, how its content is compressed and cut, and what an error means.
//
//   auto rules = TRY(EntryRules::make(policies, source, {}));
//   root = TRY(rules->enter(tree, nullptr, "", excluded));      before a directory is listed
//   if (root->takes("a", found, excluded)) ...                  each of its entries
//   below = TRY(rules->enter(tree, root.get(), "a", excluded));
//
// Kopia: snapshot/policy/policy_tree.go, compression_policy.go, fs/ignorefs, snapshot/upload.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "repo/compression.h"
#include "snapshot/ignore_rules.h"
#include "snapshot/policies.h"
#include "snapshot/source_tree.h"
#include "snapshot/summary.h"

namespace salvor::snapshot {

// What rules left out, as stock counts it: not what is too large or on another file system.
struct Excluded {
  std::atomic<std::uint64_t> files{0}, directories{0}, bytes{0};
};

// How a file or link is stored.
struct Storing {
  std::uint32_t compression = repo::kNoCompression;       // of its content; a header id that can be written
  std::uint32_t list_compression = repo::kNoCompression;  // of the list of its chunks
  std::string_view splitter = {};                         // empty: the repository's
  std::uint64_t section_bytes = 0;                        // a larger file is cut anew each time; 0: never
};

// The policy at a path of the tree, and those that are defined below it.
struct PolicyNode {
  std::shared_ptr<const Policy> policy;
  bool is_defined = false;  // for this very path
  std::uint32_t compression = repo::kNoCompression, metadata_compression = repo::kNoCompression;
  std::map<std::string, PolicyNode, std::less<> > children = {};
  const PolicyNode* others = nullptr;  // what counts for children without one of their own

  const PolicyNode& child(std::string_view name) const;
};

// Of one directory. Never changes; thread-safe.
class DirectoryRules {
 public:
  DirectoryRules(const PolicyNode& node, std::shared_ptr<const IgnoreRules> ignore, bool is_cache,
                 std::optional<std::uint32_t> forced_compression);

  // A directory with a CACHEDIR.TAG is saved as an empty one.
  bool is_cache() const { return is_cache_; }
  // Whether an entry is saved; `path` is its own, from the root.
  bool takes(std::string_view path, const Found& found, Excluded& excluded) const;
  Storing storing_of(const DirEntry& entry) const;
  // What an error makes of the snapshot. A directory's policy decides of it, its parent's of a file.
  Failure file_failure() const;
  Failure directory_failure(std::string_view name) const;
  // Whether sockets, FIFOs and devices are passed over; otherwise each is an error.
  bool passes_over_unknown() const;
  // Of the directory's own object.
  std::uint32_t metadata_compression() const;

 private:
  friend class EntryRules;

  const PolicyNode& node_;
  const std::shared_ptr<const IgnoreRules> ignore_;
  const bool is_cache_;
  const std::optional<std::uint32_t> forced_compression_;
};

// Must outlive the DirectoryRules that it makes. Thread-safe. Not moved: nodes know each other by address.
class EntryRules {
 public:
  struct Options {
    std::optional<std::uint32_t> compression = {};  // of all files, whatever policies say; a header id
  };
  // Of a source by the policies of its repository. Errors: those of Policies::effective.
  static Result<std::unique_ptr<EntryRules> > make(const Policies& policies, const Source& source, Options options);

  // Of the directory at `path` below that of `above`, nullptr for the root. Reads its files with rules. Errors are of
  // the directory: a rule that is none, a file with rules that cannot be read.
  Result<std::shared_ptr<const DirectoryRules> > enter(const SourceTree& tree, const DirectoryRules* above,
                                                       const std::string& path, Excluded& excluded) const;
  // Of a source that is a file.
  Storing storing_of_root(const DirEntry& file) const;

  const Policy& root_policy() const { return *root_.policy; }
  // What is defined and not obeyed: actions, a compressor that is not offered. One sentence each.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  explicit EntryRules(Options options) : options_(options) {}
  void add(std::string_view path, const DefinedPolicy& defined);
  void set_policy(PolicyNode& node, Policy policy, const std::string& shown);
  std::uint32_t compression_of(const std::string& name, const std::string& shown);
  void finish();

  const Options options_;
  PolicyNode root_;
  std::vector<std::unique_ptr<PolicyNode> > others_;
  std::vector<std::string> warnings_;
};

// The id of a compressor that can be written instead of the one that a policy names: of the same kind where only
// another effort of it is offered. Nothing for a name that stock does not know.
std::optional<std::uint32_t> writable_compression(std::string_view name);

}  // namespace salvor::snapshot
