#include "repo/index_batch.h"

#include "repo/index_publisher.h"
#include "repo/session.h"

namespace salvor::repo {

Result<> IndexBatch::add(const ContentEntry& entry, std::stop_token stop) {
  // Ids of two lengths cannot stand in one index; a repository has them when somebody put them there by hand.
  const bool fits = waiting_.empty() || waiting_.back().id.binary().size() == entry.id.binary().size();
  if (waiting_.size() == kMostWaiting || !fits) TRY(finish(std::move(stop)));
  waiting_.push_back(entry);
  return {};
}

Result<> IndexBatch::finish(std::stop_token stop) {
  if (waiting_.empty()) return {};
  if (session_.empty()) session_ = new_session_id(rng_, clock_.now());
  TRY(publish_index(repository_.blobs(), repository_.format().config, waiting_, session_, clock_, rng_,
                    std::move(stop)));
  waiting_.clear();
  return {};
}

}  // namespace salvor::repo
