// Repository: one that lies in a storage, opened with its password, for reading.
//
//   storage ─ kopia.repository ─ password ─▶ keys, hash, encryption
//           ─ index blobs ───────▶ IndexView: where each content lies
//           ─ packs ─────────────▶ read_content
//
// Nothing is written or kept on disk. What it knows of the indexes is from when it was opened or refreshed last; a
// content whose pack is gone since then is looked for once more in what the indexes say now.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/pool.h"
#include "repo/blob_store.h"
#include "repo/compression.h"
#include "repo/index_view.h"
#include "repo/manifest_set.h"
#include "repo/repository_format.h"
#include "repo/sealer.h"

namespace salvor::repo {

// All methods may be called from any thread.
class Repository {
 public:
  // Errors: not_found (no repository there), denied (wrong password), unavailable (somebody is upgrading it and needs
  // it alone), those of open_format, check_usable, IndexView::load and the storage. `clock` must outlive it.
  static Result<std::unique_ptr<Repository> > open(BlobStore store, const os::Secret& password, Clock& clock,
                                                   std::stop_token stop, OnDamage on_damage = OnDamage::refuse);

  // The same for who has opened its format already. Errors: from unavailable on.
  static Result<std::unique_ptr<Repository> > open(BlobStore store, RepositoryFormat format, Clock& clock,
                                                   std::stop_token stop, OnDamage on_damage = OnDamage::refuse);

  const RepositoryFormat& format() const { return format_; }
  // What check_usable had to say to people.
  const std::vector<std::string>& warnings() const { return warnings_; }
  BlobStore& blobs() { return store_; }
  std::shared_ptr<const IndexView> indexes() const;
  // Whether damaged indexes are passed over (IndexView::damaged): then it is for reading only.
  bool is_for_reading_only() const { return on_damage_ == OnDamage::skip; }
  // Reads the indexes anew. Errors: those of check_not_locked, of IndexView::load and the storage.
  Result<> refresh(std::stop_token stop);
  // Whether the repository is still what was opened; the storage is asked when that was done longer than a minute ago.
  // Who writes for long calls this, or refresh(), every ten minutes at least: who upgrades it relies on that. Errors:
  // unavailable (somebody needs the repository alone), conflict (it is another one, or of another format, by now),
  // denied (it has another password), those of check_usable.
  Result<> check_not_locked(std::stop_token stop);

  // A content's bytes, also of one that is marked as deleted: until the watermark passes it a snapshot that was being
  // written at the time may use it, and the next maintenance brings it back. not_found when no index knows it;
  // `corrupt` names content and pack: damaged, cut, missing, or swapped.
  Result<Bytes> read_content(const ContentId& id, std::stop_token stop);

  // The same in pieces of some 256 KiB where it is stored as it is, and else at once. `take` gets bytes before the
  // content is known to be whole and what was stored: after an error all of them are worth nothing.
  Result<> read_content_pieces(const ContentId& id, const Encryptor::Take& take, std::stop_token stop);

  // The bytes of a content from what its pack holds of it: opened, unpacked, of the length that the index says.
  // `corrupt` names content and pack.
  Result<Bytes> open_content(const ContentEntry& entry, ByteView stored);

  // All manifests. `corrupt` when one of their contents is.
  Result<ManifestSet> manifests(std::stop_token stop);
  // The same but for those in contents that cannot be read. What was deleted may be among the others, where the word of
  // it is lost.
  struct Readable {
    ManifestSet manifests;
    std::vector<Error> lost;  // each names a content
  };
  Result<Readable> readable_manifests(std::stop_token stop);

 private:
  struct Worker {
    Sealer sealer;
    Decompressor decompressor;
  };
  Repository(BlobStore store, RepositoryFormat format, std::vector<std::string> warnings, Clock& clock,
             OnDamage on_damage)
      : store_(std::move(store)),
        format_(std::move(format)),
        warnings_(std::move(warnings)),
        clock_(clock),
        on_damage_(on_damage),
        format_read_(clock.monotonic()) {}

  Result<Bytes> fetch_content(const ContentEntry& entry, std::stop_token stop);
  Result<> fetch_pieces(const ContentEntry& entry, store::ReadStream& stream, Sealer& sealer,
                        const Encryptor::Take& take) const;
  Result<> check_length(const ContentEntry& entry, std::uint64_t size) const;
  Result<Pool<Worker>::Borrowed> borrow_worker();
  Error missing_pack(const ContentEntry& entry) const;

  BlobStore store_;
  const RepositoryFormat format_;
  const std::vector<std::string> warnings_;
  Clock& clock_;
  const OnDamage on_damage_;
  Guarded<Duration> format_read_;  // when, by the monotonic clock
  Guarded<std::shared_ptr<const IndexView> > indexes_;
  Pool<Worker> workers_;
  Guarded<std::set<std::string> > missing_packs_;
};

}  // namespace salvor::repo
