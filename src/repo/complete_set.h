// Index blobs that were written together are read together or not at all: "<any>-s<set>-c<k>" is one of k blobs that
// share "s<set>".
//
// A blob whose name does not say so is a set of its own, as for stock. That is right for reading; who deletes what a
// set replaces must ask for more (repo/epoch_plan.h).
//
// Kopia: internal/completeset/complete_set.go.
#pragma once

#include <span>
#include <vector>

#include "repo/blob_store.h"

namespace salvor::repo {

// The set that is the first to be complete when the blobs are looked at in order, with as many blobs as it takes to
// complete it; empty when none is.
std::vector<BlobMetadata> first_complete_set(std::span<const BlobMetadata> blobs);

}  // namespace salvor::repo
