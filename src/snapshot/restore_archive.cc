#include "snapshot/restore_archive.h"

#include "base/channel.h"
#include "base/task_group.h"
#include "repo/object_reader.h"
#include "snapshot/archive_batch.h"
#include "snapshot/entry_stream.h"
#include "snapshot/restore_work.h"
#include "snapshot/target.h"

namespace salvor::snapshot {

namespace {

constexpr std::size_t kBatchesPerThread = 2;

class ArchiveRestore {
 public:
  ArchiveRestore(repo::Repository& repository, ArchiveWriter& archive, const RestoreOptions& options,
                 RestoreProgress& progress, const RestoreProblem& problem)
      : repository_(repository),
        archive_(archive),
        options_(options),
        progress_(progress),
        problem_(problem),
        in_order_(kBatchesPerThread * options.threads),
        to_read_(kBatchesPerThread * options.threads + 2) {}

  Result<> run(const DirEntry& root, std::stop_token stop) {
    TaskGroup group(stop);
    group.start([&](std::stop_token stopped) {
      Result<> walked = walk(root, stopped);
      in_order_.close();
      to_read_.close();
      return walked;
    });
    for (unsigned i = 0; i < options_.threads; ++i) {
      group.start([&](std::stop_token stopped) -> Result<> {
        while (const std::optional<ArchiveBatchPtr> batch = to_read_.pop(stopped)) {
          TRY((*batch)->read(repository_, stopped));
          (*batch)->set_ready();
        }
        return {};
      });
    }
    Result<> written = write_all(group.stop_token());
    if (!written.ok()) group.request_stop();
    Result<> others = group.join();
    TRY(std::move(written));
    TRY(std::move(others));
    if (stop.stop_requested()) return Error(Code::cancelled, "the restore was stopped");
    return archive_.finish();
  }

 private:
  // A directory on the way down.
  struct Level {
    std::string path;
    EntryStream entries;
  };

  void tell(const std::string& path, const Error& error) {
    ++progress_.failed;
    telling_.with([&](auto&) { problem_(path, error); });
  }

  // An Error that is of this path alone is told.
  Result<> settle(const std::string& path, Result<> outcome) {
    if (outcome.ok() || ends_restore(outcome.error().code())) return outcome;
    tell(path, outcome.error());
    return {};
  }

  Result<> walk(const DirEntry& root, std::stop_token stop) {
    ArchiveBatchPtr batch = std::make_shared<ArchiveBatch>();
    std::vector<Level> levels;
    if (root.type == EntryType::directory) {
      TRY(settle("", enter("", root, levels, stop)));
    } else {
      TRY(settle(root.name, take(*batch, root.name, root)));
    }
    while (!levels.empty()) {
      Result<std::optional<DirEntry>> next = levels.back().entries.next();
      if (!next.ok()) TRY(settle(levels.back().path, std::move(next).error()));
      if (!next.ok() || !*next) {
        levels.pop_back();
        continue;
      }
      DirEntry entry = **std::move(next);
      const std::string& above = levels.back().path;
      const std::string path = above.empty() ? entry.name : above + "/" + entry.name;
      Result<> taken = take(*batch, path, entry);
      if (taken.ok() && entry.type == EntryType::directory) taken = enter(path, entry, levels, stop);
      TRY(settle(path, std::move(taken)));
      if (batch->is_full()) TRY(hand_on(batch, stop));
    }
    return hand_on(batch, stop);
  }

  Result<> enter(const std::string& path, const DirEntry& directory, std::vector<Level>& levels, std::stop_token stop) {
    levels.push_back({path, TRY(EntryStream::open(repository_, directory, std::move(stop)))});
    return {};
  }

  Result<> take(ArchiveBatch& batch, const std::string& path, const DirEntry& entry) {
    TRY(check_entry_name(entry.name));
    if (entry.type == EntryType::unknown) {
      return Error(Code::unsupported, "it is neither a file nor a directory nor a link");
    }
    if (path.size() > archive_.longest_path()) return Error(Code::unsupported, "its path is too long for the archive");
    batch.add(path, as_owned(entry, options_));
    return {};
  }

  Result<> hand_on(ArchiveBatchPtr& batch, std::stop_token stop) {
    const ArchiveBatchPtr full = std::exchange(batch, std::make_shared<ArchiveBatch>());
    // The order first: whoever writes may then wait for the batch, but not for one that nobody knows of.
    if (!in_order_.push(full, stop) || !to_read_.push(full, stop)) {
      return Error(Code::cancelled, "the restore was stopped");
    }
    return {};
  }

  Result<> write_all(std::stop_token stop) {
    while (const std::optional<ArchiveBatchPtr> batch = in_order_.pop(stop)) {
      if (!(*batch)->wait_until_ready(stop)) return {};  // who was stopped says why
      for (ArchiveItem& item : (*batch)->items) {
        progress_.current.with([&](std::string& current) { current = item.path; });
        TRY(write(item, stop));
        item.bytes.reset();
      }
    }
    return {};
  }

  Result<> write(const ArchiveItem& item, std::stop_token stop) {
    if (item.entry.type == EntryType::directory) {
      TRY(archive_.directory(item.path, item.entry));
      ++progress_.directories;
      return {};
    }
    if (item.is_large) return write_large(item, std::move(stop));
    const Result<Bytes>& bytes = item.bytes.value();
    if (!bytes.ok()) return settle(item.path, bytes.error().clone());
    if (item.entry.type == EntryType::symlink) {
      TRY(archive_.symlink(item.path, item.entry, std::string(as_text(*bytes))));
      ++progress_.symlinks;
      return {};
    }
    TRY(archive_.file(item.path, item.entry, *bytes));
    ++progress_.files;
    progress_.bytes += bytes->size();
    return {};
  }

  // It is written while it is read, and taken back when its end cannot be had.
  Result<> write_large(const ArchiveItem& item, std::stop_token stop) {
    TRY(archive_.begin_file(item.path, item.entry));
    std::uint64_t written = 0;
    Result<> put;  // an error of the archive
    const auto add = [&](ByteView piece) -> Result<> {
      if (written + piece.size() > item.entry.size) return Error(Code::corrupt, "it is longer than its directory says");
      put = archive_.add(piece);
      if (!put.ok()) return Error(Code::internal, "stopped");
      written += piece.size();
      progress_.bytes += piece.size();
      return {};
    };
    const auto read = [&]() -> Result<> {
      TRY(repo::read_object(repository_, TRY(repo::ObjectId::parse(item.entry.object)), add, std::move(stop),
                            options_.threads));
      if (written == item.entry.size) return {};
      return Error(Code::corrupt, "it has " + std::to_string(written) + " bytes in the repository, and " +
                                      std::to_string(item.entry.size) + " by its directory");
    };
    Result<> all = read();
    TRY(std::move(put));
    if (all.ok()) {
      TRY(archive_.end_file());
      ++progress_.files;
      return {};
    }
    if (ends_restore(all.error().code())) return all;
    const bool is_gone = TRY(archive_.drop_file());
    tell(item.path, is_gone
                        ? std::move(all).error()
                        : std::move(all).error().context("IN THE ARCHIVE ITS BYTES FROM " + std::to_string(written) +
                                                         " ON ARE ZEROS, because it could not be read any further"));
    return {};
  }

  repo::Repository& repository_;
  ArchiveWriter& archive_;
  const RestoreOptions& options_;
  RestoreProgress& progress_;
  const RestoreProblem& problem_;
  Channel<ArchiveBatchPtr> in_order_, to_read_;
  Guarded<int> telling_;
};

}  // namespace

Result<> restore_archive(repo::Repository& repository, const DirEntry& root, ArchiveWriter& archive,
                         const RestoreOptions& options, RestoreProgress& progress, const RestoreProblem& problem,
                         std::stop_token stop) {
  return ArchiveRestore(repository, archive, options, progress, problem).run(root, std::move(stop));
}

}  // namespace salvor::snapshot
