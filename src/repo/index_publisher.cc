#include "repo/index_publisher.h"

#include <algorithm>
#include <vector>

#include "repo/blob_id.h"
#include "repo/epoch_state.h"
#include "repo/hashing.h"
#include "repo/index_writer.h"
#include "repo/sealer.h"

namespace salvor::repo {

namespace {

constexpr int kAttempts = 3;

Result<EpochState> look_up(BlobStore& store, const RepositoryConfig& config, Clock& clock, std::stop_token stop) {
  const Time began = clock.now();
  std::vector<BlobMetadata> blobs;
  TRY(store.list(
      kEpochPrefix, [&](const BlobMetadata& blob) { return blobs.push_back(blob), Result<>(); }, std::move(stop)));
  return read_epochs(blobs, began, config.epoch_parameters);
}

// One index as a blob; what it is called in which epoch is left to the caller.
struct IndexBlob {
  std::string hash;
  Bytes sealed;
};

Result<IndexBlob> seal_index(std::span<const ContentEntry> entries, Sealer& sealer, Hasher& hasher, Rng& rng) {
  IndexWriter writer(IndexVersion::v2);
  for (const ContentEntry& entry : entries) TRY(writer.add(entry));
  const Bytes index = TRY(std::move(writer).finish());
  const ContentHash hash = hasher.hash(index);
  IndexBlob blob{hash.hex(), {}};
  TRY(sealer.seal(index, iv_of(hash.bytes()), rng, blob.sealed));
  return blob;
}

// False when the epoch was over before all blobs were there; then none of them is left.
Result<bool> write_into_current_epoch(BlobStore& store, const RepositoryConfig& config,
                                      const std::vector<IndexBlob>& blobs, std::string_view session, Clock& clock,
                                      std::stop_token stop) {
  const EpochState state = TRY(look_up(store, config, clock, stop));
  std::vector<std::string> written;
  bool in_time = true;
  for (const IndexBlob& blob : blobs) {
    in_time = state.is_valid(clock.now());
    if (!in_time) break;
    written.push_back(encode(BlobName{.kind = BlobKind::index,
                                      .epoch = state.write_epoch,
                                      .count = static_cast<std::int64_t>(blobs.size()),
                                      .hash = blob.hash,
                                      .set = std::string(session)}));
    TRY(store.put(written.back(), blob.sealed, store::Exists::replace, stop));
  }
  if (in_time) in_time = !TRY(look_up(store, config, clock, stop)).is_settled(state.write_epoch);
  if (in_time) return true;
  for (const std::string& id : written) TRY(store.remove(id, stop));
  return false;
}

}  // namespace

Result<> publish_index(BlobStore& store, const RepositoryConfig& config, std::span<const ContentEntry> entries,
                       std::string_view session, Clock& clock, Rng& rng, std::stop_token stop) {
  if (entries.empty()) return {};
  Sealer sealer = TRY(Sealer::create(config));
  Hasher hasher = TRY(Hasher::create(config.hash, config.secret));
  std::vector<IndexBlob> blobs;
  for (std::span<const ContentEntry> rest = entries; !rest.empty();) {
    const auto part = rest.first(std::min<std::size_t>(rest.size(), kMostEntriesOfAnIndex));
    blobs.push_back(TRY(seal_index(part, sealer, hasher, rng)));
    rest = rest.subspan(part.size());
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (TRY(write_into_current_epoch(store, config, blobs, session, clock, stop))) return {};
  }
  return Error(Code::conflict,
               "indexes could not be written to " + store.describe() + ": before each was there its epoch was over")
      .hint("The storage is very slow, or this computer's clock jumps.");
}

}  // namespace salvor::repo
