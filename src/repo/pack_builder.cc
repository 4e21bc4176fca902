#include "repo/pack_builder.h"

#include <algorithm>

#include "repo/index_writer.h"
#include "repo/pack_layout.h"

namespace salvor::repo {

namespace {

constexpr std::size_t kMostPackBytes = std::size_t{1} << 30;  // where index version 2 ends

}  // namespace

PackBuilder::PackBuilder(char kind, std::string_view session, Rng& rng, Bytes memory)
    : blob_id_(kind + rng.hex(16) + "-" + std::string(session)), bytes_(std::move(memory)) {
  bytes_.clear();
  append_random(bytes_, kPreambleBytes, rng);
}

Result<> PackBuilder::add(ContentEntry entry, ByteView sealed) {
  if (bytes_.size() + sealed.size() >= kMostPackBytes) return Error(Code::invalid, "a pack of more than 1 GiB");
  entry.pack_offset = static_cast<std::uint32_t>(bytes_.size());
  entry.packed_length = static_cast<std::uint32_t>(sealed.size());
  append(bytes_, sealed);
  entries_.push_back(entry);
  return {};
}

Result<> PackBuilder::seal(ContentEntry entry, ByteView plain, Sealer& sealer, Rng& rng) {
  const std::size_t offset = bytes_.size();
  TRY(sealer.seal(plain, iv_of(entry.id.hash()), rng, bytes_));
  if (bytes_.size() >= kMostPackBytes) return Error(Code::invalid, "a pack of more than 1 GiB");
  entry.pack_offset = static_cast<std::uint32_t>(offset);
  entry.packed_length = static_cast<std::uint32_t>(bytes_.size() - offset);
  entries_.push_back(entry);
  return {};
}

Result<FinishedPack> PackBuilder::finish(Sealer& sealer, Hasher& hasher, Rng& rng) && {
  FinishedPack pack{std::move(blob_id_), std::move(bytes_), std::move(entries_)};
  std::ranges::sort(pack.entries, {}, &ContentEntry::id);
  IndexWriter writer(IndexVersion::v2);
  for (ContentEntry& entry : pack.entries) {
    entry.pack_blob_id = pack.blob_id;
    TRY(writer.add(entry));
  }
  Bytes index = TRY(std::move(writer).finish());
  append_random(index, kIndexSuffixBytes, rng);

  append_random(pack.bytes, padding_of(pack.bytes.size()), rng);
  Postamble postamble;
  const ContentHash hash = hasher.hash(index);
  append(postamble.local_index_iv, hash.bytes());
  postamble.local_index_offset = static_cast<std::uint32_t>(pack.bytes.size());
  TRY(sealer.seal(index, hash.bytes(), rng, pack.bytes));
  postamble.local_index_length = static_cast<std::uint32_t>(pack.bytes.size() - postamble.local_index_offset);
  append(pack.bytes, TRY(encode_postamble(postamble)));
  return pack;
}

}  // namespace salvor::repo
