#include "repo/index_writer.h"

#include <limits>

#include "repo/index_v1.h"

namespace salvor::repo {

IndexWriter::IndexWriter(IndexVersion version) : version_(version) {
  append_zeros(index_, version == IndexVersion::v1 ? kV1HeaderBytes : kV2HeaderBytes);
}

Result<> IndexWriter::add(const ContentEntry& entry) {
  const ByteView key = entry.id.binary();
  if (key.empty()) return Error(Code::invalid, "an index entry without a content id");
  if (count_ > 0 && key.size() != last_.binary().size()) {
    return Error(Code::invalid, "ids of different lengths cannot stand in one index");
  }
  if (count_ > 0 && entry.id <= last_) return Error(Code::invalid, "index entries are not in order");
  if (count_ == std::numeric_limits<std::uint32_t>::max()) return Error(Code::unsupported, "an index of 2^32 entries");
  const PackNames::Place pack = TRY(packs_.place(entry.pack_blob_id));
  append(index_, key);
  if (version_ == IndexVersion::v1) {
    TRY(write_v1_value(entry, pack, MutableByteView(extend(index_, kV1ValueBytes), kV1ValueBytes)));
  } else {
    TRY(write_v2_value(entry, pack, formats_, MutableByteView(extend(index_, kV2MaxValueBytes), kV2MaxValueBytes)));
  }
  last_ = entry.id;
  ++count_;
  return {};
}

Result<Bytes> IndexWriter::finish() && {
  const std::size_t key_size = last_.binary().size();
  if (version_ == IndexVersion::v1) {
    TRY(finish_v1(index_, key_size, count_, packs_));
  } else {
    TRY(finish_v2(index_, key_size, count_, packs_, formats_));
  }
  return std::move(index_);
}

std::uint32_t index_shard(const ContentId& id, std::uint32_t shards) {
  std::uint32_t hash = 2166136261U;
  for (const char c : to_string(id)) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash % shards;
}

}  // namespace salvor::repo
