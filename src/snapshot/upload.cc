#include "snapshot/upload.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/task_group.h"
#include "codec/utf8.h"
#include "repo/manifest_writer.h"
#include "repo/object_writer.h"
#include "snapshot/directory.h"
#include "snapshot/file_writer.h"
#include "snapshot/save_file.h"
#include "snapshot/tree.h"
#include "snapshot/upload_work.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kMostBatchBytes = 48 << 20;  // a few more chunks than are hashed at once
constexpr std::size_t kGroupsPerThread = 4;        // that wait

// Two at least: one is read while the other is written.
std::size_t batch_bytes(const UploadOptions& options) { return std::min(kMostBatchBytes, options.chunk_memory / 2); }
unsigned batches(const UploadOptions& options) {
  return static_cast<unsigned>(options.chunk_memory / std::max<std::size_t>(batch_bytes(options), 1));
}

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }

bool is_unchanged(const DirEntry& before, const DirEntry& now) {
  return before.type == now.type && before.mode == now.mode && before.uid == now.uid && before.gid == now.gid &&
         before.size == now.size && before.modified == now.modified;
}

// What an earlier snapshot has in a directory.
class Earlier {
 public:
  void add(DirEntry&& entry) { entries_.push_back(std::move(entry)); }
  void sort() {
    if (!std::ranges::is_sorted(entries_, {}, &DirEntry::name)) std::ranges::sort(entries_, {}, &DirEntry::name);
  }
  void clear() { entries_.clear(); }
  DirEntry* find(const std::string& name) {
    const auto at = std::ranges::lower_bound(entries_, name, {}, &DirEntry::name);
    return at == entries_.end() || at->name != name ? nullptr : &*at;
  }

 private:
  std::vector<DirEntry> entries_;
};

class Upload {
 public:
  Upload(const SourceTree& tree, repo::Repository& repository, repo::ContentWriter& contents, const EntryRules& rules,
         const UploadOptions& options, UploadProgress& progress, const UploadProblem& problem)
      : tree_(tree),
        repository_(repository),
        contents_(contents),
        rules_(rules),
        options_(options),
        progress_(progress),
        problem_(problem),
        work_(std::max(batches(options), 2U), batch_bytes(options), kGroupsPerThread * options.threads),
        files_(work_, contents, repository.format().config.splitter, progress.bytes) {}

  Result<DirEntry> run(const std::optional<DirEntry>& previous, std::stop_token stop) {
    auto root = std::make_shared<UploadNode>();
    root->self = TRY(tree_.root());
    root->previous = previous;
    work_.add(root);
    TaskGroup group(std::move(stop));
    for (unsigned i = 0; i < options_.threads; ++i) {
      group.start([&](std::stop_token stopped) { return do_work(stopped); });
    }
    TRY(group.join());
    if (root->pending > 0) return Error(Code::cancelled, "the snapshot was stopped");
    return std::move(root->self);
  }

 private:
  Result<> do_work(std::stop_token stop) {
    while (std::optional<UploadWork::Item> item = work_.next(stop)) {
      Result<> did = do_one(*std::move(item), stop);
      item.reset();
      work_.done();
      TRY(std::move(did));
    }
    return {};
  }

  Result<> do_one(UploadWork::Item item, std::stop_token stop) {
    if (auto* job = std::get_if<UploadWork::ChunkJob>(&item)) return files_.write(std::move(*job), std::move(stop));
    if (auto* group = std::get_if<FileGroup>(&item)) return write_group(*group, std::move(stop));
    return walk(std::get<UploadNodePtr>(item), std::move(stop));
  }

  void tell(const std::string& path, const Error& error) {
    telling_.with([&](auto&) { problem_(path, error); });
  }
  void record_failure(UploadNode& in, const std::string& path, const Error& error, Failure failure) {
    ++(failure == Failure::fatal ? progress_.failed : progress_.ignored);
    tell(path, error);
    std::lock_guard hold(in.lock);
    in.failures.add_failed(path, error.message(), failure);
  }
  void leave_out(const std::string& path, const Error& why) {
    ++progress_.left_out;
    tell(path, why);
  }

  // An earlier directory that cannot be read costs time, and no more.
  Earlier earlier_entries(const UploadNode& node, std::stop_token stop) {
    Earlier earlier;
    if (!node.previous || node.previous->type != EntryType::directory) return earlier;
    const Result<> read = visit_directory(
        repository_, *node.previous, [&](DirEntry&& entry) { return earlier.add(std::move(entry)), Result<>(); },
        std::move(stop));
    if (!read.ok()) earlier.clear();
    earlier.sort();
    return earlier;
  }

  // What a directory holds that was not there before, or not so, on its way to who writes it.
  struct Listing {
    UploadNodePtr node;
    std::shared_ptr<const SourceDirectory> directory;
    Earlier earlier;
    FileGroup group;
    std::vector<DirEntry> unchanged;
  };

  Result<> walk(const UploadNodePtr& node, std::stop_token stop) {
    const Result<> listed = list(node, stop);
    if (!listed.ok()) {
      const Code code = listed.error().code();
      if (code == Code::cancelled || repository_failed_ || !node->parent) return listed.error().clone();
      if (code == Code::not_found) {
        leave_out(node->path, listed.error());
      } else {
        const UploadNode& above = *node->parent;
        record_failure(*node->parent, node->path, listed.error(), above.rules->directory_failure(node->self.name));
      }
      std::lock_guard hold(node->lock);
      node->is_unreadable = true;
    }
    return settle(node, 1, std::move(stop));
  }

  // What the repository says: after an error nothing can go on.
  Result<> ours(Result<> outcome) {
    if (!outcome.ok()) repository_failed_ = true;
    return outcome;
  }

  Result<> list(const UploadNodePtr& node, std::stop_token stop) {
    const DirectoryRules* const above = node->parent ? node->parent->rules.get() : nullptr;
    node->rules = TRY(rules_.enter(tree_, above, node->path, progress_.excluded));
    if (node->rules->is_cache()) return {};
    Listing listing{node,
                    std::make_shared<const SourceDirectory>(TRY(tree_.open_directory(node->path))),
                    earlier_entries(*node, stop),
                    {},
                    {}};
    begin_group(listing);
    Result<> listed = listing.directory->list([&](Found found) { return take(listing, std::move(found), stop); });
    if (listed.ok()) listed = end_group(listing, stop);
    progress_.files += listing.unchanged.size();
    progress_.cached += listing.unchanged.size();
    std::lock_guard hold(node->lock);
    std::ranges::move(listing.unchanged, std::back_inserter(node->entries));
    return listed;
  }

  Result<> take(Listing& listing, Found found, std::stop_token stop) {
    DirEntry& entry = found.entry;
    const std::string path = joined(listing.node->path, entry.name);
    if (!listing.node->rules->takes(path, found, progress_.excluded)) return {};
    if (!codec::is_utf8(entry.name)) {
      tell(path, Error(Code::unsupported, "its name is no UTF-8, and is saved with U+FFFD for each byte that is none"));
    }
    DirEntry* const before = listing.earlier.find(entry.name);
    if (entry.type == EntryType::unknown) {
      pass_over(*listing.node, path, found.kind);
    } else if (entry.type == EntryType::directory) {
      go_below(listing.node, std::move(entry), before);
    } else if (before && is_unchanged(*before, entry)) {
      entry.object = std::move(before->object);
      listing.unchanged.push_back(std::move(entry));
    } else {
      FileGroup& group = listing.group;
      if (!group.entries.empty() && group.bytes + entry.size > FileWriter::kMostGroupBytes) {
        TRY(end_group(listing, stop));
      }
      group.bytes += std::min(entry.size, FileWriter::kMostGroupBytes);
      group.entries.push_back(std::move(entry));
      if (group.entries.size() >= FileWriter::kMostFiles || group.bytes >= FileWriter::kMostGroupBytes) {
        TRY(end_group(listing, std::move(stop)));
      }
    }
    return {};
  }

  void pass_over(UploadNode& in, const std::string& path, const std::string& kind) {
    const Error why(Code::unsupported, "it is " + kind + ", which is not saved");
    if (in.rules->passes_over_unknown()) {
      leave_out(path, why);
    } else {
      record_failure(in, path, why, Failure::fatal);
    }
  }

  void go_below(const UploadNodePtr& node, DirEntry entry, DirEntry* before) {
    auto below = std::make_shared<UploadNode>();
    below->parent = node;
    below->path = joined(node->path, entry.name);
    below->self = std::move(entry);
    if (before) below->previous = *before;  // a copy: by its name the others are found
    {
      std::lock_guard hold(node->lock);
      ++node->pending;
    }
    work_.add(std::move(below));
  }

  void begin_group(Listing& listing) { listing.group = FileGroup{listing.node, listing.directory, {}, 0}; }

  Result<> end_group(Listing& listing, std::stop_token stop) {
    if (listing.group.entries.empty()) return {};
    {
      std::lock_guard hold(listing.node->lock);
      ++listing.node->pending;
    }
    std::optional<FileGroup> ours = work_.add(std::move(listing.group));
    begin_group(listing);
    if (!ours) return {};
    return write_group(*ours, std::move(stop));
  }

  Result<> write_group(FileGroup& group, std::stop_token stop) {
    progress_.current.with([&](std::string& current) { current = joined(group.in->path, group.entries.front().name); });
    const auto problem = [&](const DirEntry& entry, const Error& error, bool is_saved) {
      const std::string path = joined(group.in->path, entry.name);
      if (is_saved) {
        tell(path, error);
      } else if (error.code() == Code::not_found) {
        leave_out(path, error);
      } else {
        record_failure(*group.in, path, error, group.in->rules->file_failure());
      }
    };
    TRY(ours(files_.write(group, problem, stop)));
    progress_.files += group.entries.size();
    {
      std::lock_guard hold(group.in->lock);
      std::ranges::move(group.entries, std::back_inserter(group.in->entries));
    }
    return settle(group.in, 1, std::move(stop));
  }

  // So many things less to wait for. Writes the directory when they were the last, and goes on with the one above.
  Result<> settle(UploadNodePtr node, std::size_t settled, std::stop_token stop) {
    while (node) {
      {
        std::lock_guard hold(node->lock);
        node->pending -= std::exchange(settled, 1);
        if (node->pending > 0) return {};
      }
      const UploadNodePtr parent = node->parent;
      if (!node->is_unreadable) {
        TRY(ours(write_directory(*node, stop)));
        ++progress_.directories;
        if (parent) {
          std::lock_guard hold(parent->lock);
          parent->entries.push_back(std::move(node->self));
        }
      }
      node = parent;
    }
    return {};
  }

  // Nobody else knows the node any more.
  Result<> write_directory(UploadNode& node, std::stop_token stop) {
    std::ranges::sort(node.entries, precedes);
    repo::ObjectWriter object =
        TRY(repo::ObjectWriter::create(contents_, repository_.format().config.splitter,
                                       {.prefix = repo::kDirectoryPrefix,
                                        .compression = node.rules->metadata_compression(),
                                        .list_compression = node.rules->metadata_compression()}));
    DirectoryWriter writer([&](std::string_view text) { return object.write(as_bytes(text), stop); });
    for (const DirEntry& entry : node.entries) {
      TRY(writer.add(entry));
      node.failures.add(entry);
    }
    node.self.summary = node.failures.build(node.self.modified, "");
    TRY(writer.finish(*node.self.summary));
    node.self.object = TRY(object.finish(stop));
    node.entries = {};
    return {};
  }

  const SourceTree& tree_;
  repo::Repository& repository_;
  repo::ContentWriter& contents_;
  const EntryRules& rules_;
  const UploadOptions& options_;
  UploadProgress& progress_;
  const UploadProblem& problem_;
  UploadWork work_;
  FileWriter files_;
  std::atomic<bool> repository_failed_{false};
  Guarded<int> telling_;
};

// The root of the latest complete snapshot of the source.
Result<std::optional<DirEntry> > latest_root(repo::Repository& repository, const Source& source, std::stop_token stop) {
  const Snapshots snapshots = TRY(list_snapshots(repository, source, std::move(stop)));
  for (auto one = snapshots.all.rbegin(); one != snapshots.all.rend(); ++one) {
    if (one->incomplete.empty() && one->root && one->source == source) return one->root;
  }
  return std::optional<DirEntry>();
}

unsigned threads_of(const SnapshotRequest& request, const Policy& policy) {
  constexpr std::int64_t kMost = 256;
  const std::int64_t usual =
      std::clamp(static_cast<std::int64_t>(std::thread::hardware_concurrency()), std::int64_t{2}, std::int64_t{8});
  if (request.threads > 0) return request.threads;
  const std::int64_t wanted = policy.parallel_file_reads.value_or(0);
  return static_cast<unsigned>(wanted > 0 ? std::min(wanted, kMost) : usual);
}

Stats stats_of(const DirectorySummary& summary, const UploadProgress& progress) {
  return {.total_size = summary.total_size,
          .excluded_total_size = progress.excluded.bytes,
          .files = summary.files,
          .cached_files = progress.cached,
          .non_cached_files = progress.files - progress.cached,
          .directories = summary.directories,
          .excluded_files = progress.excluded.files,
          .excluded_directories = progress.excluded.directories,
          .ignored_errors = summary.ignored_errors,
          .errors = summary.failed};
}

}  // namespace

Result<DirEntry> upload(const SourceTree& tree, repo::Repository& repository, repo::ContentWriter& contents,
                        const std::optional<DirEntry>& previous, const EntryRules& rules, const UploadOptions& options,
                        UploadProgress& progress, const UploadProblem& problem, std::stop_token stop) {
  return Upload(tree, repository, contents, rules, options, progress, problem).run(previous, std::move(stop));
}

Result<Manifest> take_snapshot(const std::string& path, const SnapshotRequest& request, repo::Repository& repository,
                               Clock& clock, Rng& rng, UploadProgress& progress, const UploadProblem& problem,
                               std::stop_token stop) {
  const SourceTree tree = TRY(SourceTree::open(path));
  const Policies policies = TRY(Policies::load(repository, stop));
  const auto rules = TRY(EntryRules::make(policies, request.source, request.rules));
  for (const std::string& warning : rules->warnings()) problem(path, Error(Code::unsupported, warning));
  const auto contents = TRY(
      repo::ContentWriter::create(repository, {.user = request.source.user, .host = request.source.host}, clock, rng));
  Manifest manifest{
      .source = request.source, .description = request.description, .start = clock.now(), .tags = request.tags};
  const std::optional<DirEntry> previous = TRY(latest_root(repository, request.source, stop));
  if (tree.is_file()) {
    manifest.root = TRY(save_file(tree, repository, *contents, *rules, progress, problem, stop));
  } else {
    const UploadOptions options{.threads = threads_of(request, rules->root_policy()),
                                .chunk_memory = request.chunk_memory};
    manifest.root = TRY(upload(tree, repository, *contents, previous, *rules, options, progress, problem, stop));
  }
  manifest.end = clock.now();
  manifest.stats = stats_of(*manifest.root->summary, progress);
  // The data before what refers to it: a manifest that others see has all that it names.
  TRY(contents->flush(stop));
  const bool is_identical = previous && previous->object == manifest.root->object;
  if (is_identical && rules->root_policy().ignore_identical.value_or(false)) return manifest;
  manifest.id = TRY(repo::put_manifest(*contents, TRY(labels_of(manifest)), encode(manifest), clock, rng, stop));
  TRY(contents->flush(std::move(stop)));
  return manifest;
}

}  // namespace salvor::snapshot
