#include "repo/upgrade.h"

#include <algorithm>
#include <vector>

#include "repo/blob_id.h"
#include "repo/format_reader.h"
#include "repo/index_view.h"
#include "repo/merged_set.h"
#include "repo/saturating.h"

namespace salvor::repo {
namespace {

constexpr auto kReplace = store::Exists::replace;
// Clients keep what they read of the format for that long. [kopia DefaultRepositoryBlobCacheDuration]
constexpr Duration kLeastDrain = std::chrono::minutes(15);
constexpr std::string_view kPoisonBody =
    "The format of this repository has been upgraded and cannot be read by old clients";

std::string backup_of(const std::string& owner) { return std::string(kRepositoryBackupPrefix) + owner; }

Result<> check(const UpgradeRequest& request) {
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != '/'; };
  if (request.owner.empty() || !std::ranges::all_of(request.owner, is_plain)) {
    return Error(Code::invalid, "\"" + request.owner + "\" cannot be the owner of an upgrade")
        .hint("An owner is visible ASCII without '/' and blanks. --owner names another.");
  }
  if (request.io_drain_timeout < kLeastDrain && !request.is_unsafe) {
    return Error(Code::invalid, "other clients need 15 minutes to notice that they must stop");
  }
  if (request.io_drain_timeout <= Duration::zero() || request.max_permitted_clock_drift <= Duration::zero() ||
      request.status_poll_interval <= Duration::zero() || request.status_poll_interval > request.io_drain_timeout) {
    return Error(Code::invalid, "the times of an upgrade are above zero, and the poll interval not above the drain's");
  }
  return {};
}

Error owned_by(const UpgradeLock& lock) {
  return Error(Code::conflict, "the repository is being upgraded by " + lock.owner_id)
      .hint("Let it finish. If it was abandoned, --owner " + lock.owner_id + " goes on with it or rolls it back.");
}

UpgradeLock new_lock(const UpgradeRequest& request, std::int64_t from, Time now) {
  return {.owner_id = request.owner,
          .creation_time = now,
          .io_drain_timeout = request.io_drain_timeout,
          .status_poll_interval = request.status_poll_interval,
          .message = "Upgrading from format version " + std::to_string(from) + " -> " + std::to_string(kNewestFormat),
          .max_permitted_clock_drift = request.max_permitted_clock_drift};
}

Result<> remove_all(BlobStore& store, std::string_view prefix, std::stop_token stop) {
  std::vector<std::string> ids;
  TRY(store.list(prefix, [&](const BlobMetadata& blob) { return ids.push_back(blob.id), Result<>(); }, stop));
  for (const std::string& id : ids) TRY(store.remove(id, stop));
  return {};
}

// kopia.blobcfg holds nothing that an upgrade changes.
Result<> put_format(BlobStore& store, const RepositoryFormat& format, Rng& rng, std::stop_token stop) {
  const FormatBytes bytes = TRY(encode(format, rng));
  return store.put(kRepositoryBlob, bytes.repository, kReplace, std::move(stop));
}

// One upgrade, from wherever an earlier run of it came to.
struct Upgrade {
  BlobStore& store;
  RepositoryFormat format;
  const UpgradeRequest& request;
  Clock& clock;
  Rng& rng;
  const UpgradeSteps& steps;
  std::stop_token stop;

  Result<> run();
  Result<> take_lock();
  Result<RepositoryFormat> own_format();
  Result<> drain();
  Result<> migrate();
  Result<> remove_leftovers();
  Result<bool> had_epochs();
  Result<> compare(const IndexView& before);
};

Result<> Upgrade::run() {
  RepositoryConfig& config = format.config;
  if (config.upgrade_lock && config.upgrade_lock->owner_id != request.owner) return owned_by(*config.upgrade_lock);
  const bool has_epochs = config.epoch_parameters.enabled;
  if (!config.upgrade_lock && config.version >= kNewestFormat) return {};
  // One blob is replaced, and both formats are the same but for the number: nobody has to wait.
  if (!config.upgrade_lock && has_epochs) {
    config.version = kNewestFormat;
    return put_format(store, format, rng, stop);
  }
  TRY(take_lock());
  if (!has_epochs || config.upgrade_lock->advance_notice_duration != Duration::zero()) TRY(drain());
  TRY(migrate());
  TRY(own_format());  // whoever rolled it back meanwhile, and wrote, has the last word
  config.upgrade_lock.reset();
  TRY(put_format(store, format, rng, stop));
  return store.remove(backup_of(request.owner), stop);
}

Result<> Upgrade::take_lock() {
  if (format.config.upgrade_lock) return {};
  // Of upgrades that were rolled back or done by others. Stock's roll back takes the oldest that is there.
  TRY(remove_all(store, kRepositoryBackupPrefix, stop));
  const Bytes before = TRY(encode(format.blob));
  TRY(store.put(backup_of(request.owner), before, kReplace, stop));
  const UpgradeLock lock = new_lock(request, format.config.version, clock.now());
  format.config.upgrade_lock = lock;
  format.config.version = kNewestFormat;
  TRY(put_format(store, format, rng, stop));
  format = TRY(own_format());  // of two who begin at the same time one finds the other's
  return {};
}

// The format as it is now, for as long as it is this owner's to change.
Result<RepositoryFormat> Upgrade::own_format() {
  RepositoryFormat now = TRY(read_format(store, format.key, stop));
  const std::optional<UpgradeLock>& lock = now.config.upgrade_lock;
  if (!lock) return Error(Code::conflict, "the upgrade was rolled back or ended by somebody else meanwhile");
  if (lock->owner_id != request.owner) return owned_by(*lock);
  return now;
}

Result<> Upgrade::drain() {
  for (;;) {
    const Duration left =
        difference_of(format.config.upgrade_lock->upgrade_time().time_since_epoch(), clock.now().time_since_epoch());
    if (left <= Duration::zero()) return {};
    if (steps.on_wait) steps.on_wait(left);
    if (!clock.wait(std::min(left, request.status_poll_interval), stop)) {
      return Error(Code::cancelled, "stopped while waiting for other clients to notice the upgrade")
          .hint("The repository stays locked. Run the upgrade again to go on, or with --rollback to end it.");
    }
    format = TRY(own_format());
  }
}

// Leaves the format with epochs, not yet written.
Result<> Upgrade::migrate() {
  RepositoryConfig& config = format.config;
  const bool is_migrated = config.epoch_parameters.enabled;  // by stock, which writes that down in between
  // Of a repository that was upgraded long ago there may be indexes of format 1 still, which say nothing any more.
  if (is_migrated && TRY(had_epochs())) return {};
  EpochParameters epochs = is_migrated ? config.epoch_parameters : default_epoch_parameters();
  config.epoch_parameters.enabled = false;
  const IndexView before = TRY(IndexView::load(store, config, clock, stop));
  config.epoch_parameters = std::move(epochs);
  config.index_version = 2;
  if (!is_migrated) {
    TRY(remove_leftovers());
    TRY(write_merged_set(config, before.contents(), {BlobKind::index, 0, 0}, rng,
                         [&](const std::string& id, ByteView bytes) { return store.put(id, bytes, kReplace, stop); }));
  }
  TRY(compare(before));
  return store.put(kLegacyPoisonBlob, as_bytes(kPoisonBody), kReplace, stop);
}

// Indexes of an attempt that was cut off. Were another process of this owner done by now, they would be all there is.
Result<> Upgrade::remove_leftovers() {
  const RepositoryFormat now = TRY(own_format());
  if (!now.config.epoch_parameters.enabled) return remove_all(store, kEpochPrefix, stop);
  return Error(Code::conflict, "another process of " + request.owner + " upgrades the repository, too");
}

Result<bool> Upgrade::had_epochs() {
  const Result<Bytes> backup = store.get(backup_of(request.owner), kMaxFormatBlobBytes, stop);
  if (!backup.ok() && backup.error().code() == Code::not_found) return true;  // nothing to compare with for sure
  if (!backup.ok()) return backup.error().clone();
  return TRY(open_format(*backup, std::nullopt, format.key).context(backup_of(request.owner)))
      .config.epoch_parameters.enabled;
}

Result<> Upgrade::compare(const IndexView& before) {
  const IndexView after = TRY(IndexView::load(store, format.config, clock, stop));
  MergedIndex::Stream old_ones = before.contents().all(), new_ones = after.contents().all();
  for (;;) {
    const std::optional<ContentEntry> was = TRY(old_ones.next()), is = TRY(new_ones.next());
    if (was == is) {
      if (!was) return {};
      continue;
    }
    const ContentId& id = !is || (was && was->id < is->id) ? was->id : is->id;
    return Error(Code::corrupt, "the new indexes do not say of content " + to_string(id) + " what the old ones do")
        .hint("The repository stays locked, and nothing is lost: --rollback goes back to the old format.");
  }
}

}  // namespace

Result<UpgradePlan> plan_upgrade(BlobStore& store, const RepositoryFormat& format, const UpgradeRequest& request,
                                 Clock& clock, std::stop_token stop) {
  TRY(check(request));
  const RepositoryConfig& config = format.config;
  UpgradePlan plan{.from = config.version, .to = kNewestFormat, .lock = config.upgrade_lock};
  plan.migrates = plan.is_needed() && !config.epoch_parameters.enabled;
  if (!plan.migrates) return plan;
  const IndexView view = TRY(IndexView::load(store, config, clock, std::move(stop)));
  plan.index_blobs = view.blobs();
  plan.index_bytes = view.bytes();
  const Time now = clock.now();
  const UpgradeLock lock = plan.lock ? *plan.lock : new_lock(request, config.version, now);
  plan.wait = std::max(Duration::zero(), difference_of(lock.upgrade_time().time_since_epoch(), now.time_since_epoch()));
  return plan;
}

Result<> upgrade(BlobStore& store, const RepositoryFormat& format, const UpgradeRequest& request, Clock& clock,
                 Rng& rng, const UpgradeSteps& steps, std::stop_token stop) {
  TRY(check(request));
  TRY(check_usable(format.config));
  RepositoryFormat current = TRY(read_format(store, format.key, stop));
  return Upgrade{store, std::move(current), request, clock, rng, steps, std::move(stop)}.run();
}

Result<> roll_back_upgrade(BlobStore& store, const RepositoryFormat& format, const std::string& owner,
                           std::stop_token stop) {
  const RepositoryFormat current = TRY(read_format(store, format.key, stop));
  const std::optional<UpgradeLock>& lock = current.config.upgrade_lock;
  if (!lock) return Error(Code::invalid, "nobody is upgrading the repository; there is nothing to roll back");
  if (lock->owner_id != owner) return owned_by(*lock);
  const Bytes backup = TRY(store.get(backup_of(owner), kMaxFormatBlobBytes, stop)
                               .context("the format as it was before the upgrade is lost, so only going on is left"));
  const RepositoryFormat before = TRY(open_format(backup, std::nullopt, current.key).context(backup_of(owner)));
  if (before.config.upgrade_lock) {
    return Error(Code::corrupt, backup_of(owner) + " is not the format as it was before the upgrade");
  }
  TRY(store.put(kRepositoryBlob, backup, kReplace, stop));
  if (!before.config.epoch_parameters.enabled) {
    TRY(remove_all(store, kEpochPrefix, stop));
    TRY(store.remove(kLegacyPoisonBlob, stop));
  }
  return store.remove(backup_of(owner), stop);
}

}  // namespace salvor::repo
