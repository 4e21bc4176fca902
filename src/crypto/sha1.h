// SHA-1 (FIPS 180-4): protects nothing against anybody. etcd makes the ids of members and clusters with it.
#pragma once

#include <array>

#include "base/bytes.h"

namespace salvor::crypto {

using Sha1Digest = std::array<std::byte, 20>;

Sha1Digest sha1(ByteView bytes);

}  // namespace salvor::crypto
