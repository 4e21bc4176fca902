// FileWriter: files and links into contents.
//
// Files up to some megabytes are read by groups and written at once: hashing eight small contents takes as long as
// hashing one (crypto/blake2b_lanes.h). Larger ones are read and cut by one thread, and their chunks are written by all
// (upload_work.h).
#pragma once

#include <functional>
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

  // `splitter` is the repository's, where no policy names another; `bytes` counts what is read. All must outlive it.
  FileWriter(UploadWork& work, repo::ContentWriter& contents, std::string_view splitter,
             std::atomic<std::uint64_t>& bytes)
      : work_(work), contents_(contents), splitter_(splitter), bytes_(bytes) {}

  // Gives each entry of the group its object, stored by the rules of its directory, and brings it up to what was read.
  // Those that cannot be read are told and taken out of the group. Errors are of the repository: nothing can go on
  // then.
  Result<> write(FileGroup& group, const FileProblem& problem, std::stop_token stop);
  // Chunks of a file that another thread reads.
  Result<> write(UploadWork::ChunkJob job, std::stop_token stop);

 private:
  struct Read;
  struct How;
  How how_of(const FileGroup& group, const DirEntry& entry) const;
  Result<bool> read_small(const FileGroup& group, DirEntry& entry, Bytes& bytes, const FileProblem& problem) const;
  Result<> write_small(FileGroup& group, std::vector<Read>& all, const Bytes& bytes, std::stop_token stop);
  Result<> write_large(const FileGroup& group, DirEntry& entry, const FileProblem& problem, bool& is_ours,
                       std::stop_token stop);
  Result<> read_large(SourceFile& source, const How& how, const std::shared_ptr<LargeFile>& file, bool& is_ours,
                      std::stop_token stop);
  Result<> write_part(LargeFile& file, std::size_t part, const repo::ChunkBatch& batch, std::stop_token stop);

  UploadWork& work_;
  repo::ContentWriter& contents_;
  const std::string splitter_;
  std::atomic<std::uint64_t>& bytes_;
};

}  // namespace salvor::snapshot
