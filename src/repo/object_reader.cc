#include "repo/object_reader.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/task_group.h"
#include "repo/indirect_object.h"

namespace salvor::repo {

namespace {

// Lists in lists: each level takes a million times more bytes, so that honest ones end at three.
constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxChunkBytes = std::size_t{1} << 30;

Result<> check_length(const ObjectChunk& chunk, std::uint64_t size) {
  if (!chunk.length || size == *chunk.length) return {};
  return Error(Code::corrupt, "content " + to_string(chunk.content) + " has " + std::to_string(size) +
                                  " bytes where the list of its object says " + std::to_string(*chunk.length));
}

}  // namespace

Result<Bytes> read_chunk(Repository& repository, const ObjectChunk& chunk, std::stop_token stop) {
  Bytes bytes = TRY(repository.read_content(chunk.content, std::move(stop)));
  if (chunk.compressed) {
    bytes = TRY(Decompressor().decompress_by_header(bytes, kMaxChunkBytes).context(to_string(chunk.content)));
  }
  TRY(check_length(chunk, bytes.size()));
  return bytes;
}

Result<> read_chunk_pieces(Repository& repository, const ObjectChunk& chunk,
                           const std::function<Result<>(ByteView)>& take, std::stop_token stop) {
  if (chunk.compressed) return take(TRY(read_chunk(repository, chunk, std::move(stop))));
  std::uint64_t size = 0;
  const auto count = [&](ByteView piece) -> Result<> {
    size += piece.size();
    if (chunk.length && size > *chunk.length) return check_length(chunk, size);
    return take(piece);
  };
  TRY(repository.read_content_pieces(chunk.content, count, std::move(stop)));
  return check_length(chunk, size);
}

namespace {

// Chunks that are fetched by several threads and taken in order by one. No chunk is begun that is `ahead` or more
// behind the one that is wanted next.
class ReadAhead {
 public:
  ReadAhead(Repository& repository, const std::vector<ObjectChunk>& chunks, unsigned ahead, std::stop_token stop)
      : repository_(repository), chunks_(chunks), ahead_(ahead), group_(std::move(stop)) {
    for (std::size_t i = 0; i < std::min<std::size_t>(ahead, chunks.size()); ++i) {
      group_.start([this](std::stop_token stopped) { return fetch(stopped); });
    }
  }

  // The next one, as often as there are chunks.
  Result<Bytes> take() {
    std::unique_lock hold(mutex_);
    if (!changed_.wait(hold, group_.stop_token(), [&] { return fetched_.contains(taken_); })) {
      return Error(Code::cancelled, "reading an object was stopped");
    }
    Result<Bytes> bytes = std::move(fetched_.extract(taken_++).mapped());
    hold.unlock();
    changed_.notify_all();
    return bytes;
  }

 private:
  Result<> fetch(std::stop_token stop) {
    std::unique_lock hold(mutex_);
    for (;;) {
      const bool may = changed_.wait(hold, stop, [&] { return next_ == chunks_.size() || next_ < taken_ + ahead_; });
      if (!may || next_ == chunks_.size()) return {};
      const std::size_t at = next_++;
      hold.unlock();
      Result<Bytes> bytes = read_chunk(repository_, chunks_[at], stop);
      hold.lock();
      fetched_.emplace(at, std::move(bytes));
      changed_.notify_all();
    }
  }

  Repository& repository_;
  const std::vector<ObjectChunk>& chunks_;
  const std::size_t ahead_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::size_t, Result<Bytes> > fetched_;
  std::size_t next_ = 0, taken_ = 0;
  TaskGroup group_;  // last: its threads use all of the above
};

Result<> read_chunks(Repository& repository, const std::vector<ObjectChunk>& chunks, const Sink& sink,
                     std::stop_token stop, unsigned ahead) {
  if (chunks.size() == 1) return sink(TRY(read_chunk(repository, chunks.front(), std::move(stop))));
  ReadAhead reading(repository, chunks, ahead, std::move(stop));
  for (std::size_t i = 0; i < chunks.size(); ++i) TRY(sink(TRY(reading.take())));
  return {};
}

Result<> collect(Repository& repository, const ObjectId& id, std::optional<std::uint64_t> length, int depth,
                 std::vector<ObjectChunk>& chunks, std::stop_token stop) {
  if (id.indirection == 0) {
    chunks.push_back({id.content, length, id.compressed});
    return {};
  }
  if (depth == kMaxDepth)
    return Error(Code::corrupt, "object " + to_string(id) + ": lists lead into lists without end");
  // The list is an object too, with one level less.
  ObjectId list = id;
  --list.indirection;
  IndirectReader reader;
  const Sink feed = [&](ByteView piece) { return reader.feed(as_text(piece)); };
  TRY(read_object(repository, list, feed, stop).context("the list of object " + to_string(id)));
  const std::vector<IndirectEntry> entries = TRY(reader.finish().context("the list of object " + to_string(id)));
  for (const IndirectEntry& entry : entries) {
    const ObjectId part = TRY(ObjectId::parse(entry.object).context("the list of object " + to_string(id)));
    const std::size_t before = chunks.size();
    TRY(collect(repository, part, entry.length, depth + 1, chunks, stop));
    std::uint64_t sum = 0;
    for (std::size_t i = before; i < chunks.size(); ++i) sum += chunks[i].length.value_or(0);
    if (sum != entry.length) {
      return Error(Code::corrupt,
                   "object " + to_string(part) + " has not the length that object " + to_string(id) + " says");
    }
  }
  return {};
}

}  // namespace

Result<std::vector<ObjectChunk> > chunks_of(Repository& repository, const ObjectId& id, std::stop_token stop) {
  std::vector<ObjectChunk> chunks;
  TRY(collect(repository, id, std::nullopt, 0, chunks, std::move(stop)));
  return chunks;
}

Result<> read_object(Repository& repository, const ObjectId& id, const Sink& sink, std::stop_token stop,
                     unsigned ahead) {
  return read_chunks(repository, TRY(chunks_of(repository, id, stop)), sink, stop, ahead);
}

}  // namespace salvor::repo
