// A repository's two format blobs as they are in the storage now.
#pragma once

#include <stop_token>

#include "repo/blob_store.h"
#include "repo/repository_format.h"

namespace salvor::repo {

// Errors: not_found when there is no repository, those of open_format and of the storage.
Result<RepositoryFormat> read_format(BlobStore& store, const os::Secret& password, std::stop_token stop);
// With the key that opened it before: parameters may have changed since then.
Result<RepositoryFormat> read_format(BlobStore& store, const FormatKey& key, std::stop_token stop);

}  // namespace salvor::repo
