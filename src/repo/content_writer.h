// ContentWriter: contents into a repository, each stored once.
//
//   bytes ─ hash ─▶ there already? ─▶ compress ─ seal ─▶ open pack ─ full ─▶ storage ─▶ index blob
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
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/pool.h"
#include "base/rng.h"
#include "repo/compression.h"
#include "repo/hashing.h"
#include "repo/pack_builder.h"
#include "repo/repository.h"

namespace salvor::repo {

struct ContentWriterOptions {
  std::string user, host;  // for the marker
  Duration index_every = std::chrono::minutes(10);
  Duration indexes_valid_for = std::chrono::minutes(15);
};

// All methods may be called from any thread. Memory: two open packs, and for each thread that writes one that it sends.
class ContentWriter {
 public:
  // Nothing is written yet. `unsupported` for a repository of format 1. The repository, clock and rng must outlive it;
  // all threads that write use them.
  static Result<std::unique_ptr<ContentWriter> > create(Repository& repository, ContentWriterOptions options,
                                                        Clock& clock, Rng& rng);
  // What was written and not flushed is lost.
  ~ContentWriter();

  // The id under which the content is stored; that it is, only flush() tells. `prefix` is 0 or a letter g..z.
  // `compression` is a compressor's header id or kNoCompression.
  Result<ContentId> write(char prefix, ByteView content, std::uint32_t compression, std::stop_token stop);

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
  struct Known;
  struct State;
  ContentWriter(Repository& repository, ContentWriterOptions options, Clock& clock, Rng& rng);

  Result<Known> look_up(const ContentId& id, std::stop_token stop);
  Result<std::optional<FinishedPack> > add_to_pack(const ContentEntry& entry, ByteView sealed, Worker& worker);
  Result<> send(FinishedPack pack, std::stop_token stop);
  Result<std::string> start_session(std::stop_token stop);
  Result<> publish(std::stop_token stop);
  Result<> write_now(const ContentId& id, ByteView content, std::uint32_t compression, std::int64_t after,
                     Worker& worker, std::stop_token stop);
  Result<Worker> make_worker() const;
  Result<> remember_failure(Result<> outcome);

  Repository& repository_;
  const ContentWriterOptions options_;
  Clock& clock_;
  Rng& rng_;
  Pool<Worker> workers_;
  std::mutex publishing_;  // one index at a time; taken before the state's lock
  std::mutex marking_;     // one marker at a time; likewise
  const std::unique_ptr<Guarded<State> > state_;
};

}  // namespace salvor::repo
