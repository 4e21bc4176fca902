#include "repo/pack_builder.h"

#include <algorithm>
#include <utility>

#include "repo/index_writer.h"
#include "repo/pack_layout.h"

namespace salvor::repo {

namespace {

constexpr std::size_t kMostPackBytes = std::size_t{1} << 30;  // where index version 2 ends

}  // namespace

Result<> FinishedPack::store(BlobStore& blobs, std::stop_token stop) {
  if (!stream) {
    TRY(blobs.put(blob_id, bytes, store::Exists::replace, std::move(stop)));
  } else {
    TRY(stream->write(bytes));
    TRY(stream->commit());
    stream.reset();
  }
  bytes.clear();
  return {};
}

Result<PackBuilder> PackBuilder::begin(char kind, std::string_view session, BlobStore& blobs, Rng& rng, Bytes memory) {
  const std::string blob_id = kind + rng.hex(16) + "-" + std::string(session);
  std::unique_ptr<store::WriteStream> stream;
  if (blobs.writes_through()) stream = TRY(blobs.create(blob_id, store::Exists::replace, {}));
  memory.clear();
  append_random(memory, kPreambleBytes, rng);
  return PackBuilder(blob_id, std::move(stream), std::move(memory));
}

Result<> PackBuilder::place(ContentEntry entry, std::size_t offset) {
  if (size() >= kMostPackBytes) return Error(Code::invalid, "a pack of more than 1 GiB");
  entry.pack_offset = static_cast<std::uint32_t>(offset);
  entry.packed_length = static_cast<std::uint32_t>(size() - offset);
  entries_.push_back(entry);
  return {};
}

// What is here, once it is so much, to the storage.
Result<> PackBuilder::drain(std::size_t from) {
  if (!stream_ || bytes_.size() < from) return {};
  TRY(stream_->write(bytes_));
  gone_ += bytes_.size();
  bytes_.clear();
  return {};
}

Result<> PackBuilder::add(ContentEntry entry, ByteView sealed) {
  const std::size_t offset = size();
  append(bytes_, sealed);
  TRY(place(entry, offset));
  return drain(Encryptor::kPieceBytes);
}

Result<> PackBuilder::seal(ContentEntry entry, ByteView plain, Sealer& sealer, Rng& rng) {
  const std::size_t offset = size();
  const auto drained = [this] { return drain(Encryptor::kPieceBytes); };
  TRY(sealer.seal(plain, iv_of(entry.id.hash()), rng, bytes_, stream_ ? Encryptor::Drain(drained) : nullptr));
  TRY(place(entry, offset));
  return drain(Encryptor::kPieceBytes);
}

Result<FinishedPack> PackBuilder::finish(Sealer& sealer, Hasher& hasher, Rng& rng) && {
  FinishedPack pack{std::move(blob_id_), 0, std::move(bytes_), std::move(stream_), std::move(entries_)};
  std::ranges::sort(pack.entries, {}, &ContentEntry::id);
  IndexWriter writer(IndexVersion::v2);
  for (ContentEntry& entry : pack.entries) {
    entry.pack_blob_id = pack.blob_id;
    TRY(writer.add(entry));
  }
  Bytes index = TRY(std::move(writer).finish());
  append_random(index, kIndexSuffixBytes, rng);

  append_random(pack.bytes, padding_of(gone_ + pack.bytes.size()), rng);
  Postamble postamble;
  const ContentHash hash = hasher.hash(index);
  append(postamble.local_index_iv, hash.bytes());
  postamble.local_index_offset = static_cast<std::uint32_t>(gone_ + pack.bytes.size());
  TRY(sealer.seal(index, hash.bytes(), rng, pack.bytes));
  pack.size = gone_ + pack.bytes.size();
  postamble.local_index_length = static_cast<std::uint32_t>(pack.size - postamble.local_index_offset);
  append(pack.bytes, TRY(encode_postamble(postamble)));
  pack.size = gone_ + pack.bytes.size();
  return pack;
}

}  // namespace salvor::repo
