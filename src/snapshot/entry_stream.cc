#include "snapshot/entry_stream.h"

#include <utility>

namespace salvor::snapshot {

namespace {

constexpr std::size_t kMostContentBytes = std::size_t{1} << 30;

}  // namespace

struct EntryStream::State {
  State(repo::Repository& from, std::stop_token token)
      : repository(from), stop(std::move(token)), reader([this](DirEntry&& entry) { return take(std::move(entry)); }) {}

  Result<> take(DirEntry entry) {
    // Names that were no UTF-8 may have become equal.
    if (last && precedes(entry, *last)) {
      return Error(Code::corrupt, "the entries of a directory are not in their order");
    }
    last = DirEntry{.name = entry.name, .type = entry.type};
    entries.push_back(std::move(entry));
    return {};
  }

  repo::Repository& repository;
  const std::stop_token stop;
  std::vector<repo::ObjectChunk> chunks;
  std::size_t next = 0;  // of the chunks
  bool is_finished = false;
  std::deque<DirEntry> entries;
  std::optional<DirEntry> last;  // its name and type
  DirectoryReader reader;
};

Result<EntryStream> EntryStream::open(repo::Repository& repository, const DirEntry& directory, std::stop_token stop) {
  if (directory.type != EntryType::directory)
    return Error(Code::invalid, "\"" + directory.name + "\" is not a directory");
  EntryStream stream;
  stream.state_ = std::make_shared<State>(repository, stop);
  stream.state_->chunks =
      TRY(repo::chunks_of(repository, TRY(repo::ObjectId::parse(directory.object)), std::move(stop)));
  return stream;
}

Result<std::optional<DirEntry> > EntryStream::next() {
  while (state_ && state_->entries.empty() && !state_->is_finished) {
    Result<> more = read_more();
    if (more.ok()) continue;
    state_.reset();
    return std::move(more).error();
  }
  if (!state_ || state_->entries.empty()) return std::optional<DirEntry>();
  std::optional<DirEntry> entry = std::move(state_->entries.front());
  state_->entries.pop_front();
  return entry;
}

Result<> EntryStream::read_more() {
  if (state_->next == state_->chunks.size()) {
    TRY(state_->reader.finish());
    state_->is_finished = true;
    return {};
  }
  const repo::ObjectChunk& chunk = state_->chunks[state_->next++];
  Bytes bytes = TRY(state_->repository.read_content(chunk.content, state_->stop));
  if (chunk.compressed) bytes = TRY(repo::Decompressor().decompress_by_header(bytes, kMostContentBytes));
  if (chunk.length && *chunk.length != bytes.size()) {
    return Error(Code::corrupt, "content " + to_string(chunk.content) + " has not the length that its list says");
  }
  return state_->reader.feed(as_text(bytes));
}

}  // namespace salvor::snapshot
