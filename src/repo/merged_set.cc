#include "repo/merged_set.h"

#include "repo/hashing.h"
#include "repo/index_writer.h"
#include "repo/sealer.h"

namespace salvor::repo {
namespace {

// Of one blob of a merged set: some 9 MB. Stock writes 16 million into one; a set of many is as good to its readers.
constexpr std::uint64_t kMostMergedEntries = 250'000;

Result<std::uint64_t> count_contents(const MergedIndex& merged) {
  std::uint64_t count = 0;
  MergedIndex::Stream stream = merged.all();
  while (TRY(stream.next())) ++count;
  return count;
}

// The set, blob by blob.
struct MergedSet {
  BlobName name;
  Sealer sealer;
  Hasher hasher;
  Rng& rng;
  const PutIndexBlob& put;

  Result<> write(IndexWriter writer) {
    const Bytes index = TRY(std::move(writer).finish());
    const ContentHash hash = hasher.hash(index);
    name.hash = hash.hex();
    Bytes sealed;
    TRY(sealer.seal(index, iv_of(hash.bytes()), rng, sealed));
    return put(encode(name), sealed);
  }
};

}  // namespace

Result<> write_merged_set(const RepositoryConfig& config, const MergedIndex& merged, const MergedSetName& name,
                          Rng& rng, const PutIndexBlob& put) {
  const std::uint64_t contents = TRY(count_contents(merged));
  if (contents == 0) return {};
  MergedSet set{{.kind = name.kind,
                 .epoch = name.first,
                 .last_epoch = name.kind == BlobKind::range ? name.last : 0,
                 .count = static_cast<std::int64_t>((contents + kMostMergedEntries - 1) / kMostMergedEntries),
                 .set = "s" + rng.hex(8)},
                TRY(Sealer::create(config)),
                TRY(Hasher::create(config.hash, config.secret)),
                rng,
                put};
  MergedIndex::Stream stream = merged.all();
  IndexWriter writer(IndexVersion::v2);
  while (const auto entry = TRY(stream.next())) {
    if (writer.count() == kMostMergedEntries) {
      TRY(set.write(std::move(writer)));
      writer = IndexWriter(IndexVersion::v2);
    }
    TRY(writer.add(*entry));
  }
  return set.write(std::move(writer));
}

}  // namespace salvor::repo
