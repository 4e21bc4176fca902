// The built-in price table: list prices of the first tier, before taxes. Data, in the form that --prices takes.
#include "config/prices.h"

namespace salvor::config {

namespace {

constexpr std::string_view kTable =
    R"(# List prices, first tier, before taxes. Regions and contracts differ: correct what yours says.
date: "2025-11-01"
source: https://aws.amazon.com/s3/pricing/ (us-east-1) and https://www.backblaze.com/cloud-storage/pricing
currency: USD
classes:
  none:  # a disk or NAS of one's own
    unit: GB
  s3-standard:
    storageClass: STANDARD
    unit: GiB
    storage: 0.023
    egress: 0.09
    egressFree: 100GiB
    getRequests: 0.0004
  s3-standard-ia:
    storageClass: STANDARD_IA
    unit: GiB
    storage: 0.0125
    retrieval: 0.01
    egress: 0.09
    egressFree: 100GiB
    getRequests: 0.001
    minimumDays: 30
    minimumObject: 128KiB
  s3-onezone-ia:
    storageClass: ONEZONE_IA
    unit: GiB
    storage: 0.01
    retrieval: 0.01
    egress: 0.09
    egressFree: 100GiB
    getRequests: 0.001
    minimumDays: 30
    minimumObject: 128KiB
  s3-glacier-instant:
    storageClass: GLACIER_IR
    unit: GiB
    storage: 0.004
    retrieval: 0.03
    egress: 0.09
    egressFree: 100GiB
    getRequests: 0.01
    minimumDays: 90
    minimumObject: 128KiB
  s3-glacier-flexible:  # each object has 32 KiB more at its own price and 8 KiB at that of s3-standard
    storageClass: GLACIER
    unit: GiB
    storage: 0.0036
    retrieval: 0.01
    egress: 0.09
    egressFree: 100GiB
    getRequests: 0.05
    minimumDays: 90
    overhead: 32KiB
    indexOverhead: 8KiB
    indexStorage: 0.023
    restoreDelay: 3-5 hours
  s3-deep-archive:
    storageClass: DEEP_ARCHIVE
    unit: GiB
    storage: 0.00099
    retrieval: 0.02
    egress: 0.09
    egressFree: 100GiB
    getRequests: 0.1
    minimumDays: 180
    overhead: 32KiB
    indexOverhead: 8KiB
    indexStorage: 0.023
    restoreDelay: up to 12 hours
  b2:
    unit: GB
    storage: 0.006
    egress: 0.01
    egressFreeStored: 3
    getRequests: 0.0004
)";

}  // namespace

std::string_view builtin_prices() { return kTable; }

}  // namespace salvor::config
