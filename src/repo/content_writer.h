// ContentWriter: contents into a repository, each stored once.
//
//   bytes ─ hash ─▶ there already? ─▶ compress ─ seal ─▶ open pack ─ full ─▶ storage ─▶ index blob
//                                                (in a directory it lies in the storage while it is filled)
//
// What others rely on (Kopia's rules for a second writer):
//   - the session's marker is there before its first pack, and goes when its last index is there: as long as it is
//     there and not too old, nobody takes packs away that no index names;
//   - packs come before the index that names them, and an index at least every ten minutes;
//   - what is known of the indexes is never older than fifteen minutes when a content is taken for stored;
//   - a content that was deleted is written again, with a later time than its deletion.
//
// After an error nothing more is taken: what was counted on may be missing. Packs that no index names are then left to
// maintenance, as after a crash. [kopia repo/content/content_manager.go, sessions.go]
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/slots.h"
#include "repo/compression.h"
#include "repo/hashing.h"
#include "repo/open_packs.h"
#include "repo/pack_builder.h"
#include "repo/repository.h"

namespace salvor::repo {

struct ContentWriterOptions {
  std::string user, host;  // for the marker
  Duration index_every = std::chrono::minutes(10);
  Duration indexes_valid_for = std::chrono::minutes(15);
  std::size_t index_of = 131'072;   // contents in packs that were sent: then they get an index, too
  unsigned packs_on_their_way = 2;  // sent at a time
  unsigned open_packs = 4;          // filled at a time, of data, where packs take no memory
};

// What is to be stored: `prefix` is 0 or a letter g..z, `compression` a compressor's header id or kNoCompression.
struct NewContent {
  char prefix = 0;
  ByteView bytes;
  std::uint32_t compression = kNoCompression;
};

// All methods may be called from any thread. Memory: for a bucket two open packs and those on their way, of the
// repository's pack size and a content each, and little in a directory; some 200 bytes for each content that is in no
// index yet; and the indexes.
class ContentWriter {
 public:
  // Nothing is written yet. `unsupported` for a repository of format 1. The repository, clock and rng must outlive it;
  // all threads that write use them.
  static Result<std::unique_ptr<ContentWriter> > create(Repository& repository, ContentWriterOptions options,
                                                        Clock& clock, Rng& rng);
  // What was written and not flushed is lost.
  ~ContentWriter();

  // The id under which the content is stored; that it is, only flush() tells.
  Result<ContentId> write(char prefix, ByteView content, std::uint32_t compression, std::stop_token stop);
  // The same of several, whose hashes are worked out at once where that is faster.
  Result<std::vector<ContentId> > write_all(std::span<const NewContent> contents, std::stop_token stop);

  // All that was written is in the storage, every client finds it, and the session is over. Another may follow.
  // Requires: no write() is running.
  Result<> flush(std::stop_token stop);

  struct Written {
    std::uint64_t contents = 0, bytes = 0;          // given to write()
    std::uint64_t new_contents = 0, new_bytes = 0;  // that were not there
    std::uint64_t packs = 0, pack_bytes = 0;        // sent
  };
  Written written() const;

 private:
  struct Worker;
  struct State;
  ContentWriter(Repository& repository, ContentWriterOptions options, Clock& clock, Rng& rng);

  Result<> refresh_if_old(std::stop_token stop);
  Result<> store(const ContentId& id, const NewContent& content, Worker& worker, std::stop_token stop);
  Result<std::optional<FinishedPack> > add_to_pack(const ContentEntry& entry, ByteView plain, Worker& worker);
  Result<PackBuilder> begin_pack(char kind);
  Result<> send(FinishedPack pack, std::stop_token stop);
  Result<> start_session(std::stop_token stop);
  Result<> publish(std::stop_token stop);
  Result<> write_now(const ContentId& id, const NewContent& content, std::int64_t after, Worker& worker,
                     std::stop_token stop);
  Result<Worker> make_worker() const;
  Result<> remember_failure(Result<> outcome);

  Repository& repository_;
  const ContentWriterOptions options_;
  Clock& clock_;
  Rng& rng_;
  Pool<Worker> workers_;
  Slots sending_;
  std::mutex publishing_;                  // one index at a time; taken before the state's lock
  std::mutex marking_;                     // one marker at a time; likewise
  OpenPacks data_packs_, metadata_packs_;  // their locks are taken before the state's
  const std::unique_ptr<Guarded<State> > state_;
};

}  // namespace salvor::repo
