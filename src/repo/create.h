// Making a repository in an empty place.
//
// kopia.blobcfg is written first and kopia.repository after it, both only where there is none yet: of two who make a
// repository in one place at the same time one succeeds, and the other has changed nothing. What makes a maintenance
// owner and the policy of all sources are manifests, as stock writes them. [kopia repo/initialize.go,
// cli/command_repository_create.go]
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/repository.h"
#include "store/storage.h"

namespace salvor::repo {

enum class BlobLayout { flat, sharded };  // in buckets, in directories

struct Maintainer {
  std::string user, host;  // who may run maintenance until somebody else is named
};

// The new repository, open. Errors: already_exists (one is there, or another's creation was cut off), `invalid` and
// `unsupported` as create_format, the storage's. After another error run it again with kopia.blobcfg removed, which
// nothing needs without kopia.repository.
Result<std::unique_ptr<Repository> > create_repository(store::Storage& storage, BlobLayout layout,
                                                       const NewRepository& wanted, const os::Secret& password,
                                                       const Maintainer& maintainer, Clock& clock, Rng& rng,
                                                       std::stop_token stop);

}  // namespace salvor::repo
