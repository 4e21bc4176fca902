// Databases for tests, in memory.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "bbolt/copy.h"
#include "bbolt/database.h"
#include "bbolt/visit.h"
#include "os/memory_filesystem.h"

namespace salvor::bbolt::testing {

using Buckets = std::map<std::string, std::map<std::string, std::string>>;

// What Writer makes of them.
Bytes written(const Buckets& buckets, std::uint32_t page_size = 1024);

// What visit finds, or the error.
Result<Buckets> read(ByteView file);

}  // namespace salvor::bbolt::testing
