#include "snapshot/upload.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/task_group.h"
#include "codec/utf8.h"
#include "repo/object_writer.h"
#include "snapshot/directory.h"
#include "snapshot/earlier.h"
#include "snapshot/file_writer.h"
#include "snapshot/tree.h"
#include "snapshot/upload_work.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kMostBatchBytes = 48 << 20;  // a few more chunks than are hashed at once
constexpr std::size_t kGroupsPerThread = 4;        // that wait
constexpr std::size_t kEntriesBetweenRests = 64;   // of a listing: to look at the clock takes as long as half an entry

// Two at least: one is read while the other is written.
std::size_t batch_bytes(const UploadOptions& options) { return std::min(kMostBatchBytes, options.chunk_memory / 2); }
unsigned batches(const UploadOptions& options) {
  return static_cast<unsigned>(options.chunk_memory / std::max<std::size_t>(batch_bytes(options), 1));
}

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }

class Upload {
 public:
  explicit Upload(const UploadJob& job)
      : job_(job),
        progress_(job.progress),
        work_(std::max(batches(job.options), 2U), batch_bytes(job.options), kGroupsPerThread * job.options.threads),
        files_(work_, job.contents, job.repository.format().config.splitter, job.progress.bytes,
               [this](std::stop_token stop) { return rest(std::move(stop)); }) {}

  Result<DirEntry> run(std::stop_token stop) {
    root_->self = TRY(job_.tree.root());
    root_->previous = job_.previous;
    if (job_.tree.is_file()) {
      work_.add(FileGroup{root_, nullptr, {root_->self}, 0});
    } else {
      work_.add(root_);
    }
    next_checkpoint_ = (job_.clock.monotonic() + job_.options.checkpoint_every).count();
    {
      // Not stopped with `stop`: a content that is cut off would spoil the last checkpoint.
      TaskGroup group;
      const std::stop_callback close(stop, [this] { work_.close(); });
      for (unsigned i = 0; i < job_.options.threads; ++i) {
        group.start([&](std::stop_token stopped) { return do_work(stopped); });
      }
      TRY(group.join());
    }
    if (root_->pending == 0) return std::move(root_->self);
    TRY(checkpoint(kCanceledReason, {}));
    return Error(Code::cancelled, "the snapshot was stopped");
  }

 private:
  Result<> do_work(std::stop_token stop) {
    while (std::optional<UploadWork::Item> item = work_.next(stop)) {
      Result<> did = rest(stop);
      if (did.ok()) did = do_one(*std::move(item), stop);
      item.reset();
      work_.done();
      // What was closed ends by itself, and the others may still write what they have.
      if (!did.ok() && work_.is_closed() && did.error().code() == Code::cancelled) return {};
      TRY(std::move(did));
    }
    return {};
  }

  Result<> do_one(UploadWork::Item item, std::stop_token stop) {
    if (auto* job = std::get_if<UploadWork::ChunkJob>(&item)) return files_.write(std::move(*job), std::move(stop));
    if (auto* group = std::get_if<FileGroup>(&item)) {
      return group->directory ? write_group(*group, std::move(stop)) : write_source(*group, std::move(stop));
    }
    return walk(std::get<UploadNodePtr>(item), std::move(stop));
  }

  // Where this thread has written all that it began, but for files and directories that are in their nodes. Makes the
  // checkpoint that is due, or waits while another does. `cancelled` when no more is to be begun.
  Result<> rest(std::stop_token stop) {
    if (work_.is_closed()) return Error(Code::cancelled, "the snapshot was stopped");
    if (!is_checkpoint_due()) {
      if (work_.is_pausing()) work_.rest(std::move(stop));
      return {};
    }
    if (!work_.pause(stop)) return {};
    Result<> made;
    if (is_checkpoint_due()) made = ours(checkpoint(kCheckpointReason, std::move(stop)));
    next_checkpoint_ = (job_.clock.monotonic() + job_.options.checkpoint_every).count();
    work_.resume();
    return made;
  }

  bool is_checkpoint_due() { return job_.save && job_.clock.monotonic().count() >= next_checkpoint_; }

  // Requires: nobody else is at work.
  Result<> checkpoint(std::string_view reason, std::stop_token stop) {
    if (!job_.save) return {};
    std::vector<UploadNodePtr> open{root_};  // each behind the one above it
    for (std::size_t i = 0; i < open.size(); ++i) {
      for (const auto& [address, below] : open[i]->begun) {
        if (UploadNodePtr node = below.lock()) open.push_back(std::move(node));
      }
    }
    std::unordered_map<const UploadNode*, std::vector<DirEntry> > unfinished;
    for (; open.size() > 1; open.pop_back()) {
      UploadNode& node = *open.back();
      std::vector<DirEntry> also = TRY(read_so_far(node, reason, stop));
      std::ranges::move(unfinished[&node], std::back_inserter(also));
      unfinished[node.parent.get()].push_back(TRY(write_directory(node, std::move(also), reason, stop)));
    }
    std::vector<DirEntry> also = TRY(read_so_far(*root_, reason, stop));
    std::ranges::move(unfinished[root_.get()], std::back_inserter(also));
    if (also.empty() && root_->entries.empty()) return {};
    DirEntry root =
        job_.tree.is_file() ? std::move(also.front()) : TRY(write_directory(*root_, std::move(also), reason, stop));
    return job_.save(std::move(root), reason, std::move(stop));
  }

  // What there is of files that are being read.
  Result<std::vector<DirEntry> > read_so_far(const UploadNode& node, std::string_view reason, std::stop_token stop) {
    std::vector<DirEntry> found;
    for (const auto& file : node.reading) {
      std::optional<DirEntry> entry = TRY(files_.so_far(*file, stop));
      if (!entry) continue;
      entry->name = ".checkpointed." + entry->name + "." + job_.rng.uuid();
      if (job_.tree.is_file()) entry->summary = summary_of(*entry, std::string(reason));
      found.push_back(*std::move(entry));
    }
    return found;
  }

  // That of a source that is a file.
  static DirectorySummary summary_of(const DirEntry& file, std::string incomplete) {
    return {.total_size = file.size, .files = 1, .max_modified = file.modified, .incomplete = std::move(incomplete)};
  }

  void tell(const std::string& path, const Error& error) {
    telling_.with([&](auto&) { job_.problem(path, error); });
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
    for (const DirEntry& before : node.previous) {
      if (before.type != EntryType::directory) continue;
      std::vector<DirEntry> entries;
      const Result<> read = visit_directory(
          job_.repository, before, [&](DirEntry&& entry) { return entries.push_back(std::move(entry)), Result<>(); },
          stop);
      if (read.ok()) earlier.add(std::move(entries));
    }
    return earlier;
  }

  // What a directory holds that was not there before, or not so, on its way to who writes it.
  struct Listing {
    UploadNodePtr node;
    std::shared_ptr<const SourceDirectory> directory;
    Earlier earlier;
    FileGroup group;
    std::vector<DirEntry> unchanged;
    std::size_t taken = 0;
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
    node->rules = TRY(job_.rules.enter(job_.tree, above, node->path, progress_.excluded));
    if (node->parent) {
      std::lock_guard hold(node->parent->lock);
      node->parent->begun.emplace(node.get(), node);
    }
    if (node->rules->is_cache()) return {};
    Listing listing{node,
                    std::make_shared<const SourceDirectory>(TRY(job_.tree.open_directory(node->path))),
                    earlier_entries(*node, stop),
                    {},
                    {},
                    0};
    begin_group(listing);
    Result<> listed = listing.directory->list([&](Found found) { return take(listing, std::move(found), stop); });
    if (listed.ok()) listed = end_group(listing, stop);
    hand_over_unchanged(listing);
    return listed;
  }

  void hand_over_unchanged(Listing& listing) {
    progress_.files += listing.unchanged.size();
    progress_.cached += listing.unchanged.size();
    std::uint64_t bytes = 0;
    for (const DirEntry& entry : listing.unchanged) bytes += entry.size;
    progress_.cached_bytes += bytes;
    std::lock_guard hold(listing.node->lock);
    std::ranges::move(listing.unchanged, std::back_inserter(listing.node->entries));
    listing.unchanged.clear();
  }

  Result<> rest_in(Listing& listing, std::stop_token stop) {
    if (work_.is_pausing() || is_checkpoint_due()) hand_over_unchanged(listing);
    return rest(std::move(stop));
  }

  Result<> take(Listing& listing, Found found, std::stop_token stop) {
    if (++listing.taken % kEntriesBetweenRests == 0) TRY(rest_in(listing, stop));
    DirEntry& entry = found.entry;
    const std::string path = joined(listing.node->path, entry.name);
    if (!listing.node->rules->takes(path, found, progress_.excluded)) return {};
    if (!codec::is_utf8(entry.name)) {
      tell(path, Error(Code::unsupported, "its name is no UTF-8, and is saved with U+FFFD for each byte that is none"));
    }
    if (entry.type == EntryType::unknown) {
      pass_over(*listing.node, path, found.kind);
    } else if (entry.type == EntryType::directory) {
      std::vector<DirEntry> before = listing.earlier.directories(entry.name);
      go_below(listing.node, std::move(entry), std::move(before));
    } else if (DirEntry* const before = listing.earlier.unchanged(entry)) {
      entry.object = std::move(before->object);
      listing.unchanged.push_back(std::move(entry));
    } else {
      TRY(add_to_group(listing, std::move(entry), std::move(stop)));
    }
    return {};
  }

  Result<> add_to_group(Listing& listing, DirEntry entry, std::stop_token stop) {
    FileGroup& group = listing.group;
    if (!group.entries.empty() && group.bytes + entry.size > FileWriter::kMostGroupBytes) {
      TRY(end_group(listing, stop));
    }
    group.bytes += std::min(entry.size, FileWriter::kMostGroupBytes);
    group.entries.push_back(std::move(entry));
    if (group.entries.size() < FileWriter::kMostFiles && group.bytes < FileWriter::kMostGroupBytes) return {};
    return end_group(listing, std::move(stop));
  }

  void pass_over(UploadNode& in, const std::string& path, const std::string& kind) {
    const Error why(Code::unsupported, "it is " + kind + ", which is not saved");
    if (in.rules->passes_over_unknown()) {
      leave_out(path, why);
    } else {
      record_failure(in, path, why, Failure::fatal);
    }
  }

  void go_below(const UploadNodePtr& node, DirEntry entry, std::vector<DirEntry> before) {
    auto below = std::make_shared<UploadNode>();
    below->parent = node;
    below->path = joined(node->path, entry.name);
    below->self = std::move(entry);
    below->previous = std::move(before);
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

  void show(const FileGroup& group) {
    progress_.current.with([&](std::string& current) { current = joined(group.in->path, group.entries.front().name); });
  }

  Result<> write_group(FileGroup& group, std::stop_token stop) {
    show(group);
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

  // The source itself. What cannot be read of it is an error, as for stock.
  Result<> write_source(FileGroup& group, std::stop_token stop) {
    show(group);
    DirEntry& entry = group.entries.front();
    SourceFile file = TRY(job_.tree.open_root());
    bool is_ours = false;
    const auto problem = [&](const DirEntry&, const Error& error, bool) { tell(entry.name, error); };
    TRY(files_.write(*group.in, file, entry, job_.rules.storing_of_root(entry), problem, is_ours, std::move(stop)));
    entry.summary = summary_of(entry, "");
    ++progress_.files;
    std::lock_guard hold(group.in->lock);
    group.in->self = std::move(entry);
    group.in->pending = 0;
    return {};
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
        Result<DirEntry> written = write_directory(*node, {}, "", stop);
        if (!written.ok()) return ours(std::move(written).error());
        node->entries = {};
        node->self = *std::move(written);
        ++progress_.directories;
      }
      if (parent) {
        std::lock_guard hold(parent->lock);
        if (!node->is_unreadable) parent->entries.push_back(std::move(node->self));
        parent->begun.erase(node.get());
      }
      node = parent;
    }
    return {};
  }

  // Its entry, once it is an object. `also` is in it, too. Nobody else works on the node.
  Result<DirEntry> write_directory(UploadNode& node, std::vector<DirEntry> also, std::string_view incomplete,
                                   std::stop_token stop) {
    std::ranges::sort(node.entries, precedes);
    std::ranges::sort(also, precedes);
    repo::ObjectWriter object =
        TRY(repo::ObjectWriter::create(job_.contents, job_.repository.format().config.splitter,
                                       {.prefix = repo::kDirectoryPrefix,
                                        .compression = node.rules->metadata_compression(),
                                        .list_compression = node.rules->metadata_compression()}));
    DirectoryWriter writer([&](std::string_view text) { return object.write(as_bytes(text), stop); });
    SummaryBuilder summary = node.failures;
    const auto add = [&](const DirEntry& entry) {
      summary.add(entry);
      return writer.add(entry);
    };
    auto next = also.begin();
    for (const DirEntry& entry : node.entries) {
      for (; next != also.end() && precedes(*next, entry); ++next) TRY(add(*next));
      TRY(add(entry));
    }
    for (; next != also.end(); ++next) TRY(add(*next));
    DirEntry self = node.self;
    self.summary = summary.build(self.modified, std::string(incomplete));
    TRY(writer.finish(*self.summary));
    self.object = TRY(object.finish(std::move(stop)));
    return self;
  }

  const UploadJob& job_;
  UploadProgress& progress_;
  const UploadNodePtr root_ = std::make_shared<UploadNode>();
  std::atomic<Duration::rep> next_checkpoint_{0};  // by the monotonic clock
  UploadWork work_;
  FileWriter files_;
  std::atomic<bool> repository_failed_{false};
  Guarded<int> telling_;
};

}  // namespace

Result<DirEntry> upload(const UploadJob& job, std::stop_token stop) { return Upload(job).run(std::move(stop)); }

}  // namespace salvor::snapshot
