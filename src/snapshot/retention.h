// Retention: which snapshots of a source are kept, and why.
//
// A snapshot is kept as "latest-1", "latest-2", ... , and as the newest of an hour, a day, a week, a month or a year,
// as many of each as the policy says and none older than that many hours, days and so on before the newest complete
// snapshot. Incomplete ones newer than every complete one are kept while they are younger than four hours or among the
// last three. Hours, days, months and years are UTC's, weeks those of ISO 8601 in the local time zone; the bounds are
// counted on the local calendar. That is how stock has it.
//
// Kopia: snapshot/policy/retention_policy.go, expire.go.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "snapshot/manifest.h"
#include "snapshot/policy.h"

namespace salvor::snapshot {

// For each snapshot of one source, in the order given, why it is kept: "latest-1", "daily-2", "incomplete". Those
// without a reason go, unless they have pins.
std::vector<std::vector<std::string> > retention_reasons(std::span<const Manifest* const> snapshots,
                                                         const Policy& policy);

}  // namespace salvor::snapshot
