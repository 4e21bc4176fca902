// Another password for a repository that lies in a storage.
//
// A password only makes the key of the two format blobs, so these two are written anew and nothing else is touched.
// Both must be of one password, or the repository does not open; but kopia.blobcfg may be missing. So, where it holds
// nothing (no retention is set), it goes first and comes back last, and a crash at any point leaves a repository that
// opens with the old password or the new one. Where it holds a retention, nothing may ever be written without that:
// there it is written first, as stock does, and a crash before kopia.repository follows leaves one that neither opens;
// to mend that either blob is put back from what the storage keeps of old versions, which a retention presupposes.
// [kopia repo/format/format_change_password.go]
#pragma once

#include <stop_token>

#include "base/rng.h"
#include "os/secret.h"
#include "repo/blob_store.h"
#include "repo/repository_format.h"

namespace salvor::repo {

// `format` is the repository as it was opened. What is written is tried with the new password before anything old is
// replaced, and read back afterwards. Errors: `invalid` (an empty password), `unsupported` (change_password),
// `conflict` (another repository lies there now), `denied` (its password was changed meanwhile), `unavailable`
// (somebody upgrades it), the storage's.
Result<> replace_password(BlobStore& store, const RepositoryFormat& format, const os::Secret& password, Rng& rng,
                          std::stop_token stop);

}  // namespace salvor::repo
