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

// Whether an error is of one blob, so that others may still be read.
bool is_of_blob(Code code) { return code == Code::corrupt || code == Code::not_found || code == Code::invalid; }

// The blobs' plain bytes, in the same order, or what is wrong with each. What `known` returns is not fetched.
using Plain = std::shared_ptr<const Bytes>;
Result<std::vector<Result<Plain>>> fetch(BlobStore& store, const RepositoryConfig& config,
                                         const std::vector<BlobMetadata>& blobs,
                                         const std::function<Plain(const std::string&)>& known, std::stop_token stop) {
  std::vector<Result<Plain>> bytes;
  for (const BlobMetadata& blob : blobs) bytes.emplace_back(known(blob.id));
  std::atomic<std::size_t> next{0};
  std::mutex large;
  TaskGroup group(stop);
  for (std::size_t i = 0; i < std::min<std::size_t>(kFetchers, blobs.size()); ++i) {
    group.start([&](std::stop_token stopped) -> Result<> {
      Sealer sealer = TRY(Sealer::create(config));
      for (std::size_t at = next++; at < blobs.size(); at = next++) {
        if (*bytes[at]) continue;
        std::unique_lock hold(large, std::defer_lock);
        if (blobs[at].size > kLargeBytes) hold.lock();
        Result<Bytes> plain = read_sealed_blob(store, blobs[at], sealer, stopped);
        if (!plain.ok() && !is_of_blob(plain.error().code())) return std::move(plain).error();
        bytes[at] = plain.ok() ? Result<Plain>(std::make_shared<const Bytes>(*std::move(plain)))
                               : Result<Plain>(std::move(plain).error());
      }
      return {};
    });
  }
  TRY(group.join());
  return bytes;
}

Result<IndexReader> opened(const std::string& blob, const Result<Plain>& plain) {
  if (plain.ok()) return IndexReader::open(**plain, Encryptor::overhead()).context("index blob " + blob);
  if (plain.error().code() != Code::not_found) return plain.error().clone();
  return Error(Code::corrupt, "an index blob that is listed is not there: " + plain.error().message());
}

}  // namespace

Result<IndexView> IndexView::load(BlobStore& store, const RepositoryConfig& config, Clock& clock, std::stop_token stop,
                                  const IndexView* earlier, OnDamage on_damage) {
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
    std::vector<Result<Plain>> plain = TRY(fetch(store, config, blobs, known, stop));
    const auto is_gone = [](const Result<Plain>& one) { return !one.ok() && one.error().code() == Code::not_found; };
    if (std::ranges::any_of(plain, is_gone) && lists < kLists) continue;
    Held held;
    std::vector<IndexReader> readers;
    std::vector<DamagedIndex> damaged;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      Result<IndexReader> reader = opened(blobs[i].id, plain[i]);
      if (reader.ok()) {
        readers.push_back(*reader);
        held.emplace(blobs[i].id, *plain[i]);
      } else if (on_damage == OnDamage::skip && is_of_blob(reader.error().code())) {
        damaged.push_back({blobs[i].id, std::move(reader).error()});
      } else {
        return std::move(reader).error();
      }
    }
    const std::int64_t watermark =
        epochs.watermark ? epochs.watermark->time_since_epoch().count() : MergedIndex::kNoWatermark;
    IndexView view(std::move(epochs), std::move(held), MergedIndex(std::move(readers), watermark));
    view.damaged_ = std::move(damaged);
    return view;
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
