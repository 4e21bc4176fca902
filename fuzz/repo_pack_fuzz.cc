// The ends of packs. The input is taken as it is, and once more as a postamble's payload whose CRC and size are put
// behind it, so that these do not keep the fuzzer out; the same for the copy of the format blob at a pack's beginning.

#include "codec/crc.h"
#include "input.h"
#include "repo/big_endian.h"
#include "repo/pack_layout.h"

namespace {

using namespace salvor;
using namespace salvor::repo;

constexpr std::uint64_t kPackBytes = 20 << 20;

void read_postamble(ByteView end) {
  const auto found = find_postamble(end, kPackBytes);
  if (!found.ok()) return;
  const Postamble& postamble = *found;
  PROMISE(std::uint64_t{postamble.local_index_offset} + postamble.local_index_length < kPackBytes);
  const auto again = encode_postamble(postamble);
  PROMISE(again.ok());
  const auto same = find_postamble(*again, kPackBytes);
  PROMISE(same.ok() && (*same).local_index_iv == postamble.local_index_iv);
  PROMISE((*same).local_index_offset == postamble.local_index_offset);
  PROMISE((*same).local_index_length == postamble.local_index_length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  read_postamble(bytes);
  if (const auto blob = find_format_copy(bytes)) PROMISE(blob->size() < size);

  const ByteView payload = bytes.last(std::min<std::size_t>(size, 251));
  Bytes mended;
  append(mended, payload);
  append_big_endian(mended, codec::crc32(payload), 4);
  mended.push_back(static_cast<std::byte>(mended.size()));
  read_postamble(mended);
  if (const auto copy = encode_format_copy(bytes); copy.ok()) {
    const auto blob = find_format_copy(*copy);
    PROMISE(blob && as_text(*blob) == as_text(bytes));
  }
  return 0;
}
