#include "snapshot/restore.h"

#include <deque>
#include <vector>

#include "base/channel.h"
#include "base/task_group.h"
#include "repo/object_reader.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kMaxLinkBytes = 4096;  // PATH_MAX
constexpr std::size_t kQueued = 256;         // files that wait for a thread
constexpr unsigned kChunksAhead = 4;         // of each file: some 4 MiB each

// Whether every entry would meet it: then there is no use in going on.
bool ends_all(Code code) {
  return code == Code::cancelled || code == Code::unavailable || code == Code::throttled || code == Code::deadline ||
         code == Code::unauthenticated || code == Code::out_of_space;
}

class Restore {
 public:
  Restore(repo::Repository& repository, const Target& target, RestoreProgress& progress, const RestoreProblem& problem)
      : repository_(repository), target_(target), progress_(progress), problem_(problem) {}

  Result<> run(const DirEntry& root, unsigned threads, std::stop_token stop) {
    TaskGroup group(stop);
    for (unsigned i = 0; i < threads; ++i) {
      group.start([&](std::stop_token stopped) { return write_leaves(stopped); });
    }
    group.start([&](std::stop_token stopped) {
      Result<> walked = walk(root, stopped);
      leaves_.close();
      return walked;
    });
    TRY(group.join());
    return finish_directories();
  }

  Result<> write_leaf(const std::string& path, const DirEntry& entry, std::stop_token stop) {
    const std::string whole = joined(path, entry.name);
    progress_.current.with([&](std::string& current) { current = whole; });
    return settle(whole, write_entry(path, entry, std::move(stop)));
  }

 private:
  struct Leaf {
    std::string directory;
    DirEntry entry;
  };
  struct Directory {
    std::string path;  // below the target
    DirEntry entry;
  };

  static std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "/" + name;
  }

  // An Error that is of this entry alone is told, and the rest goes on.
  Result<> settle(const std::string& path, Result<> outcome) {
    if (outcome.ok() || ends_all(outcome.error().code())) return outcome;
    ++progress_.failed;
    telling_.with([&](auto&) { problem_(path, outcome.error()); });
    return {};
  }

  Result<> walk(const DirEntry& root, std::stop_token stop) {
    directories_.push_back({"", root});
    for (std::size_t next = 0; next < directories_.size(); ++next) {
      const std::string path = directories_[next].path;
      TRY(settle(path, walk_one(path, directories_[next].entry, stop)));
    }
    return {};
  }

  Result<> walk_one(const std::string& path, const DirEntry& directory, std::stop_token stop) {
    const OpenDirectory in = TRY(target_.directory(path));
    return visit_directory(
        repository_, directory,
        [&](DirEntry&& entry) -> Result<> {
          if (entry.type != EntryType::directory) {
            if (!leaves_.push({path, std::move(entry)}, stop)) return Error(Code::cancelled, "the restore was stopped");
            return {};
          }
          const std::string below = joined(path, entry.name);
          const Result<> made = target_.make_directory(in, entry.name);
          if (!made.ok()) return settle(below, made.error().clone());
          directories_.push_back({below, std::move(entry)});
          return {};
        },
        stop);
  }

  Result<> write_leaves(std::stop_token stop) {
    while (std::optional<Leaf> leaf = leaves_.pop(stop)) TRY(write_leaf(leaf->directory, leaf->entry, stop));
    return {};
  }

  Result<> write_entry(const std::string& path, const DirEntry& entry, std::stop_token stop) {
    TRY(check_entry_name(entry.name));
    if (entry.type == EntryType::unknown)
      return Error(Code::unsupported, "it is neither a file nor a directory nor a link");
    const OpenDirectory in = TRY(target_.directory(path));
    const repo::ObjectId object = TRY(repo::ObjectId::parse(entry.object));
    if (entry.type == EntryType::symlink) return write_symlink(in, entry, object, std::move(stop));
    const bool written = TRY(target_.write_file(in, entry, [&](const auto& sink) {
      return repo::read_object(
          repository_, object,
          [&](ByteView bytes) -> Result<> {
            TRY(sink(bytes));
            progress_.bytes += bytes.size();
            return {};
          },
          stop);
    }));
    ++(written ? progress_.files : progress_.kept);
    return {};
  }

  Result<> write_symlink(const OpenDirectory& in, const DirEntry& entry, const repo::ObjectId& object,
                         std::stop_token stop) {
    std::string to;
    TRY(repo::read_object(
        repository_, object,
        [&](ByteView bytes) -> Result<> {
          if (to.size() + bytes.size() > kMaxLinkBytes) return Error(Code::corrupt, "the link's target is too long");
          to += as_text(bytes);
          return {};
        },
        std::move(stop)));
    const bool written = TRY(target_.write_symlink(in, entry, to));
    ++(written ? progress_.symlinks : progress_.kept);
    return {};
  }

  // From the deepest up, because setting a mode may close a directory to us, and writing into one changes its time.
  Result<> finish_directories() {
    for (std::size_t i = directories_.size(); i-- > 0;) {
      const Directory& one = directories_[i];
      const auto finish = [&]() -> Result<> {
        return target_.finish_directory(TRY(target_.directory(one.path)), one.entry);
      };
      Result<> finished = finish();
      if (finished.ok()) ++progress_.directories;
      TRY(settle(one.path, std::move(finished)));
    }
    return {};
  }

  repo::Repository& repository_;
  const Target& target_;
  RestoreProgress& progress_;
  const RestoreProblem& problem_;
  Channel<Leaf> leaves_{kQueued};
  std::deque<Directory> directories_;  // parents before children
  Guarded<int> telling_;
};

}  // namespace

Result<> restore(repo::Repository& repository, const DirEntry& root, const std::string& target,
                 const RestoreOptions& options, Rng& rng, RestoreProgress& progress, const RestoreProblem& problem,
                 std::stop_token stop) {
  if (root.type == EntryType::directory) {
    const Target into = TRY(Target::open(target, options.target, rng));
    return Restore(repository, into, progress, problem).run(root, options.threads, std::move(stop));
  }
  const std::size_t slash = target.rfind('/');
  const std::string parent = slash == target.npos ? "." : target.substr(0, std::max<std::size_t>(slash, 1));
  DirEntry entry = root;
  entry.name = target.substr(slash == target.npos ? 0 : slash + 1);
  const Target into = TRY(Target::open(parent, options.target, rng));
  return Restore(repository, into, progress, problem).write_leaf("", entry, std::move(stop));
}

}  // namespace salvor::snapshot
