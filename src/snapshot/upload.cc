#include "snapshot/upload.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/channel.h"
#include "base/task_group.h"
#include "repo/manifest_writer.h"
#include "repo/object_writer.h"
#include "snapshot/directory.h"
#include "snapshot/summary.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kQueued = 1024;  // files that wait for a thread

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }

bool is_unchanged(const DirEntry& before, const DirEntry& now) {
  return before.type == now.type && before.mode == now.mode && before.uid == now.uid && before.gid == now.gid &&
         before.size == now.size && before.modified == now.modified;
}

// A directory until it is written: it waits for its own list and for everything in it.
struct Node {
  std::shared_ptr<Node> parent;
  std::string path;
  DirEntry self;
  std::optional<DirEntry> previous;
  std::mutex lock;  // of what follows
  std::vector<DirEntry> entries;
  SummaryBuilder failures;
  std::size_t pending = 1;
  bool is_unreadable = false;
};

class Upload {
 public:
  Upload(const SourceTree& tree, repo::Repository& repository, repo::ContentWriter& contents,
         const UploadOptions& options, UploadProgress& progress, const UploadProblem& problem)
      : tree_(tree),
        repository_(repository),
        contents_(contents),
        options_(options),
        progress_(progress),
        problem_(problem) {}

  Result<DirEntry> run(const std::optional<DirEntry>& previous, std::stop_token stop) {
    auto root = std::make_shared<Node>();
    root->self = TRY(tree_.root());
    root->previous = previous;
    TaskGroup group(std::move(stop));
    for (unsigned i = 0; i < options_.threads; ++i) {
      group.start([&](std::stop_token stopped) { return write_leaves(stopped); });
    }
    group.start([&](std::stop_token stopped) {
      Result<> walked = walk(root, stopped);
      leaves_.close();
      return walked;
    });
    TRY(group.join());
    return std::move(root->self);
  }

 private:
  struct Leaf {
    std::shared_ptr<Node> in;
    DirEntry entry;
    std::optional<DirEntry> before;
  };
  using Earlier = std::map<std::string, DirEntry, std::less<> >;

  void tell(const std::string& path, const Error& error) {
    telling_.with([&](auto&) { problem_(path, error); });
  }
  void record_failure(Node& in, const std::string& path, const Error& error) {
    ++progress_.failed;
    tell(path, error);
    std::lock_guard hold(in.lock);
    in.failures.add_failed(path, error.message(), Failure::fatal);
  }
  void leave_out(const std::string& path, const Error& why) {
    ++progress_.left_out;
    tell(path, why);
  }

  // An earlier directory that cannot be read costs time, and no more.
  Earlier earlier_entries(const Node& node, std::stop_token stop) {
    Earlier earlier;
    if (!node.previous || node.previous->type != EntryType::directory) return earlier;
    const Result<> read = visit_directory(
        repository_, *node.previous,
        [&](DirEntry&& entry) {
          std::string name = entry.name;
          earlier.insert_or_assign(std::move(name), std::move(entry));
          return Result<>();
        },
        std::move(stop));
    if (!read.ok()) earlier.clear();
    return earlier;
  }

  Result<> walk(const std::shared_ptr<Node>& root, std::stop_token stop) {
    std::vector<std::shared_ptr<Node> > waiting{root};
    while (!waiting.empty()) {
      const std::shared_ptr<Node> node = std::move(waiting.back());
      waiting.pop_back();
      TRY(walk_one(node, waiting, stop));
      TRY(settle(node, stop));
    }
    return {};
  }

  Result<> walk_one(const std::shared_ptr<Node>& node, std::vector<std::shared_ptr<Node> >& waiting,
                    std::stop_token stop) {
    Earlier earlier = earlier_entries(*node, stop);
    bool is_stopped = false;
    const Result<> listed = tree_.list(node->path, [&](Found found) -> Result<> {
      const std::string path = joined(node->path, found.entry.name);
      const auto before = earlier.find(found.entry.name);
      std::optional<DirEntry> old = before == earlier.end() ? std::nullopt : std::optional(std::move(before->second));
      if (found.entry.type == EntryType::unknown) {
        leave_out(path, Error(Code::unsupported, "it is " + found.kind + ", which is not saved"));
        return {};
      }
      {
        std::lock_guard hold(node->lock);
        ++node->pending;
      }
      if (found.entry.type == EntryType::directory) {
        auto below = std::make_shared<Node>();
        below->parent = node;
        below->path = path;
        below->self = std::move(found.entry);
        below->previous = std::move(old);
        waiting.push_back(std::move(below));
      } else if (!leaves_.push({node, std::move(found.entry), std::move(old)}, stop)) {
        is_stopped = true;
        return Error(Code::cancelled, "the snapshot was stopped");
      }
      return {};
    });
    if (listed.ok()) return {};
    if (is_stopped || !node->parent) return listed.error().clone();
    if (listed.error().code() == Code::not_found) {
      leave_out(node->path, listed.error());
    } else {
      record_failure(*node->parent, node->path, listed.error());
    }
    std::lock_guard hold(node->lock);
    node->is_unreadable = true;
    return {};
  }

  Result<> write_leaves(std::stop_token stop) {
    while (std::optional<Leaf> leaf = leaves_.pop(stop)) {
      TRY(write_leaf(*leaf, stop));
      TRY(settle(leaf->in, stop));
    }
    return {};
  }

  Result<> write_leaf(Leaf& leaf, std::stop_token stop) {
    const std::string path = joined(leaf.in->path, leaf.entry.name);
    progress_.current.with([&](std::string& current) { current = path; });
    if (leaf.before && is_unchanged(*leaf.before, leaf.entry)) {
      leaf.entry.object = leaf.before->object;
      ++progress_.cached;
    } else {
      bool is_ours = false;  // whether an error is of the repository
      const Result<> written = write_object(path, leaf.entry, is_ours, stop);
      if (!written.ok() && (is_ours || written.error().code() == Code::cancelled)) return written.error().clone();
      if (!written.ok() && written.error().code() == Code::not_found) {
        leave_out(path, written.error());
        return {};
      }
      if (!written.ok()) {
        record_failure(*leaf.in, path, written.error());
        return {};
      }
    }
    ++progress_.files;
    std::lock_guard hold(leaf.in->lock);
    leaf.in->entries.push_back(std::move(leaf.entry));
    return {};
  }

  Result<> write_object(const std::string& path, DirEntry& entry, bool& is_ours, std::stop_token stop) {
    const std::string& splitter = repository_.format().config.splitter;
    repo::ObjectWriter object =
        TRY(repo::ObjectWriter::create(contents_, splitter, {.compression = options_.compression}));
    const auto ours = [&](Result<> outcome) {
      is_ours = !outcome.ok();
      return outcome;
    };
    if (entry.type == EntryType::symlink) {
      const std::string target = TRY(tree_.read_link(path));
      entry.size = target.size();
      TRY(ours(object.write(as_bytes(target), stop)));
    } else {
      TRY(tree_.read_file(path, entry, [&](ByteView bytes) {
        progress_.bytes += bytes.size();
        return ours(object.write(bytes, stop));
      }));
    }
    Result<std::string> id = object.finish(std::move(stop));
    is_ours = !id.ok();
    entry.object = TRY(std::move(id));
    return {};
  }

  // One thing less to wait for. Writes the directory when it was the last, and goes on with the one above.
  Result<> settle(std::shared_ptr<Node> node, std::stop_token stop) {
    while (node) {
      {
        std::lock_guard hold(node->lock);
        if (--node->pending > 0) return {};
      }
      const std::shared_ptr<Node> parent = node->parent;
      if (!node->is_unreadable) {
        TRY(write_directory(*node, stop));
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
  Result<> write_directory(Node& node, std::stop_token stop) {
    std::ranges::sort(node.entries, precedes);
    repo::ObjectWriter object =
        TRY(repo::ObjectWriter::create(contents_, repository_.format().config.splitter,
                                       {.prefix = repo::kDirectoryPrefix, .compression = repo::kZstdFastest}));
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
  const UploadOptions& options_;
  UploadProgress& progress_;
  const UploadProblem& problem_;
  Channel<Leaf> leaves_{kQueued};
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

}  // namespace

Result<DirEntry> upload(const SourceTree& tree, repo::Repository& repository, repo::ContentWriter& contents,
                        const std::optional<DirEntry>& previous, const UploadOptions& options, UploadProgress& progress,
                        const UploadProblem& problem, std::stop_token stop) {
  return Upload(tree, repository, contents, options, progress, problem).run(previous, std::move(stop));
}

Result<Manifest> take_snapshot(const std::string& path, const SnapshotRequest& request, repo::Repository& repository,
                               Clock& clock, Rng& rng, UploadProgress& progress, const UploadProblem& problem,
                               std::stop_token stop) {
  const SourceTree tree = TRY(SourceTree::open(path));
  const auto contents = TRY(
      repo::ContentWriter::create(repository, {.user = request.source.user, .host = request.source.host}, clock, rng));
  Manifest manifest{
      .source = request.source, .description = request.description, .start = clock.now(), .tags = request.tags};
  const std::optional<DirEntry> previous = TRY(latest_root(repository, request.source, stop));
  manifest.root = TRY(upload(tree, repository, *contents, previous, request.upload, progress, problem, stop));
  manifest.end = clock.now();
  const DirectorySummary& summary = *manifest.root->summary;
  manifest.stats = {.total_size = summary.total_size,
                    .files = summary.files,
                    .cached_files = progress.cached,
                    .non_cached_files = progress.files - progress.cached,
                    .directories = summary.directories,
                    .errors = summary.failed};
  // The data before what refers to it: a manifest that others see has all that it names.
  TRY(contents->flush(stop));
  manifest.id = TRY(repo::put_manifest(*contents, TRY(labels_of(manifest)), encode(manifest), clock, rng, stop));
  TRY(contents->flush(std::move(stop)));
  return manifest;
}

}  // namespace salvor::snapshot
