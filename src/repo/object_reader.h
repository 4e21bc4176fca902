// Objects: what a repository keeps under one id, as the bytes that were put in.
//
// An object is one content or a list of chunks (object_id.h, indirect_object.h). Its chunks are fetched ahead of the
// reader by several threads and come in order. Memory: the list, some 100 bytes a chunk, and `ahead` chunks.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "repo/object_id.h"
#include "repo/repository.h"

namespace salvor::repo {

// Bytes of an object that lie in one content.
struct ObjectChunk {
  ContentId content;
  std::optional<std::uint64_t> length;  // as a list says; an object of one chunk has no list
  bool compressed = false;              // by the object layer, as in format 1
};

// In order. `corrupt` when a list is damaged, its contents are not where it says, or lists lead into lists without end;
// not_found when a content is in no index.
Result<std::vector<ObjectChunk> > chunks_of(Repository& repository, const ObjectId& id, std::stop_token stop);

// One chunk's bytes. Errors: those of Repository::read_content, `corrupt` when it has not the length that is said.
Result<Bytes> read_chunk(Repository& repository, const ObjectChunk& chunk, std::stop_token stop);

// The same in pieces, as Repository::read_content_pieces.
Result<> read_chunk_pieces(Repository& repository, const ObjectChunk& chunk,
                           const std::function<Result<>(ByteView)>& take, std::stop_token stop);

using Sink = std::function<Result<>(ByteView)>;

// Gives all bytes of an object to `sink`, in order, on this thread. Errors: those of chunks_of and
// Repository::read_content, `corrupt` when a chunk has not the length that the list says, and the sink's.
Result<> read_object(Repository& repository, const ObjectId& id, const Sink& sink, std::stop_token stop,
                     unsigned ahead = 8);

}  // namespace salvor::repo
