// FileWriter: files and links into contents.
//
// Files up to some megabytes are read by groups and written at once: hashing eight small contents takes as long as
// hashing one (crypto/blake2b_lanes.h). Larger ones are read and cut by one thread, and their chunks are written by all
// (upload_work.h).
//
// Stock reads a file that is larger than its policy says (2 GiB) in sections of that size, by several threads, and
// joins their lists of chunks. Here one thread reads faster than all can hash, but the file is cut anew where a section
// begins, so that it becomes the same object. [kopia snapshot/upload/upload.go uploadFileInternal,
// repo/object/object_manager.go Concatenate]
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "repo/content_writer.h"
#include "snapshot/upload_work.h"

namespace salvor::snapshot {

// Why one file is not in the snapshot, or, with `is_saved`, not as it should be.
using FileProblem = std::function<void(const DirEntry& entry, const Error& error, bool is_saved)>;

// Thread-safe.
class FileWriter {
 public:
  static constexpr std::size_t kMostFiles = 64;              // of a group
  static constexpr std::uint64_t kMostGroupBytes = 4 << 20;  // of a group, but for a single file

  // Called where nothing of a file is half written; what it returns ends the writing, as an error of the repository.
  using Rest = std::function<Result<>(std::stop_token)>;

  // `splitter` is the repository's, where no policy names another; `bytes` counts what is read. All must outlive it.
  FileWriter(UploadWork& work, repo::ContentWriter& contents, std::string_view splitter,
             std::atomic<std::uint64_t>& bytes, Rest rest)
      : work_(work), contents_(contents), splitter_(splitter), bytes_(bytes), rest_(std::move(rest)) {}

  // Gives each entry of the group its object, stored by the rules of its directory, and brings it up to what was read.
  // Those that cannot be read are told and taken out of the group. Errors are of the repository: nothing can go on
  // then.
  Result<> write(FileGroup& group, const FileProblem& problem, std::stop_token stop);
  // The same of one file that is open, whatever its size; `is_ours` tells of an error whether it is of the repository.
  // Until it is written, or cannot be, it is among those that `in` shows as being read.
  Result<> write(UploadNode& in, SourceFile& source, DirEntry& entry, const Storing& storing,
                 const FileProblem& problem, bool& is_ours, std::stop_token stop);
  // Chunks of a file that another thread reads.
  Result<> write(UploadWork::ChunkJob job, std::stop_token stop);
  // What is written of a file, from its beginning on, as an object; nothing when nothing is. Requires: nobody writes.
  Result<std::optional<DirEntry> > so_far(const LargeFile& file, std::stop_token stop);

 private:
  struct Read;
  struct How;
  How how_of(const Storing& storing) const;
  Result<bool> read_small(const FileGroup& group, DirEntry& entry, Bytes& bytes, const FileProblem& problem) const;
  Result<> write_small(FileGroup& group, std::vector<Read>& all, const Bytes& bytes, std::stop_token stop);
  Result<> write_large(SourceFile& source, DirEntry& entry, const How& how, const std::shared_ptr<LargeFile>& file,
                       bool& is_ours, std::stop_token stop);
  Result<> read_section(SourceFile& source, std::uint64_t most, const How& how, const std::shared_ptr<LargeFile>& file,
                        bool& is_ours, std::stop_token stop);
  Result<> write_part(LargeFile& file, std::size_t part, const repo::ChunkBatch& batch, std::stop_token stop);

  UploadWork& work_;
  repo::ContentWriter& contents_;
  const std::string splitter_;
  std::atomic<std::uint64_t>& bytes_;
  const Rest rest_;
};

}  // namespace salvor::snapshot
