#include "repo/object_writer.h"

#include "repo/object_id.h"

namespace salvor::repo {

Result<ObjectWriter> ObjectWriter::create(ContentWriter& contents, std::string_view splitter, ObjectOptions options) {
  return ObjectWriter(contents, splitter, TRY(make_splitter(splitter)), options);
}

Result<> ObjectWriter::end_chunk(ByteView chunk, std::stop_token stop) {
  const ContentId id = TRY(contents_->write(options_.prefix, chunk, options_.compression, std::move(stop)));
  entries_.push_back({size_, chunk.size(), to_string(id)});
  size_ += chunk.size();
  return {};
}

Result<> ObjectWriter::write(ByteView bytes, std::stop_token stop) {
  while (!bytes.empty()) {
    const std::optional<std::size_t> cut = splitter_->next_cut(bytes);
    const ByteView piece = bytes.first(cut.value_or(bytes.size()));
    bytes = bytes.subspan(piece.size());
    if (cut && chunk_.empty()) {  // a whole chunk as it lies in the caller's buffer
      TRY(end_chunk(piece, stop));
      continue;
    }
    append(chunk_, piece);
    if (!cut) continue;
    TRY(end_chunk(chunk_, stop));
    chunk_.clear();
  }
  return {};
}

Result<std::string> ObjectWriter::finish(std::stop_token stop) {
  if (!chunk_.empty() || entries_.empty()) TRY(end_chunk(chunk_, stop));
  return join_chunks(*contents_, splitter_name_, std::move(entries_), options_, std::move(stop));
}

Result<std::string> join_chunks(ContentWriter& contents, std::string_view splitter, std::vector<IndirectEntry> chunks,
                                const ObjectOptions& options, std::stop_token stop) {
  if (chunks.size() == 1) return std::move(chunks.front().object);
  ObjectWriter list = TRY(ObjectWriter::create(contents, splitter,
                                               {.prefix = options.prefix ? options.prefix : kIndirectPrefix,
                                                .compression = options.list_compression,
                                                .list_compression = options.list_compression}));
  TRY(write_indirect_object(chunks, [&](std::string_view text) { return list.write(as_bytes(text), stop); }));
  return "I" + TRY(list.finish(std::move(stop)));
}

}  // namespace salvor::repo
