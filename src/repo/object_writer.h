// ObjectWriter: a stream of bytes into an object: cut by the splitter, each chunk a content, and where there are
// several, the list of them as an object of its own. [kopia repo/object/object_writer.go]
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "repo/compression.h"
#include "repo/content_writer.h"
#include "repo/indirect_object.h"
#include "repo/splitter.h"

namespace salvor::repo {

inline constexpr char kDirectoryPrefix = 'k';
inline constexpr char kIndirectPrefix = 'x';
inline constexpr std::uint32_t kZstdFastest = 0x1101;  // what stock gives lists and manifests

struct ObjectOptions {
  char prefix = 0;  // of its contents: 0 for data of files, kDirectoryPrefix
  std::uint32_t compression = kNoCompression;
  std::uint32_t list_compression = kZstdFastest;  // of the list of chunks, where there are several
};

// The text of the id of an object of these chunks: that of the only one, or of the list of them, which is written. Of
// `options` prefix and list_compression count. Requires: a chunk.
Result<std::string> join_chunks(ContentWriter& contents, std::string_view splitter, std::vector<IndirectEntry> chunks,
                                const ObjectOptions& options, std::stop_token stop);

// Not thread-safe; several may write to one ContentWriter. Memory: a chunk, 16 MiB at most, and some 60 bytes for each.
class ObjectWriter {
 public:
  // `unsupported` for a splitter that is not known.
  static Result<ObjectWriter> create(ContentWriter& contents, std::string_view splitter, ObjectOptions options);

  Result<> write(ByteView bytes, std::stop_token stop);
  // The text of the object's id. That it is stored, the ContentWriter's flush() tells. No other call may follow.
  Result<std::string> finish(std::stop_token stop);

 private:
  ObjectWriter(ContentWriter& contents, std::string_view splitter_name, std::unique_ptr<Splitter> splitter,
               ObjectOptions options)
      : contents_(&contents), splitter_name_(splitter_name), splitter_(std::move(splitter)), options_(options) {}
  Result<> end_chunk(ByteView chunk, std::stop_token stop);

  ContentWriter* contents_;
  std::string splitter_name_;
  std::unique_ptr<Splitter> splitter_;
  ObjectOptions options_;
  Bytes chunk_;  // what has come of it
  std::vector<IndirectEntry> entries_;
  std::uint64_t size_ = 0;
};

}  // namespace salvor::repo
