// gzip (RFC 1952): whole members in memory, and streams of any number of members.
//
// Whole members are compressed by ISA-L and decompressed by libdeflate; the stream reader uses zlib because it can stop
// in the middle. Measured on 117 MB of an archive's tar (30,000 Secrets of 1.5 KB, both forms): ISA-L level 1 918 MB/s,
// libdeflate level 1 196 MB/s, both to 25 MB. At the rate at which an API server lists, the compressor decides whether
// a backup keeps up. Every reader takes a bound: a compressed kilobyte can claim to hold a megabyte.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::codec {

// A few hundred kilobytes of tables, reused from member to member. Not thread-safe; one per thread.
class GzipCompressor {
 public:
  // Requires: 0 (fastest) <= level <= 3 (smallest), and texts below 4 GiB.
  explicit GzipCompressor(int level);
  ~GzipCompressor();
  GzipCompressor(GzipCompressor&&) noexcept;

  // Appends one member that holds `text` to `out`. The bytes depend on nothing but text and level: no time, no name.
  void compress(ByteView text, Bytes& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Not thread-safe; one per thread.
class GzipDecompressor {
 public:
  GzipDecompressor();
  ~GzipDecompressor();
  GzipDecompressor(GzipDecompressor&&) noexcept;

  // `member` must be exactly one member that holds exactly `size` bytes; else `corrupt`.
  Result<Bytes> decompress(ByteView member, std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads members one after the other until the source ends. Errors: corrupt (not gzip, damaged, cut, or followed by
// something else), and what the source returned.
class GunzipStream {
 public:
  // Fills a prefix of the buffer; 0 only at the end.
  using Source = std::function<Result<std::size_t>(MutableByteView)>;

  // More than `max_bytes` decompressed bytes in total is `corrupt`.
  GunzipStream(Source source, std::uint64_t max_bytes);
  ~GunzipStream();
  GunzipStream(GunzipStream&&) noexcept;

  Result<std::size_t> read(MutableByteView into);
  std::uint64_t compressed_bytes() const;  // taken from the source so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One member; every member of `packed`, at most `max_bytes` in all.
Bytes gzip(ByteView text, int level = 2);
Result<Bytes> gunzip(ByteView packed, std::uint64_t max_bytes);

}  // namespace salvor::codec
