// Opens what an s3:// location names. Only location.cc and tests use this.
#pragma once

#include <memory>

#include "store/location.h"
#include "store/s3_storage.h"

namespace salvor::store {

Result<std::unique_ptr<S3Storage>> open_s3_location(const S3Location& location, Rng& rng, const S3Doors& doors);

}  // namespace salvor::store
