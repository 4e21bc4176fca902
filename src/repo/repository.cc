#include "repo/repository.h"

#include "repo/blob_id.h"
#include "repo/format_reader.h"

namespace salvor::repo {

namespace {

// Who begins an upgrade waits until everybody has looked within a quarter of an hour.
constexpr Duration kFormatGood = std::chrono::minutes(1);

std::string named(const ContentEntry& entry) {
  return "content " + to_string(entry.id) + " in pack " + std::string(entry.pack_blob_id);
}

Result<> check_lock(const std::optional<UpgradeLock>& lock, Time now) {
  if (!lock || !lock->is_locked(now)) return {};
  return Error(Code::unavailable, "the repository is being upgraded by " + lock->owner_id + ", who needs it alone" +
                                      (lock->message.empty() ? "" : ": " + lock->message))
      .hint(
          "Wait until the upgrade is done. One that was abandoned is ended by who began it: salvor repo upgrade, or "
          "`kopia repository upgrade`.");
}

}  // namespace

Result<std::unique_ptr<Repository>> Repository::open(BlobStore store, const os::Secret& password, Clock& clock,
                                                     std::stop_token stop, OnDamage on_damage) {
  RepositoryFormat format = TRY(read_format(store, password, stop));
  return open(std::move(store), std::move(format), clock, std::move(stop), on_damage);
}

Result<std::unique_ptr<Repository>> Repository::open(BlobStore store, RepositoryFormat format, Clock& clock,
                                                     std::stop_token stop, OnDamage on_damage) {
  std::vector<std::string> warnings = TRY(check_usable(format.config).context("repository in " + store.describe()));
  TRY(check_lock(format.config.upgrade_lock, clock.now()));
  if (format.blob_config.is_retention_enabled()) store.retain_new(format.blob_config.retention());
  std::unique_ptr<Repository> repository(
      new Repository(std::move(store), std::move(format), std::move(warnings), clock, on_damage));
  TRY(repository->refresh(std::move(stop)));
  return repository;
}

std::shared_ptr<const IndexView> Repository::indexes() const {
  return indexes_.with([](const auto& view) { return view; });
}

// [kopia repo/format/format_manager.go, repo/open.go upgradeLockMonitor]
Result<> Repository::check_not_locked(std::stop_token stop) {
  const Duration now = clock_.monotonic();
  const bool is_old = format_read_.with([&](Duration& when) {
    if (now - when < kFormatGood) return false;
    when = now;
    return true;
  });
  if (!is_old) return {};
  const RepositoryFormat there = TRY(read_format(store_, format_.key, std::move(stop)));
  const std::string where = "repository in " + store_.describe();
  TRY(check_usable(there.config).context(where));
  TRY(check_lock(there.config.upgrade_lock, clock_.now()));
  const RepositoryConfig& before = format_.config;
  if (there.config.version == before.version && there.config.index_format() == before.index_format() &&
      there.config.epoch_parameters == before.epoch_parameters) {
    return {};
  }
  return Error(Code::conflict, "the format or the parameters of the " + where + " were changed meanwhile")
      .hint("What was done so far is whole. Run it again.");
}

Result<> Repository::refresh(std::stop_token stop) {
  TRY(check_not_locked(stop));
  const auto earlier = indexes();
  auto view = std::make_shared<const IndexView>(
      TRY(IndexView::load(store_, format_.config, clock_, std::move(stop), earlier.get(), on_damage_)));
  indexes_.with([&](auto& held) { held = std::move(view); });
  return {};
}

Result<Bytes> Repository::read_content(const ContentId& id, std::stop_token stop) {
  const auto view = indexes();
  std::optional<ContentEntry> entry = TRY(view->contents().find(id));
  if (!entry) return Error(Code::not_found, "content " + to_string(id) + " is in no index");
  Result<Bytes> bytes = fetch_content(*entry, stop);
  if (bytes.ok() || bytes.error().code() != Code::not_found) return bytes;
  // Maintenance may have moved it to another pack since the indexes were read. Once a pack is known to be lost they are
  // not read again for its other contents.
  const std::string pack(entry->pack_blob_id);
  if (missing_packs_.with([&](const auto& missing) { return missing.contains(pack); })) return missing_pack(*entry);
  TRY(refresh(stop));
  const auto newer = indexes();
  const std::optional<ContentEntry> moved = TRY(newer->contents().find(id));
  if (moved && moved->pack_blob_id != entry->pack_blob_id) {
    bytes = fetch_content(*moved, stop);
    if (bytes.ok() || bytes.error().code() != Code::not_found) return bytes;
    entry = moved;
  }
  missing_packs_.with([&](auto& missing) { missing.insert(pack); });
  return missing_pack(*entry);
}

Result<> Repository::read_content_pieces(const ContentId& id, const Encryptor::Take& take, std::stop_token stop) {
  const auto view = indexes();
  const std::optional<ContentEntry> entry = TRY(view->contents().find(id));
  const auto worker = TRY(borrow_worker());
  if (entry && entry->compression_id == kNoCompression && worker->sealer.opens_in_pieces()) {
    const Result<std::unique_ptr<store::ReadStream>> stream =
        store_.open(entry->pack_blob_id, {entry->pack_offset, entry->packed_length}, stop);
    if (stream.ok()) return fetch_pieces(*entry, **stream, worker->sealer, take);
  }
  return take(TRY(read_content(id, std::move(stop))));  // which knows where else it may be, and words what is wrong
}

Result<> Repository::fetch_pieces(const ContentEntry& entry, store::ReadStream& stream, Sealer& sealer,
                                  const Encryptor::Take& take) const {
  std::uint64_t size = 0;
  const auto fill = [&](MutableByteView room) -> Result<> {
    while (!room.empty()) {
      const std::size_t got = TRY(stream.read(room));
      if (got == 0) return Error(Code::corrupt, "the pack ends before it");
      room = room.subspan(got);
    }
    return {};
  };
  const auto count = [&](ByteView piece) {
    size += piece.size();
    return take(piece);
  };
  TRY(sealer.open_pieces(entry.packed_length, iv_of(entry.id.hash()), fill, count).context(named(entry)));
  return check_length(entry, size);
}

Error Repository::missing_pack(const ContentEntry& entry) const {
  return Error(Code::corrupt, named(entry) + ": the pack is missing in " + store_.describe());
}

Result<Bytes> Repository::fetch_content(const ContentEntry& entry, std::stop_token stop) {
  const Bytes stored = TRY(store_.get_range(entry.pack_blob_id, entry.pack_offset, entry.packed_length, std::move(stop))
                               .context(named(entry)));
  return open_content(entry, stored);
}

Result<Bytes> Repository::open_content(const ContentEntry& entry, ByteView stored) {
  const auto worker = TRY(borrow_worker());
  Bytes plain = TRY(worker->sealer.open(stored, iv_of(entry.id.hash())).context(named(entry)));
  if (entry.compression_id != kNoCompression) {
    plain =
        TRY(worker->decompressor.decompress(entry.compression_id, plain, entry.original_length).context(named(entry)));
  }
  TRY(check_length(entry, plain.size()));
  return plain;
}

// Indexes of version 1 hold no length of their own.
Result<> Repository::check_length(const ContentEntry& entry, std::uint64_t size) const {
  if (size == entry.original_length || format_.config.index_format() < 2) return {};
  return Error(Code::corrupt, named(entry) + " has " + std::to_string(size) + " bytes where the index says " +
                                  std::to_string(entry.original_length));
}

Result<Pool<Repository::Worker>::Borrowed> Repository::borrow_worker() {
  return workers_.borrow([&]() -> Result<Worker> { return Worker{TRY(Sealer::create(format_.config)), {}}; });
}

Result<ManifestSet> Repository::manifests(std::stop_token stop) {
  Readable readable = TRY(readable_manifests(std::move(stop)));
  if (!readable.lost.empty()) return std::move(readable.lost.front());
  return std::move(readable.manifests);
}

Result<Repository::Readable> Repository::readable_manifests(std::stop_token stop) {
  constexpr std::uint64_t kMaxManifestBytes = std::uint64_t{1} << 30;
  Readable readable;
  const auto view = indexes();
  MergedIndex::Stream stream = view->contents().with_prefix(kManifestContentPrefix);
  for (;;) {
    const std::optional<ContentEntry> entry = TRY(stream.next());
    if (!entry) return readable;
    if (entry->deleted) continue;
    const auto read = [&]() -> Result<> {
      const Bytes content = TRY(read_content(entry->id, stop));
      const auto take = [&](ManifestEntry&& one) { return readable.manifests.merge(std::move(one)), Result<>(); };
      return read_manifest_content(content, take, kMaxManifestBytes).context("content " + to_string(entry->id));
    };
    Result<> done = read();
    if (done.ok()) continue;
    if (done.error().code() != Code::corrupt) return std::move(done).error();
    readable.lost.push_back(std::move(done).error());
  }
}

}  // namespace salvor::repo
