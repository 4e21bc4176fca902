// What credentials can do to a bucket that who only writes backups need not: found out without doing it.
//
//   old versions      a version of a probe of ours is deleted
//   bucket settings   documents that no server can read are sent; who may change the setting is told that they are
//                     malformed, who may not is denied (permission is checked before the document is read)
//   the bucket        only where a bucket that holds objects is known to be refused: AWS and MinIO. SeaweedFS, for one,
//                     would remove it with all that is in it.
#pragma once

#include <string>
#include <vector>

#include "s3/client.h"
#include "store/storage.h"

namespace salvor::store {

// `probe`: the full key of an object to write and remove. Errors: the probe cannot be written; unavailable, cancelled.
Result<std::vector<Right>> s3_excess_rights(s3::Client& client, const std::string& probe, std::stop_token stop);

}  // namespace salvor::store
