#include "snapshot/entry_rules.h"

#include <algorithm>
#include <utility>

#include "repo/splitter.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kLargestIgnoreFile = 16 << 20;
constexpr std::size_t kDeepestPolicy = 10'000;  // names of a path
constexpr std::string_view kCacheTag = "CACHEDIR.TAG", kCacheSignature = "Signature: 8a477f597d28d172789f06886806bc55";

bool is_cache_directory(const SourceTree& tree, const std::string& path) {
  const auto tag = tree.read_beside(path, std::string(kCacheTag), kCacheSignature.size(), Links::refuse);
  return tag.ok() && *tag && **tag == kCacheSignature;
}

// By halves, as stock looks, which matters when somebody wrote the list unsorted.
bool has_extension(const std::vector<std::string>& sorted, std::string_view extension) {
  const auto found =
      std::ranges::lower_bound(sorted, extension, {}, [](const std::string& one) { return std::string_view(one); });
  return found != sorted.end() && *found == extension;
}

// What stands in "onlyCompress" is compressed even when it stands in "neverCompress"; that other files were not, stock
// does not see to.
bool is_compressed(const Policy& policy, const DirEntry& entry) {
  const auto size = static_cast<std::int64_t>(entry.size);
  if (policy.least_compressed > 0 && size < policy.least_compressed) return false;
  if (policy.most_compressed > 0 && size > policy.most_compressed) return false;
  const std::size_t dot = entry.name.rfind('.');
  const std::string_view extension = dot == entry.name.npos ? "" : std::string_view(entry.name).substr(dot);
  return has_extension(policy.only_compress, extension) || !has_extension(policy.never_compress, extension);
}

Storing storing_by(const PolicyNode& node, const DirEntry& entry, std::optional<std::uint32_t> forced) {
  Storing storing{.list_compression = node.metadata_compression};
  if (entry.type == EntryType::symlink) return storing;
  if (forced) {
    storing.compression = *forced;
  } else if (node.compression != repo::kNoCompression && is_compressed(*node.policy, entry)) {
    storing.compression = node.compression;
  }
  storing.splitter = node.policy->splitter;
  storing.section_bytes =
      static_cast<std::uint64_t>(std::max(node.policy->parallel_upload_above.value_or(0), std::int64_t{0}));
  return storing;
}

std::string_view last_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

}  // namespace

std::optional<std::uint32_t> writable_compression(std::string_view name) {
  if (name.empty() || name == "none") return repo::kNoCompression;
  constexpr std::pair<std::string_view, std::string_view> kStandIns[] = {
      {"pgzip", "gzip"}, {"deflate", "gzip"}, {"s2-", "s2-default"}, {"lz4", "s2-default"}};
  const std::optional<std::uint32_t> id = repo::compression_id(name);
  if (!id || repo::Compressor::create(*id).ok()) return id;
  for (const auto& [beginning, instead] : kStandIns) {
    if (name.starts_with(beginning)) return repo::compression_id(instead);
  }
  return std::nullopt;
}

const PolicyNode& PolicyNode::child(std::string_view name) const {
  const auto found = children.find(name);
  return found == children.end() ? *others : found->second;
}

DirectoryRules::DirectoryRules(const PolicyNode& node, std::shared_ptr<const IgnoreRules> ignore, bool is_cache,
                               std::optional<std::uint32_t> forced_compression)
    : node_(node), ignore_(std::move(ignore)), is_cache_(is_cache), forced_compression_(forced_compression) {}

bool DirectoryRules::takes(std::string_view path, const Found& found, Excluded& excluded) const {
  const bool is_directory = found.entry.type == EntryType::directory;
  if (!ignore_->is_empty) {
    const IgnoreRules::Verdict verdict = ignore_->judge(U"/" + to_runes(path), is_directory);
    if (verdict.times > 0) {
      (is_directory ? excluded.directories : excluded.files) += verdict.times;
      excluded.bytes += is_directory ? 0 : verdict.times * found.entry.size;
    }
    if (verdict.left_out) return false;
  }
  if (ignore_->max_file_size > 0 && !is_directory && found.entry.size > ignore_->max_file_size) return false;
  return !ignore_->one_file_system || !found.other_filesystem;
}

Storing DirectoryRules::storing_of(const DirEntry& entry) const {
  return storing_by(node_.child(entry.name), entry, forced_compression_);
}

Failure DirectoryRules::file_failure() const {
  return node_.policy->ignore_file_errors.value_or(false) ? Failure::ignored : Failure::fatal;
}

Failure DirectoryRules::directory_failure(std::string_view name) const {
  return node_.child(name).policy->ignore_directory_errors.value_or(false) ? Failure::ignored : Failure::fatal;
}

bool DirectoryRules::passes_over_unknown() const { return node_.policy->ignore_unknown_types.value_or(true); }

std::uint32_t DirectoryRules::metadata_compression() const { return node_.metadata_compression; }

Result<std::unique_ptr<EntryRules> > EntryRules::make(const Policies& policies, const Source& source, Options options) {
  std::unique_ptr<EntryRules> rules(new EntryRules(options));
  EffectivePolicy effective = TRY(policies.effective(source));
  const std::string shown = to_string(source);
  for (const auto& [action, name] : {std::pair(&effective.policy.before_root, "beforeSnapshotRoot"),
                                     std::pair(&effective.policy.after_root, "afterSnapshotRoot")}) {
    if (*action)
      rules->warnings_.push_back("the policy of " + shown + " has the action " + name + ", which is not run");
  }
  rules->set_policy(rules->root_, std::move(effective.policy), shown);
  const auto below = TRY(policies.below(source));
  for (const auto& [path, defined] : below) rules->add(path, *defined);
  rules->finish();
  return rules;
}

std::uint32_t EntryRules::compression_of(const std::string& name, const std::string& shown) {
  const std::optional<std::uint32_t> id = writable_compression(name);
  if (!id) {
    warnings_.push_back("the policy of " + shown + " has the compressor " + name +
                        ", which is not known: nothing is compressed");
  } else if (*id != repo::kNoCompression && repo::compression_id(name) != id) {
    warnings_.push_back("the policy of " + shown + " has the compressor " + name + ", which is not offered: " +
                        std::string(repo::compression_name(*id).value_or("")) + " is used");
  }
  return id.value_or(repo::kNoCompression);
}

void EntryRules::set_policy(PolicyNode& node, Policy policy, const std::string& shown) {
  for (const auto& [action, name] :
       {std::pair(&policy.before_folder, "beforeFolder"), std::pair(&policy.after_folder, "afterFolder")}) {
    if (*action) warnings_.push_back("the policy of " + shown + " has the action " + name + ", which is not run");
  }
  if (!policy.splitter.empty() && !repo::make_splitter(policy.splitter).ok()) {
    warnings_.push_back("the policy of " + shown + " has the splitter " + policy.splitter +
                        ", which is not known: the repository's is used");
    policy.splitter.clear();
  }
  node.compression = compression_of(policy.compressor, shown);
  node.metadata_compression = compression_of(policy.metadata_compressor, shown);
  node.policy = std::make_shared<const Policy>(std::move(policy));
  node.is_defined = true;
}

void EntryRules::add(std::string_view path, const DefinedPolicy& defined) {
  if (static_cast<std::size_t>(std::ranges::count(path, '/')) > kDeepestPolicy) return;
  PolicyNode* node = &root_;
  for (;;) {
    const std::string_view name = path.substr(0, path.find('/'));
    node = &node->children[std::string(name)];
    if (name.size() == path.size()) break;
    path.remove_prefix(name.size() + 1);
  }
  set_policy(*node, defined.policy, to_string(defined.target));
}

// Gives nodes without a policy that of the node above, and each what its other children have.
void EntryRules::finish() {
  std::vector<PolicyNode*> open{&root_};
  while (!open.empty()) {
    PolicyNode& node = *open.back();
    open.pop_back();
    for (auto& [name, child] : node.children) {
      if (!child.policy) {
        child.policy = node.policy;
        child.compression = node.compression;
        child.metadata_compression = node.metadata_compression;
      }
      open.push_back(&child);
    }
    node.others = &node;
    if (node.children.empty() && !node.is_defined) continue;
    PolicyNode& others = *others_.emplace_back(std::make_unique<PolicyNode>());
    others.policy = node.policy;
    others.compression = node.compression;
    others.metadata_compression = node.metadata_compression;
    others.others = &others;
    node.others = &others;
  }
}

Result<std::shared_ptr<const DirectoryRules> > EntryRules::enter(const SourceTree& tree, const DirectoryRules* above,
                                                                 const std::string& path, Excluded& excluded) const {
  static const std::shared_ptr<const IgnoreRules> kNone = std::make_shared<IgnoreRules>();
  const PolicyNode& node = above ? above->node_.child(last_name(path)) : root_;
  std::shared_ptr<const IgnoreRules> ignore = above ? above->ignore_ : kNone;
  const bool is_cache = node.policy->ignore_cache_dirs.value_or(true) && is_cache_directory(tree, path);
  if (is_cache) {
    ++excluded.directories;
  } else {
    const Policy* const defined = node.is_defined ? node.policy.get() : nullptr;
    const std::vector<std::string>& names = defined ? defined->dot_ignore : ignore->dot_files;
    std::vector<std::string> files;
    for (const std::string& name : names) {
      std::optional<std::string> text = TRY(tree.read_beside(path, name, kLargestIgnoreFile, Links::follow));
      if (!text) continue;
      if (text->size() == kLargestIgnoreFile) return Error(Code::unsupported, name + " is too large to hold rules");
      files.push_back(*std::move(text));
    }
    if (defined || !files.empty()) {
      ignore = TRY(extend_rules(ignore, defined, names, files, path.empty() ? "" : "/" + path));
    }
  }
  return std::make_shared<const DirectoryRules>(node, std::move(ignore), is_cache, options_.compression);
}

Storing EntryRules::storing_of_root(const DirEntry& file) const {
  return storing_by(root_, file, options_.compression);
}

}  // namespace salvor::snapshot
