// UploadWork: what is left to do of an upload that several threads share, and the memory in which large files are cut.
//
//   directory ─ listed ─▶ files, in groups ─▶ contents
//                    └──▶ directories below     ▲
//        large file ─ read and cut ─▶ batches of chunks (another thread hashes and seals one while the next is read)
//
// Any thread does any of it. What frees memory comes first: chunks, then files, then directories, the last found first,
// so that the tree is walked in depth. Memory is bounded: there are `batches` batches at a time, and who would be the
// next to put a group of files there writes it himself when there are enough.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "repo/chunk_cutter.h"
#include "repo/compression.h"
#include "repo/content_id.h"
#include "snapshot/entry.h"
#include "snapshot/entry_rules.h"
#include "snapshot/source_tree.h"
#include "snapshot/summary.h"

namespace salvor::snapshot {

// A directory until it is written: it waits for its own list and for everything in it.
struct UploadNode {
  std::shared_ptr<UploadNode> parent;
  std::string path;
  DirEntry self;
  std::optional<DirEntry> previous;
  std::shared_ptr<const DirectoryRules> rules;  // as soon as it is listed
  std::mutex lock;                              // of what follows
  std::vector<DirEntry> entries;
  SummaryBuilder failures;
  std::size_t pending = 1;
  bool is_unreadable = false;
};
using UploadNodePtr = std::shared_ptr<UploadNode>;

// Files and links of one directory.
struct FileGroup {
  UploadNodePtr in;
  std::shared_ptr<const SourceDirectory> directory;
  std::vector<DirEntry> entries;
  std::uint64_t bytes = 0;
};

// A file whose chunks are written by several threads; UploadWork's lock guards its parts.
struct LargeFile {
  struct Part {
    std::vector<std::size_t> lengths;
    std::vector<repo::ContentId> ids;
  };
  std::uint32_t compression = repo::kNoCompression;  // does not change
  std::deque<Part> parts;
  std::size_t pending = 0;  // batches that somebody is to write
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

  // The next thing to do, after which done() is called. Nothing when all is done, or it was stopped.
  std::optional<Item> next(std::stop_token stop);
  void done();

  // Room for a batch, when there is some.
  std::optional<Memory> memory_if_free();
  // Writes others' chunks by `write` until there is room. `cancelled` when it was stopped; errors of `write`.
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

  const std::size_t batch_bytes_, most_groups_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<ChunkJob> chunks_;
  std::deque<FileGroup> files_;
  std::vector<UploadNodePtr> directories_;
  unsigned busy_ = 0;
  unsigned free_batches_;
  std::vector<Bytes> rooms_;  // of free batches
};

}  // namespace salvor::snapshot
