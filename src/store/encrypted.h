// EncryptedStorage: any Storage whose objects are age files (c2sp.org/age, docs/formats/encryption.md), so that who can
// read the store cannot read the backups. Keys, sizes (but for a constant) and times stay visible; so does that the
// objects are encrypted and for whom.
//
//   whole reads  are one request. Each chunk is authenticated before it is delivered, a cut object is `corrupt`.
//   ranges       fetch only the chunks they lie in. The first one of an object also fetches its header and its last
//                chunk, which proves that nothing is missing; after that a range is one request, as long as the object
//                is among the 64 last used. What is remembered is never trusted: it is a key, and bytes of an object
//                that took the place of the remembered one do not open with it.
//   stat         reads the header and is exact. It needs no key.
//   list         computes sizes from the size of the headers that this storage writes, without reading any object.
//   Sizes
//                of objects with other headers (more than 12 recipients, or none of ours) are off by the difference.
//
// The key of an object does not depend on its name: who can write to the store can put one object in another's place,
// and who knows a recipient can write objects of their own. Encryption hides; that a backup is what it was when it was
// made is told by its index and its digests.
//
// What this storage wrote itself, 256 objects back, it can read without a key: so a machine that has recipients only
// can verify what it wrote.
//
// A passphrase is worked out once: all that one storage writes with it has one header, and a header that was opened is
// known by its bytes. For recipients each object has a header of its own.
//
// Objects that `covers` leaves out pass as they are. A covered object that is not encrypted is `denied`, unless `plain`
// allows it.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "base/rng.h"
#include "crypto/age_payload.h"
#include "crypto/age_wrap.h"
#include "store/forwarding.h"

namespace salvor::store {

enum class PlainObjects { refuse, read };

struct Encryption {
  // Who can read what is written. Nobody: nothing can be written. Its header_multiple is set by this storage.
  crypto::age::Lock lock;
  crypto::age::Keyring keyring;                      // empty: what others wrote cannot be read; stat and list work
  std::function<bool(std::string_view key)> covers;  // empty: all keys
  PlainObjects plain = PlainObjects::refuse;         // covered objects that are not encrypted
};

class EncryptedStorage final : public ForwardingStorage {
 public:
  // `rng` must be the system's except in tests, and outlive this and all its streams; it is used under a lock.
  EncryptedStorage(std::unique_ptr<Storage> inner, Encryption encryption, Rng& rng);
  ~EncryptedStorage() override;

  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  // `denied` when no key of the ring fits; the message names the recipients as far as the object does.
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;

  // Whom the object is encrypted for, by its header; for people. Nothing when it is not encrypted or not covered.
  Result<std::optional<std::string>> readers(const std::string& key, std::stop_token stop);
  // Writes the object anew with a header for the present lock, the payload as it is (and checked). False when it names
  // exactly the lock's recipients already. Requires: a covered object, and nobody else who replaces it meanwhile.
  Result<bool> rewrap(const std::string& key, std::stop_token stop);

 private:
  class Writer;
  struct Opened;
  struct Head;
  using Kept = std::shared_ptr<const Opened>;

  bool is_covered(const std::string& key) const { return !covers_ || covers_(key); }
  Result<Head> read_head(const std::string& key, std::stop_token stop);
  Result<std::unique_ptr<ReadStream>> open_whole(const std::string& key, std::stop_token stop);
  Result<std::unique_ptr<ReadStream>> open_range(const std::string& key, ByteRange range, const Kept& object,
                                                 std::stop_token stop);
  Result<std::unique_ptr<ReadStream>> open_fresh(const std::string& key, ByteRange range, std::stop_token stop);
  Result<Kept> examine(const std::string& key, std::stop_token stop);
  Result<crypto::age::SealedKey> new_key();
  // With a key of the ring, or, of what this storage wrote lately, the one it was written with.
  Result<os::Secret> open_header(const std::string& key, const crypto::age::Header& header);
  Result<os::Secret> open_passphrase_header(const crypto::age::Header& header);
  Kept remembered(const std::string& key);
  void remember(const std::string& key, Kept object);
  void forget(const std::string& key);
  Result<> copy_payload(const std::string& key, const std::string& header, WriteStream& to, std::stop_token stop);
  Error refused_plain(const std::string& key) const;
  std::string name_of(const std::string& key) const { return key + " in " + describe(); }

  class SharedRng final : public Rng {
   public:
    explicit SharedRng(Rng& rng) : rng_(rng) {}
    void fill(MutableByteView out) override {
      std::lock_guard hold(mutex_);
      rng_.fill(out);
    }

   private:
    std::mutex mutex_;
    Rng& rng_;
  };

  const crypto::age::Lock lock_;
  const crypto::age::Keyring keyring_;
  const std::function<bool(std::string_view)> covers_;
  const PlainObjects plain_;
  SharedRng rng_;
  Guarded<std::list<std::pair<std::string, Kept>>> kept_;          // the latest used first
  Guarded<std::optional<crypto::age::SealedKey>> passphrase_key_;  // what new_key() gives out
  Guarded<std::map<std::string, os::Secret>> passphrase_headers_;  // file keys by the stanza that holds them
  // The latest written first. They let a machine that has only recipients read back what it wrote.
  Guarded<std::list<std::pair<std::string, os::Secret>>> written_;
};

}  // namespace salvor::store
