// S2 streams: blocks of S2 in the frame of Snappy (github.com/google/snappy framing_format.txt; the changes are those
// of github.com/klauspost/compress s2).
//
//   stream     = identifier chunk*, or nothing for an empty text
//   chunk      = u8 kind, u24le size, so many bytes
//   identifier = ff 06 00 00 "S2sTwO"
//   compressed = kind 0: u32le masked CRC-32C of the text, block        plain = kind 1: the same CRC, text
//   skipped    = kinds 0x80 to 0xfe
//
// A stream does not tell where it ends: one that was cut between chunks is a shorter stream.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::codec {

// Appends a stream that holds `text`, in blocks of 1 MiB as stock's writer makes them.
void s2_compress(ByteView text, Bytes& out);
// `corrupt` when `packed` is no stream, cut inside a chunk or damaged, and when it holds more than `max_bytes`. Memory
// is what was made and at most one block of 4 MiB ahead.
Result<Bytes> s2_decompress(ByteView packed, std::size_t max_bytes);

}  // namespace salvor::codec
