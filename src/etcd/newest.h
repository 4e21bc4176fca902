// Newest: the newest revision of each key, by a 96-bit digest of the key in place of the key itself.
//
// Two keys of one digest would be taken for one. By accident that is out of the question; who makes it happen on
// purpose spoils what is shown of a snapshot of their own.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "crypto/blake3.h"
#include "etcd/revision.h"

namespace salvor::etcd {

class Newest {
 public:
  Newest();
  // Later calls for a key have later revisions.
  void put(std::string_view key, const RevisionKey& at);
  // Whether this is the newest revision of the key.
  bool is_newest(std::string_view key, const RevisionKey& at);
  // Keys whose newest revision is no deletion.
  std::uint64_t live() const { return live_; }

 private:
  // Open addressing; a slot is free while its revision is 0_0, which no change has.
  struct Slot {
    std::uint32_t digest[3] = {};
    std::uint32_t sub_and_deletion = 0;  // sub revisions beyond 2^31 do not occur: a transaction is limited
    std::uint64_t main = 0;
    bool is_free() const { return main == 0 && sub_and_deletion == 0; }
  };
  Slot slot_of(std::string_view key, const RevisionKey& at);
  Slot& find(const Slot& wanted);
  void grow();

  crypto::Blake3 hash_;
  std::vector<Slot> slots_;
  std::uint64_t used_ = 0, live_ = 0;
};

}  // namespace salvor::etcd
