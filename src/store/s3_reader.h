// The read stream of S3Storage. Only s3_storage.cc uses this.
#pragma once

#include <memory>
#include <string>

#include "s3/client.h"
#include "store/s3_storage.h"

namespace salvor::store {

Result<std::unique_ptr<ReadStream>> open_s3_reader(std::shared_ptr<s3::Client> client, const std::string& full_key,
                                                   ByteRange range, const S3StorageOptions& options,
                                                   std::stop_token stop);

}  // namespace salvor::store
