// IndexBatch: index entries of which there may be millions, published in blobs of a bounded number while they come.
//
// For entries that name contents which lie in packs already, such as the word that a content is deleted; who writes
// packs publishes what is in them himself. Each blob that is published counts by itself, and a crash between two leaves
// the first in force.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "repo/content_entry.h"
#include "repo/repository.h"

namespace salvor::repo {

// Not thread-safe. Memory: some 90 bytes for each entry that waits.
class IndexBatch {
 public:
  static constexpr std::size_t kMostWaiting = 100'000;

  // All three must outlive it.
  IndexBatch(Repository& repository, Clock& clock, Rng& rng) : repository_(repository), clock_(clock), rng_(rng) {}

  // By ascending id. The text of its pack's name must stay until finish(). Errors: those of publish_index.
  Result<> add(const ContentEntry& entry, std::stop_token stop);
  // Publishes what waits.
  Result<> finish(std::stop_token stop);

 private:
  Repository& repository_;
  Clock& clock_;
  Rng& rng_;
  std::string session_;  // part of the blobs' names
  std::vector<ContentEntry> waiting_;
};

}  // namespace salvor::repo
