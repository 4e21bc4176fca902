// ContentMover: contents that are stored already, into new packs: out of packs that are mostly empty, or because one
// that was marked as deleted is in use after all. What was moved lives, whatever it was before.
//
// How a content is sealed hangs on its id alone, so the sealed bytes move as they are; each is opened once, so that
// nothing damaged is carried on as if it were well. Only what error correction had to mend is sealed anew.
//
// As with every writer: the session's marker comes before its first pack, packs before the index that names them, and
// the marker goes when all of them have one. [kopia repo/content/content_manager.go RewriteContent, UndeleteContent]
#pragma once

#include <deque>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/hashing.h"
#include "repo/pack_builder.h"
#include "repo/repository.h"
#include "repo/sealer.h"

namespace salvor::repo {

// Not thread-safe. Memory: two open packs, but for those in a directory, and some 90 bytes for each entry that no index
// has yet.
class ContentMover {
 public:
  // Nothing is written yet. The repository, clock and rng must outlive it.
  static Result<ContentMover> create(Repository& repository, std::string user, std::string host, Clock& clock,
                                     Rng& rng);

  // `stored` are the bytes that `entry` points at. `corrupt` when they are not what was written; nothing was taken
  // then.
  Result<> add(const ContentEntry& entry, ByteView stored, std::stop_token stop);
  // All that was added is in the storage, and every client finds it there.
  Result<> finish(std::stop_token stop);

 private:
  ContentMover(Repository& repository, std::string user, std::string host, Clock& clock, Rng& rng, Sealer sealer,
               Hasher hasher)
      : repository_(&repository),
        user_(std::move(user)),
        host_(std::move(host)),
        clock_(&clock),
        rng_(&rng),
        sealer_(std::move(sealer)),
        hasher_(std::move(hasher)) {}
  Result<> start_session(std::stop_token stop);
  Result<> send(std::optional<PackBuilder>& open, std::stop_token stop);
  Result<> publish(std::stop_token stop);

  Repository* repository_;
  std::string user_, host_;
  Clock* clock_;
  Rng* rng_;
  Sealer sealer_;
  Hasher hasher_;
  std::string session_, marker_;  // the session's id, and its marker's blob
  std::optional<PackBuilder> data_, metadata_;
  std::deque<FinishedPack> sent_;  // in no index yet; without their bytes
  std::size_t waiting_ = 0;        // entries of sent_
  Time first_sent_{};
};

}  // namespace salvor::repo
