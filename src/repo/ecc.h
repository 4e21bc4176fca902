// Error correction of blobs, REED-SOLOMON-CRC32 (kopia repo/ecc/ecc_rs_crc.go): what is stored survives some bytes that
// the store gives back wrong.
//
//   message = u32 size of the data, data, zeros up to whole shards
//   stored  = parity*, for each block its parity shards; then data*, all data shards in order
//   parity  = u32 CRC-32 of the shard, shard         data = the same
//
// A shard whose CRC is wrong is lost, and its block is made whole from the others. The percentage of a repository
// decides how many shards a block has and how large they are; short messages have one block of smaller shards, very
// short ones one of 6 data and 2 parity shards. Long messages leave out the zeros at the end, so that the last data
// shard may be cut; its CRC is that of the whole one. Every encrypted item of a repository is wrapped this way, inside
// packs too.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/reed_solomon.h"

namespace salvor::repo {

constexpr std::string_view kEccAlgorithm = "REED-SOLOMON-CRC32";

// Thread-safe.
class ReedSolomonCrc32 {
 public:
  // `invalid` unless 1 <= overhead_percent <= 100.
  static Result<ReedSolomonCrc32> create(int overhead_percent);

  // `invalid` for data of 4 GiB.
  Result<Bytes> encode(ByteView data) const;
  // The data, made whole where bytes were lost. `corrupt` when more is lost than parity can make good, and when the
  // sizes do not fit each other.
  Result<Bytes> decode(ByteView stored) const;

 private:
  struct Shape;
  struct Stored;

  ReedSolomonCrc32(std::size_t shard_bytes, codec::ReedSolomon large);
  Shape shape_of_message(std::size_t size) const;
  Shape shape_of_stored(std::size_t size) const;
  std::size_t stored_size(std::size_t message_size) const;

  std::size_t shard_bytes_;   // of the blocks of long messages
  codec::ReedSolomon large_;  // of all but very short messages
  codec::ReedSolomon small_;
};

}  // namespace salvor::repo
