#include "repo/content_mover.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "repo/blob_id.h"
#include "repo/content_time.h"
#include "repo/index_publisher.h"
#include "repo/session.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kMostMovedWithoutIndex = 100'000;
constexpr Duration kIndexMovedEvery = std::chrono::minutes(10);  // as every writer

}  // namespace

Result<ContentMover> ContentMover::create(Repository& repository, std::string user, std::string host, Clock& clock,
                                          Rng& rng) {
  const RepositoryConfig& config = repository.format().config;
  return ContentMover(repository, std::move(user), std::move(host), clock, rng, TRY(Sealer::create(config)),
                      TRY(Hasher::create(config.hash, config.secret)));
}

Result<> ContentMover::add(const ContentEntry& entry, ByteView stored, std::stop_token stop) {
  const RepositoryConfig& config = repository_->format().config;
  const ByteView iv = iv_of(entry.id.hash());
  const Bytes plain =
      TRY(sealer_.open(stored, iv)
              .context("content " + to_string(entry.id) + " in pack " + std::string(entry.pack_blob_id)));
  Bytes resealed;
  if (!config.ecc.empty() && config.ecc_overhead_percent > 0) TRY(sealer_.seal(plain, iv, *rng_, resealed));
  TRY(start_session(stop));
  const bool is_data = entry.id.prefix() == 0;
  std::optional<PackBuilder>& open = is_data ? data_ : metadata_;
  if (!open) open = TRY(PackBuilder::begin(is_data ? 'p' : 'q', session_, repository_->blobs(), *rng_, {}));
  ContentEntry moved = entry;
  moved.deleted = false;
  moved.timestamp_seconds = content_time_after(clock_->now(), entry.timestamp_seconds);
  moved.format_version = static_cast<std::uint8_t>(config.version);
  TRY(open->add(moved, resealed.empty() ? stored : ByteView(resealed)));
  if (open->size() < static_cast<std::size_t>(config.pack_bytes())) return {};
  TRY(send(open, stop));
  const bool is_due = waiting_ >= kMostMovedWithoutIndex || clock_->now() - first_sent_ >= kIndexMovedEvery;
  return is_due ? publish(std::move(stop)) : Result<>();
}

Result<> ContentMover::start_session(std::stop_token stop) {
  if (!session_.empty()) return {};
  const std::string session = new_session_id(*rng_, clock_->now());
  const std::string text = encode(SessionMarker{session, clock_->now(), clock_->now(), user_, host_});
  const ContentHash hash = hasher_.hash(as_bytes(text));
  Bytes sealed;
  TRY(sealer_.seal(as_bytes(text), iv_of(hash.bytes()), *rng_, sealed));
  marker_ = encode(BlobName{.kind = BlobKind::session, .hash = hash.hex(), .set = session});
  TRY(repository_->blobs().put(marker_, sealed, store::Exists::replace, std::move(stop)));
  session_ = session;
  return {};
}

Result<> ContentMover::send(std::optional<PackBuilder>& open, std::stop_token stop) {
  FinishedPack pack = TRY(std::move(*std::exchange(open, std::nullopt)).finish(sealer_, hasher_, *rng_));
  TRY(pack.store(repository_->blobs(), std::move(stop)));
  pack.bytes = Bytes();
  if (sent_.empty()) first_sent_ = clock_->now();
  waiting_ += pack.entries.size();
  sent_.push_back(std::move(pack));
  // A short name lies inside the string that has just moved.
  for (ContentEntry& entry : sent_.back().entries) entry.pack_blob_id = sent_.back().blob_id;
  return {};
}

Result<> ContentMover::publish(std::stop_token stop) {
  std::vector<ContentEntry> entries;
  entries.reserve(waiting_);
  for (const FinishedPack& pack : sent_) entries.insert(entries.end(), pack.entries.begin(), pack.entries.end());
  std::ranges::sort(entries, {}, &ContentEntry::id);
  TRY(publish_index(repository_->blobs(), repository_->format().config, entries, session_, *clock_, *rng_,
                    std::move(stop)));
  sent_.clear();
  waiting_ = 0;
  return {};
}

Result<> ContentMover::finish(std::stop_token stop) {
  if (session_.empty()) return {};
  if (data_) TRY(send(data_, stop));
  if (metadata_) TRY(send(metadata_, stop));
  TRY(publish(stop));
  TRY(repository_->blobs().remove(marker_, std::move(stop)));
  session_.clear();
  return {};
}

}  // namespace salvor::repo
