// UploadWork: what is left to do of an upload that several threads share, and the memory in which large files are cut.
//
//   directory ─ listed ─▶ files, in groups ─▶ contents
//                    └──▶ directories below     ▲
//        large file ─ read and cut ─▶ batches of chunks (another thread hashes and seals one while the next is read)
//
// Any thread does any of it. What frees memory comes first: chunks, then files, then directories, the last found first,
// so that the tree is walked in depth. Memory is bounded: there are `batches` batches at a time, and who would be the
// next to put a group of files there writes it himself when there are enough.
//
// For a checkpoint one thread asks for a pause. It has it when all others stand where nothing is half written: in
// next(), in rest(), or where they wait for others. Then the whole tree is that thread's to look at.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "repo/chunk_cutter.h"
#include "repo/content_id.h"
#include "repo/object_writer.h"
#include "snapshot/entry.h"
#include "snapshot/entry_rules.h"
#include "snapshot/source_tree.h"
#include "snapshot/summary.h"

namespace salvor::snapshot {

// A file whose chunks are written by several threads; UploadWork's lock guards its parts.
struct LargeFile {
  struct Part {
    std::vector<std::size_t> lengths;
    std::vector<repo::ContentId> ids;
  };
  DirEntry entry;  // as it was listed
  repo::ObjectOptions object;
  std::deque<Part> parts;
  std::size_t pending = 0;  // batches that somebody is to write
};

// A directory until it is written: it waits for its own list and for everything in it.
struct UploadNode {
  std::shared_ptr<UploadNode> parent;
  std::string path;
  DirEntry self;
  std::vector<DirEntry> previous;               // the directory in earlier snapshots
  std::shared_ptr<const DirectoryRules> rules;  // as soon as it is listed
  std::mutex lock;                              // of what follows
  std::vector<DirEntry> entries;
  SummaryBuilder failures;
  std::size_t pending = 1;
  bool is_unreadable = false;
  // What of it is being worked on, for checkpoints: directories that are listed or were, and files.
  std::map<const UploadNode*, std::weak_ptr<UploadNode> > begun;
  std::vector<std::shared_ptr<LargeFile> > reading;
};
using UploadNodePtr = std::shared_ptr<UploadNode>;

// Files and links of one directory, or the source itself where that is a file.
struct FileGroup {
  UploadNodePtr in;
  std::shared_ptr<const SourceDirectory> directory;  // null for the source itself
  std::vector<DirEntry> entries;
  std::uint64_t bytes = 0;
};

// All methods but Memory's may be called from any thread.
class UploadWork {
 public:
  // Room for a batch. It is given back when this goes.
  class Memory {
   public:
    Memory(UploadWork& work, Bytes room) : room(std::move(room)), work_(&work) {}
    Memory(Memory&& other) noexcept : room(std::move(other.room)), work_(std::exchange(other.work_, nullptr)) {}
    Memory& operator=(Memory&& other) noexcept {
      std::swap(room, other.room);
      std::swap(work_, other.work_);
      return *this;
    }
    ~Memory() {
      if (work_) work_->give_back(std::move(room));
    }
    Bytes room;

   private:
    UploadWork* work_;
  };
  struct ChunkJob {
    std::shared_ptr<LargeFile> file;
    std::size_t part;
    repo::ChunkBatch batch;
    Memory memory;  // that of the batch's bytes
  };
  using Item = std::variant<ChunkJob, FileGroup, UploadNodePtr>;

  UploadWork(unsigned batches, std::size_t batch_bytes, std::size_t most_groups)
      : batch_bytes_(batch_bytes), most_groups_(most_groups), free_batches_(batches) {}

  void add(UploadNodePtr directory);
  // The group comes back when there are enough: the caller writes it himself.
  std::optional<FileGroup> add(FileGroup group);
  void add(ChunkJob job);

  // The next thing to do, after which done() is called. Nothing when all is done, or it was stopped or closed.
  std::optional<Item> next(std::stop_token stop);
  void done();

  // Nothing more is begun: next() gives nothing, and who waits or rests is `cancelled`.
  void close();
  bool is_closed() const { return closed_; }

  // The three are for who is between next() and done().
  // True when everything stands still, until resume(); false when another paused it meanwhile, or it was stopped.
  bool pause(std::stop_token stop);
  void resume();
  // Waits while another has paused it.
  void rest(std::stop_token stop);
  bool is_pausing() const { return pausing_; }

  // Room for a batch, when there is some.
  std::optional<Memory> memory_if_free();
  // Writes others' chunks by `write` until there is room. `cancelled` when it was stopped or closed; errors of `write`.
  using Write = std::function<Result<>(ChunkJob)>;
  Result<Memory> memory(const Write& write, std::stop_token stop);

  // A new part of the file, whose ids will be set.
  std::size_t begin_part(LargeFile& file, std::vector<std::size_t> lengths);
  void end_part(LargeFile& file, std::size_t part, std::vector<repo::ContentId> ids);
  // Until all parts have their ids. Writes others' chunks meanwhile.
  Result<> wait_for(LargeFile& file, const Write& write, std::stop_token stop);

 private:
  void give_back(Bytes room);
  Memory take_memory();  // under the lock
  std::optional<ChunkJob> take_chunks();
  Result<> help(std::unique_lock<std::mutex>& hold, const Write& write, const std::function<bool()>& until,
                std::stop_token stop);
  void rest_under(std::unique_lock<std::mutex>& hold, std::stop_token stop);

  const std::size_t batch_bytes_, most_groups_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<ChunkJob> chunks_;
  std::deque<FileGroup> files_;
  std::vector<UploadNodePtr> directories_;
  unsigned busy_ = 0;
  unsigned resting_ = 0;                              // of the busy ones
  std::atomic<bool> closed_{false}, pausing_{false};  // changed under the lock
  unsigned free_batches_;
  std::vector<Bytes> rooms_;  // of free batches
};

}  // namespace salvor::snapshot
