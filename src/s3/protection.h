// What protects objects from being lost, and what threatens them: locks, legal holds, versions, lifecycle rules.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "s3/objects.h"

namespace salvor::s3 {

// "Enabled", "Suspended" or "" for a bucket that never had versions.
Result<std::string> bucket_versioning(Client& client, std::stop_token stop);
// Not enabled when the bucket has no object lock, or the store knows none.
Result<ObjectLockRule> bucket_object_lock(Client& client, std::stop_token stop);
// Empty when there is no lifecycle, or the store knows none.
Result<std::vector<LifecycleRule>> bucket_lifecycle(Client& client, std::stop_token stop);

// Sets or extends the retention of a version (empty: the current one). Shortening it needs bypass_governance and is
// refused in compliance mode (denied).
Result<> set_retention(Client& client, const KeyVersion& object, const Retention& retention, bool bypass_governance,
                       std::stop_token stop);
Result<> set_legal_hold(Client& client, const KeyVersion& object, bool on, std::stop_token stop);

// After somebody deleted objects of a bucket with versions: removes the delete markers that hide those below `prefix`
// that `take` wants brought back. It gets the version that would be visible again, and since when it is hidden. The
// number of objects that are visible again. Objects that were overwritten are not touched.
using TakeHidden = std::function<bool(const ListedVersion& last, Time hidden)>;
Result<std::size_t> undelete(Client& client, const std::string& prefix, const TakeHidden& take, std::stop_token stop);

}  // namespace salvor::s3
