// read_bytes: a ReadStream over an object that is in memory.
#pragma once

#include <memory>
#include <string>

#include "store/storage.h"

namespace salvor::store {

// `name` is for messages: "KEY in LOCATION". `invalid` when the range begins beyond the end.
Result<std::unique_ptr<ReadStream>> read_bytes(std::shared_ptr<const Bytes> bytes, std::string version, ByteRange range,
                                               const std::string& name, std::stop_token stop);

}  // namespace salvor::store
