// Every number in Kopia's binary structures that is not a varint is a big-endian integer; the names of base are seen
// from here too.
#pragma once

#include "base/big_endian.h"  // IWYU pragma: export

namespace salvor::repo {

using salvor::append_big_endian;
using salvor::load_big_endian;
using salvor::load_big_endian32;
using salvor::store_big_endian;

}  // namespace salvor::repo
