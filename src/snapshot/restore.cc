#include "snapshot/restore.h"

#include <algorithm>
#include <vector>

#include "base/task_group.h"
#include "repo/object_reader.h"
#include "repo/pack_reader.h"
#include "snapshot/restore_work.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kMaxLinkBytes = 4096;         // PATH_MAX
constexpr std::size_t kMostFiles = 512;             // of a group
constexpr std::uint64_t kMostGroupBytes = 4 << 20;  // of a group
constexpr std::uint64_t kMostSmall = 1 << 20;       // a larger file is written by itself, chunk by chunk
constexpr std::uint64_t kRequestBytes = 2 << 20;    // of a pack at once, for small files
constexpr std::size_t kGroupsPerThread = 2;         // that wait

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }

class Restore {
 public:
  Restore(repo::Repository& repository, const Target& target, const RestoreOptions& options, RestoreProgress& progress,
          const RestoreProblem& problem)
      : repository_(repository),
        target_(target),
        options_(options),
        progress_(progress),
        problem_(problem),
        work_(kGroupsPerThread * options.threads) {}

  // Everything in `root`, or `root` itself when it is no directory.
  Result<> run(const DirEntry& root, std::stop_token stop) {
    const auto node = std::make_shared<RestoreNode>();
    if (root.type == EntryType::directory) {
      node->entry = root;
      work_.add(node);
    } else {
      work_.add(RestoreGroup{node, target_.root(), {root}, 0});
    }
    TaskGroup group(stop);
    for (unsigned i = 0; i < options_.threads; ++i) {
      group.start([&](std::stop_token stopped) { return do_work(stopped); });
    }
    TRY(group.join());
    if (stop.stop_requested()) return Error(Code::cancelled, "the restore was stopped");
    return {};
  }

 private:
  Result<> do_work(std::stop_token stop) {
    while (std::optional<RestoreWork::Item> item = work_.next(stop)) {
      Result<> did = do_one(*std::move(item), stop);
      item.reset();
      work_.done();
      TRY(std::move(did));
    }
    return {};
  }

  Result<> do_one(RestoreWork::Item item, std::stop_token stop) {
    if (auto* chunk = std::get_if<RestoreWork::Chunk>(&item)) return write_chunk(*chunk, std::move(stop));
    if (auto* group = std::get_if<RestoreGroup>(&item)) return write_group(*group, std::move(stop));
    const RestoreNodePtr& node = std::get<RestoreNodePtr>(item);
    TRY(settle(node->path, walk(node, std::move(stop))));
    return settle(node);
  }

  // An Error that is of this entry alone is told, and the rest goes on.
  Result<> settle(const std::string& path, Result<> outcome) {
    if (outcome.ok() || ends_restore(outcome.error().code())) return outcome;
    ++progress_.failed;
    telling_.with([&](auto&) { problem_(path, outcome.error()); });
    return {};
  }

  // One thing less that is missing in a directory.
  Result<> settle(RestoreNodePtr node) {
    while (node && --node->pending == 0) {
      if (node->is_there) TRY(settle(node->path, finish(*node)));
      node = node->parent;
    }
    return {};
  }

  Result<> finish(const RestoreNode& node) {
    const OpenDirectoryPtr directory = TRY(target_.reopen(node.path));
    TRY(target_.finish_directory(*directory, node.entry));
    ++progress_.directories;
    return {};
  }

  Result<> walk(const RestoreNodePtr& node, std::stop_token stop) {
    OpenDirectoryPtr directory = target_.root();
    if (node->parent) {
      const OpenDirectoryPtr parent = TRY(target_.reopen(node->parent->path));
      directory = TRY(target_.directory(*parent, node->entry.name));
    }
    node->is_there = true;
    RestoreGroup group{node, directory, {}, 0};
    const auto take = [&](DirEntry&& saved) -> Result<> {
      DirEntry entry = as_owned(std::move(saved), options_);
      if (entry.type == EntryType::directory) {
        auto below = std::make_shared<RestoreNode>();
        below->parent = node;
        below->path = joined(node->path, entry.name);
        below->entry = std::move(entry);
        ++node->pending;
        work_.add(std::move(below));
        return {};
      }
      group.bytes += std::min(entry.size, kMostSmall);
      group.entries.push_back(std::move(entry));
      if (group.entries.size() < kMostFiles && group.bytes < kMostGroupBytes) return {};
      return hand_on(group, stop);
    };
    Result<> visited = visit_directory(repository_, node->entry, take, stop);
    TRY(hand_on(group, stop));
    return visited;
  }

  // What there is of a group, which is empty then.
  Result<> hand_on(RestoreGroup& group, std::stop_token stop) {
    if (group.entries.empty()) return {};
    ++group.in->pending;
    RestoreGroup full{group.in, group.directory, std::exchange(group.entries, {}), std::exchange(group.bytes, 0)};
    std::optional<RestoreGroup> ours = work_.add(std::move(full));
    return ours ? write_group(*ours, std::move(stop)) : Result<>();
  }

  // An entry of a group whose only content is read with others.
  struct Small {
    repo::MergedIndex::Position content;
    const DirEntry* entry;
  };

  Result<> write_group(RestoreGroup& group, std::stop_token stop) {
    progress_.current.with([&](std::string& current) { current = joined(group.in->path, group.entries.front().name); });
    const auto view = repository_.indexes();
    repo::ReadPlan plan(view);
    std::vector<Small> small;
    for (const DirEntry& entry : group.entries) {
      const auto sort_out = [&]() -> Result<> {
        TRY(check_entry_name(entry.name));
        if (entry.type == EntryType::unknown) {
          return Error(Code::unsupported, "it is neither a file nor a directory nor a link");
        }
        if (target_.keeps(*group.directory, entry)) {
          ++progress_.kept;
          return {};
        }
        const repo::ObjectId object = TRY(repo::ObjectId::parse(entry.object));
        if (object.indirection > 0 || object.compressed || entry.size > kMostSmall) {
          return write_alone(group, entry, object, stop);
        }
        const auto located = TRY(view->contents().locate(object.content));
        if (!located || located->entry.deleted) return write_alone(group, entry, object, stop);  // words the error
        small.push_back({located->position, &entry});
        return {};
      };
      TRY(settle(joined(group.in->path, entry.name), sort_out()));
    }
    std::ranges::stable_sort(small, {}, &Small::content);
    for (std::size_t i = 0; i < small.size(); ++i) {
      if (i == 0 || small[i].content != small[i - 1].content) TRY(plan.add(small[i].content));
    }
    const auto take = [&](repo::MergedIndex::Position content, const repo::ContentEntry&, Result<Bytes> bytes) {
      return write_all_of(group, std::ranges::equal_range(small, content, {}, &Small::content), bytes);
    };
    TRY(repo::read_contents(repository_, std::move(plan), {.threads = 1, .request_bytes = kRequestBytes}, take,
                            std::move(stop)));
    return settle(group.in);
  }

  // The entries that have one content.
  Result<> write_all_of(const RestoreGroup& group, std::span<const Small> entries, const Result<Bytes>& bytes) {
    for (const Small& one : entries) {
      Result<> written = bytes.ok() ? write_small(group, *one.entry, *bytes) : Result<>(bytes.error().clone());
      TRY(settle(joined(group.in->path, one.entry->name), std::move(written)));
    }
    return {};
  }

  Result<> write_small(const RestoreGroup& group, const DirEntry& entry, ByteView bytes) {
    if (entry.type == EntryType::symlink) {
      if (bytes.size() > kMaxLinkBytes) return Error(Code::corrupt, "the link's target is too long");
      const bool written = TRY(target_.write_symlink(*group.directory, entry, std::string(as_text(bytes))));
      ++(written ? progress_.symlinks : progress_.kept);
      return {};
    }
    const bool written = TRY(target_.write_file(group.directory, entry, bytes));
    if (written) progress_.bytes += bytes.size();
    ++(written ? progress_.files : progress_.kept);
    return {};
  }

  // A file of several chunks or a large one: it is begun here, and written by whoever is free. What is small or no file
  // is written at once.
  Result<> write_alone(const RestoreGroup& group, const DirEntry& entry, const repo::ObjectId& object,
                       std::stop_token stop) {
    if (entry.type == EntryType::symlink || object.compressed) {
      Bytes bytes;
      const std::uint64_t most = entry.type == EntryType::symlink ? kMaxLinkBytes : entry.size;
      const auto keep = [&](ByteView piece) -> Result<> {
        if (bytes.size() + piece.size() > most) return Error(Code::corrupt, "it is longer than its directory says");
        append(bytes, piece);
        return {};
      };
      TRY(repo::read_object(repository_, object, keep, std::move(stop)));
      return write_small(group, entry, bytes);
    }
    std::vector<repo::ObjectChunk> chunks = TRY(repo::chunks_of(repository_, object, std::move(stop)));
    if (chunks.size() == 1) chunks.front().length = entry.size;
    std::uint64_t sum = 0;
    for (const repo::ObjectChunk& chunk : chunks) sum += chunk.length.value_or(0);
    if (sum != entry.size) {
      return Error(Code::corrupt, "it has " + std::to_string(sum) + " bytes in the repository, and " +
                                      std::to_string(entry.size) + " by its directory");
    }
    std::optional<PartFile> part = TRY(target_.begin_file(group.directory, entry));
    if (!part) {
      ++progress_.kept;
      return {};
    }
    ++group.in->pending;
    work_.add(std::make_shared<RestoreFile>(group.in, entry, *std::move(part), std::move(chunks)));
    return {};
  }

  Result<> write_chunk(const RestoreWork::Chunk& chunk, std::stop_token stop) {
    RestoreFile& file = *chunk.file;
    const repo::ObjectChunk& what = file.chunks[chunk.number];
    const auto is_lost = [&] {
      std::lock_guard hold(file.lock);
      return file.failed.has_value();
    };
    const auto write = [&]() -> Result<> {
      if (is_lost()) return {};
      std::uint64_t offset = chunk.offset;
      const auto put = [&](ByteView piece) -> Result<> {
        {
          std::lock_guard hold(file.writing);
          TRY(file.file->write_at(offset, piece));
        }
        offset += piece.size();
        progress_.bytes += piece.size();
        return {};
      };
      return repo::read_chunk_pieces(repository_, what, put, std::move(stop));
    };
    Result<> written = write();
    if (!written.ok() && ends_restore(written.error().code())) return written;
    {
      std::lock_guard hold(file.lock);
      if (!written.ok() && !file.failed) file.failed = std::move(written).error();
      if (++file.settled < file.chunks.size()) return {};
    }
    return end(file);
  }

  // Nobody else writes it any more.
  Result<> end(RestoreFile& file) {
    Result<> ended = file.failed ? Result<>(file.failed->clone()) : file.file->publish();
    file.file.reset();
    if (ended.ok()) ++progress_.files;
    TRY(settle(joined(file.in->path, file.entry.name), std::move(ended)));
    return settle(file.in);
  }

  repo::Repository& repository_;
  const Target& target_;
  const RestoreOptions& options_;
  RestoreProgress& progress_;
  const RestoreProblem& problem_;
  RestoreWork work_;
  Guarded<int> telling_;
};

}  // namespace

Result<> restore(repo::Repository& repository, const DirEntry& root, const std::string& target,
                 const RestoreOptions& options, Rng& rng, RestoreProgress& progress, const RestoreProblem& problem,
                 std::stop_token stop) {
  DirEntry entry = as_owned(root, options);
  std::string into = target;
  if (root.type != EntryType::directory) {  // restored under the name that was asked for
    const std::size_t slash = target.rfind('/');
    into = slash == target.npos ? "." : target.substr(0, std::max<std::size_t>(slash, 1));
    entry.name = target.substr(slash == target.npos ? 0 : slash + 1);
  }
  const Target opened = TRY(Target::open(into, options.target, rng));
  return Restore(repository, opened, options, progress, problem).run(entry, std::move(stop));
}

}  // namespace salvor::snapshot
