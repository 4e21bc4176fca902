#include "repo/index_view.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>

#include "base/task_group.h"
#include "repo/blob_id.h"
#include "repo/legacy_index.h"
#include "repo/sealed_blob.h"

namespace salvor::repo {

namespace {

constexpr unsigned kFetchers = 8;  // requests in flight; an index of a small repository is a few kilobytes
// Of these one is in flight at a time, because a blob that is opened takes its size twice: that of a million contents
// in two blobs took 65 MiB beyond what it needs.
constexpr std::uint64_t kLargeBytes = 4 << 20;
constexpr int kLists = 3;  // before somebody's merging is taken for damage

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

// The blobs' plain bytes, in the same order. What `known` returns is not fetched.
using Plain = std::shared_ptr<const Bytes>;
Result<std::vector<Plain>> fetch(BlobStore& store, const RepositoryConfig& config,
                                 const std::vector<BlobMetadata>& blobs,
                                 const std::function<Plain(const std::string&)>& known, std::stop_token stop) {
  std::vector<Plain> bytes(blobs.size());
  std::atomic<std::size_t> next{0};
  std::mutex large;
  TaskGroup group(stop);
  for (std::size_t i = 0; i < std::min<std::size_t>(kFetchers, blobs.size()); ++i) {
    group.start([&](std::stop_token stopped) -> Result<> {
      Sealer sealer = TRY(Sealer::create(config));
      for (std::size_t at = next++; at < blobs.size(); at = next++) {
        bytes[at] = known(blobs[at].id);
        if (bytes[at]) continue;
        std::unique_lock hold(large, std::defer_lock);
        if (blobs[at].size > kLargeBytes) hold.lock();
        bytes[at] = std::make_shared<const Bytes>(TRY(read_sealed_blob(store, blobs[at], sealer, stopped)));
      }
      return {};
    });
  }
  TRY(group.join());
  return bytes;
}

}  // namespace

Result<IndexView> IndexView::load(BlobStore& store, const RepositoryConfig& config, Clock& clock, std::stop_token stop,
                                  const IndexView* earlier) {
  const auto known = [&](const std::string& id) -> Plain {
    if (!earlier) return nullptr;
    const auto found = earlier->bytes_.find(id);
    return found == earlier->bytes_.end() ? nullptr : found->second;
  };
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
    Result<std::vector<Plain>> bytes = fetch(store, config, blobs, known, stop);
    if (!bytes.ok() && bytes.error().code() == Code::not_found && lists < kLists) continue;
    if (!bytes.ok() && bytes.error().code() == Code::not_found) {
      return Error(Code::corrupt, "an index blob that is listed is not there: " + bytes.error().message());
    }
    const std::vector<Plain> plain = TRY(std::move(bytes));
    Held held;
    std::vector<IndexReader> readers;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      readers.push_back(TRY(IndexReader::open(*plain[i], Encryptor::overhead()).context("index blob " + blobs[i].id)));
      held.emplace(blobs[i].id, plain[i]);
    }
    const std::int64_t watermark =
        epochs.watermark ? epochs.watermark->time_since_epoch().count() : MergedIndex::kNoWatermark;
    return IndexView(std::move(epochs), std::move(held), MergedIndex(std::move(readers), watermark));
  }
}

std::uint64_t IndexView::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [id, plain] : bytes_) sum += plain->size();
  return sum;
}

Result<MergedIndex> IndexView::merged(std::span<const BlobMetadata> blobs) const {
  std::vector<IndexReader> readers;
  for (const BlobMetadata& blob : blobs) {
    const auto found = bytes_.find(blob.id);
    if (found == bytes_.end()) return Error(Code::invalid, "index blob " + blob.id + " is not one of those that count");
    readers.push_back(TRY(IndexReader::open(*found->second, Encryptor::overhead())));
  }
  return MergedIndex(std::move(readers));
}

}  // namespace salvor::repo
