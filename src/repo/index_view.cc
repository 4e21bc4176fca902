#include "repo/index_view.h"

#include <algorithm>
#include <atomic>

#include "base/task_group.h"
#include "repo/blob_id.h"
#include "repo/legacy_index.h"
#include "repo/sealed_blob.h"

namespace salvor::repo {

namespace {

constexpr unsigned kFetchers = 8;  // requests in flight; an index of a small repository is a few kilobytes
constexpr int kLists = 3;          // before somebody's merging is taken for damage

Result<std::vector<BlobMetadata>> list(BlobStore& store, std::string_view prefix, std::stop_token stop) {
  std::vector<BlobMetadata> blobs;
  TRY(store.list(prefix, [&](const BlobMetadata& blob) { return blobs.push_back(blob), Result<>(); }, stop));
  return blobs;
}

// The index blobs that count in a repository of format 1.
Result<std::vector<BlobMetadata>> legacy_indexes(BlobStore& store, const RepositoryConfig& config,
                                                 std::stop_token stop) {
  Sealer sealer = TRY(Sealer::create(config));
  std::vector<LegacyCompaction> compactions;
  for (const BlobMetadata& blob : TRY(list(store, kLegacyCompactionPrefix, stop))) {
    const Bytes text = TRY(read_sealed_blob(store, blob, sealer, stop));
    compactions.push_back(TRY(parse_legacy_compaction(as_text(text)).context("blob " + blob.id)));
  }
  const std::vector<BlobMetadata> blobs = TRY(list(store, kLegacyIndexPrefix, stop));
  return current_legacy_indexes(blobs, compactions);
}

// The blobs' plain bytes, in the same order.
Result<std::vector<Bytes>> fetch(BlobStore& store, const RepositoryConfig& config,
                                 const std::vector<BlobMetadata>& blobs, std::stop_token stop) {
  std::vector<Bytes> bytes(blobs.size());
  std::atomic<std::size_t> next{0};
  TaskGroup group(stop);
  for (std::size_t i = 0; i < std::min<std::size_t>(kFetchers, blobs.size()); ++i) {
    group.start([&](std::stop_token stopped) -> Result<> {
      Sealer sealer = TRY(Sealer::create(config));
      for (std::size_t at = next++; at < blobs.size(); at = next++) {
        bytes[at] = TRY(read_sealed_blob(store, blobs[at], sealer, stopped));
      }
      return {};
    });
  }
  TRY(group.join());
  return bytes;
}

}  // namespace

Result<IndexView> IndexView::load(BlobStore& store, const RepositoryConfig& config, Clock& clock,
                                  std::stop_token stop) {
  for (int lists = 1;; ++lists) {
    EpochState epochs;
    std::vector<BlobMetadata> blobs;
    if (config.epoch_parameters.enabled) {
      const Time began = clock.now();
      epochs = read_epochs(TRY(list(store, kEpochPrefix, stop)), began, config.epoch_parameters);
      blobs = epochs.current_indexes();
    } else {
      blobs = TRY(legacy_indexes(store, config, stop));
    }
    Result<std::vector<Bytes>> bytes = fetch(store, config, blobs, stop);
    if (!bytes.ok() && bytes.error().code() == Code::not_found && lists < kLists) continue;
    if (!bytes.ok() && bytes.error().code() == Code::not_found) {
      return Error(Code::corrupt, "an index blob that is listed is not there: " + bytes.error().message());
    }
    std::vector<Bytes> held = TRY(std::move(bytes));
    std::vector<IndexReader> readers;
    for (std::size_t i = 0; i < held.size(); ++i) {
      readers.push_back(TRY(IndexReader::open(held[i], Encryptor::overhead()).context("index blob " + blobs[i].id)));
    }
    const std::int64_t watermark =
        epochs.watermark ? epochs.watermark->time_since_epoch().count() : MergedIndex::kNoWatermark;
    return IndexView(std::move(epochs), std::move(held), MergedIndex(std::move(readers), watermark));
  }
}

std::uint64_t IndexView::bytes() const {
  std::uint64_t sum = 0;
  for (const Bytes& one : bytes_) sum += one.size();
  return sum;
}

}  // namespace salvor::repo
