// Storage: the one door to every place that keeps backups.
//
// A Storage holds objects under keys: slash-separated UTF-8 paths without empty, "." or ".." parts. These promises hold
// for every implementation and are checked by one contract suite (store/contract_testing.h):
//
//   atomic       An object is visible whole or not at all. A WriteStream that is dropped without commit() leaves
//                nothing that get, stat or list can see.
//   durable      After commit() returned success the object survives a crash of this machine.
//   fresh        What was committed or removed is seen by every later open, stat and list.
//   ordered      list reports keys in byte order, list_directories names in the order in which list meets them ("a-b"
//                before "a", as "a-b/" before "a/"); each once.
//   absent-only  With Exists::refuse exactly one of several writers of a key succeeds; the others get already_exists.
//                Where capabilities() says that conditional_put is `no` the key is looked up before it is written, and
//                writers on several machines can both succeed.
//   idempotent   remove of an absent key succeeds.
//
// Time: what must be compared with Entry::modified is asked of the store (server_time), never of this machine's clock.
//
// A name is an object or a directory, never both: where a store cannot hold "a" beside "a/b" create or commit answer
// `conflict`, and nobody relies on one that can. After an error from commit the object may be there or not, but whole.
//
// Errors: not_found for an absent key; denied, out_of_space, unavailable, throttled, deadline by meaning; corrupt when
// the store itself notices damage. Messages name the key and the location. All methods may be called from any thread;
// one stream belongs to one thread. A requested stop ends any call early with `cancelled`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace salvor::store {

struct Entry {
  std::string key;
  std::uint64_t size = 0;
  Time modified{};                 // the store's clock; for display only, never for decisions
  std::string storage_class = {};  // as the store names it, "STANDARD_IA"; empty when it does not tell
};

struct ByteRange {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  // to the end when absent
};

// resume is replace by the only writer of the key that there can be, as who holds a claim: what an earlier one had sent
// before it was cut off need not be sent again where the same bytes come, and what this one sent stays when the stream
// is dropped. A store that cannot go on begins anew.
enum class Exists { replace, refuse, resume };

class WriteStream {
 public:
  virtual ~WriteStream() = default;  // discards everything unless committed
  virtual Result<> write(ByteView bytes) = 0;
  // Makes the object visible and durable. No other call may follow.
  virtual Result<> commit() = 0;
};

// What a ReadStream delivers, as far as the store says; so that a broken stream can go on, and a cut one is noticed.
struct Content {
  std::optional<std::uint64_t> length;  // of the opened range in all
  std::string version;                  // another one when other bytes took the place of these (ETag, inode); opaque
};

class ReadStream {
 public:
  virtual ~ReadStream() = default;
  // Fills a prefix of `into`; 0 only at the end of the range.
  virtual Result<std::size_t> read(MutableByteView into) = 0;
  virtual Content about() const { return {}; }
};

enum class Offered { unknown, no, yes };

// What a store can do beyond the promises: data to look at, so that nobody asks which class a Storage is.
struct Capabilities {
  Offered conditional_put = Offered::unknown;  // Exists::refuse holds between machines
  Offered versioning = Offered::unknown;       // what was replaced or removed can be brought back
  Offered object_lock = Offered::unknown;      // objects can be kept from removal until a date
};

// How long the store keeps an object from being removed or replaced, whatever anybody asks of it (S3's object lock).
struct Retention {
  std::string mode;  // "GOVERNANCE", which special rights can lift, or "COMPLIANCE"
  Duration period{};
  // Until when it keeps what is written at `from`.
  Time end(Time from) const { return period > Time::max() - from ? Time::max() : from + period; }
  bool operator==(const Retention&) const = default;
};

// Something that who only writes backups does not need to be able to do.
struct Right {
  std::string action;  // "delete the bucket"
  Offered granted = Offered::unknown;
  std::string advice;  // how to take it away
};

// What the store itself will do to objects after a time, by a rule that somebody gave it.
struct Threat {
  std::string what;  // "removes backups/ after 30 days (lifecycle rule old)"
  std::string advice;
};

// What a writer that was killed left where no list shows it: a temporary file, an upload that was never completed.
struct Leftover {
  std::string name;  // for people
  std::uint64_t size = 0;
  Time modified{};  // the store's clock
};

// An object that was removed, and that the store keeps as an old version.
struct Removed {
  std::string key;
  std::uint64_t size = 0;
  Time written{}, removed{};  // the store's clock
};

class Storage {
 public:
  virtual ~Storage() = default;

  // Where this is, as the user wrote it, without credentials: "/mnt/nas/backups".
  virtual std::string describe() const = 0;

  virtual Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) = 0;
  // A range that starts beyond the end is `invalid`; one that ends beyond it is cut.
  virtual Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) = 0;
  virtual Result<Entry> stat(const std::string& key, std::stop_token stop) = 0;
  // Every object whose key starts with `prefix`.
  virtual Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                        std::stop_token stop) = 0;
  // The names N such that objects with keys "<prefix>N/..." exist; `prefix` is empty or ends in '/'.
  virtual Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                                    std::stop_token stop) = 0;
  virtual Result<> remove(const std::string& key, std::stop_token stop) = 0;
  // Bytes that can still be stored, when the store can tell.
  virtual Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) = 0;

  // From now on every object whose key begins with one of these is kept so long from when it is written. It may be
  // asked for again, and before anything is written only: streams that are open need not follow. `unsupported` where
  // the store cannot.
  virtual Result<> retain_new(const Retention& retention, std::vector<std::string> beginnings);
  // Keeps an object that is there so long from now.
  virtual Result<> retain(const std::string& key, const Retention& retention, std::stop_token stop);

  // Stores that cannot tell keep these as they are: nothing known, nothing found.
  virtual Result<Capabilities> capabilities(std::stop_token stop);
  // The clock that Entry::modified comes from.
  virtual Result<std::optional<Time>> server_time(std::stop_token stop);
  // Tried without harm: on objects below `prefix` (it ends in '/'), which are gone afterwards, or by requests that the
  // store refuses for another reason.
  virtual Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop);
  // Rules by which objects below `prefix` get lost, or can no longer be read at once.
  virtual Result<std::vector<Threat>> threats(const std::string& prefix, std::stop_token stop);
  // Removes the leftovers that `take` wants removed. A writer may still be at work on a young one.
  virtual Result<> clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop);
  // Brings back the removed objects below `prefix` that `take` wants brought back; it is asked about each, in any
  // order. `unsupported` where nothing that was removed is kept.
  virtual Result<> undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                            std::stop_token stop);
};

// Whole-object conveniences. `get` refuses objects above `limit` bytes (invalid).
Result<> put(Storage& storage, const std::string& key, ByteView bytes, Exists exists, std::stop_token stop);
Result<Bytes> get(Storage& storage, const std::string& key, std::uint64_t limit, std::stop_token stop);
// Of a buffer to read the stream with: what is left of it as far as it tells, at most `most` and at least 1.
std::size_t buffer_size(const ReadStream& stream, std::size_t most);
// Exactly `length` bytes from `offset`; fewer is `corrupt`.
Result<Bytes> get_range(Storage& storage, const std::string& key, std::uint64_t offset, std::uint64_t length,
                        std::stop_token stop);
Result<bool> exists(Storage& storage, const std::string& key, std::stop_token stop);

// Refuses keys that are empty, absolute, longer than 1024 bytes or not UTF-8, keys with control characters, and keys
// with a part that is empty, ".", "..", longer than 255 bytes, or a name for temporary files (os::is_scratch_name).
// So a key that one store accepts is accepted by all.
Result<> check_key(std::string_view key);

}  // namespace salvor::store
