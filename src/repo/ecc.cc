#include "repo/ecc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "codec/crc.h"
#include "repo/big_endian.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kCrcBytes = 4, kSizeBytes = 4;
constexpr std::size_t kSmallData = 6, kSmallParity = 2;

std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

std::size_t shard_bytes_of(int percent) {
  if (percent == 1) return 1024;
  if (percent == 2) return 512;
  if (percent == 3) return 256;
  return percent <= 6 ? 128 : 64;
}

// Part of `count`, in stock's precision, which decides how it is rounded.
int part(int count, float share) { return static_cast<int>(std::floor(count * double{share})); }

// What the CRCs leave of the percentage decides; there are never less than two parity shards.
codec::ReedSolomon large_code(int percent, std::size_t shard_bytes) {
  const float crcs = static_cast<float>(100 * kCrcBytes) / static_cast<float>(shard_bytes);
  const float left = std::max(static_cast<float>(percent) - crcs, 0.01F);
  const int parity = std::clamp(part(128, left / 100), 1, 128);
  if (parity > 1) return codec::ReedSolomon(128, static_cast<std::size_t>(parity));
  return codec::ReedSolomon(static_cast<std::size_t>(std::clamp(part(2, 100 / left), 128, 254)), 2);
}

Error damaged(std::string what) { return Error(Code::corrupt, "error correction: " + std::move(what)); }

void append_shard(Bytes& to, ByteView shard, std::size_t keep) {
  append_big_endian(to, codec::crc32(shard), kCrcBytes);
  append(to, shard.first(keep));
}

}  // namespace

// How a message is cut.
struct ReedSolomonCrc32::Shape {
  const codec::ReedSolomon* code = nullptr;
  std::size_t blocks = 1;
  std::size_t shard_bytes = 0;
  bool keeps_zeros = true;

  std::size_t message_bytes() const { return blocks * code->data() * shard_bytes; }
  std::size_t parity_bytes() const { return blocks * code->parity() * (kCrcBytes + shard_bytes); }
};

ReedSolomonCrc32::ReedSolomonCrc32(std::size_t shard_bytes, codec::ReedSolomon large)
    : shard_bytes_(shard_bytes), large_(std::move(large)), small_(kSmallData, kSmallParity) {}

Result<ReedSolomonCrc32> ReedSolomonCrc32::create(int overhead_percent) {
  if (overhead_percent < 1 || overhead_percent > 100) {
    return Error(Code::invalid, "error correction: the overhead must be 1 to 100 percent");
  }
  const std::size_t shard_bytes = shard_bytes_of(overhead_percent);
  return ReedSolomonCrc32(shard_bytes, large_code(overhead_percent, shard_bytes));
}

ReedSolomonCrc32::Shape ReedSolomonCrc32::shape_of_message(std::size_t size) const {
  if (size <= 2 * kCrcBytes * (large_.data() + large_.parity())) {
    return {&small_, 1, divide_up(size, kSmallData), true};
  }
  if (size <= large_.data() * shard_bytes_) return {&large_, 1, divide_up(size, large_.data()), true};
  return {&large_, divide_up(size, large_.data() * shard_bytes_), shard_bytes_, false};
}

// The same from the size of what was made of it.
ReedSolomonCrc32::Shape ReedSolomonCrc32::shape_of_stored(std::size_t size) const {
  const auto one_block = [size](const codec::ReedSolomon& code) -> Shape {
    return {&code, 1, std::max(divide_up(size, code.data() + code.parity()), kCrcBytes + 1) - kCrcBytes, true};
  };
  const std::size_t large_shards = large_.data() + large_.parity();
  const std::size_t greatest_small = divide_up(2 * kCrcBytes * large_shards, kSmallData);
  if (size <= (kSmallData + kSmallParity) * (kCrcBytes + greatest_small)) return one_block(small_);
  if (size <= large_shards * (kCrcBytes + shard_bytes_)) return one_block(large_);
  return {&large_, divide_up(size, large_shards * (kCrcBytes + shard_bytes_)), shard_bytes_, false};
}

std::size_t ReedSolomonCrc32::stored_size(std::size_t message_size) const {
  const Shape shape = shape_of_message(message_size);
  const std::size_t kept = shape.keeps_zeros ? shape.message_bytes() : message_size;
  return shape.parity_bytes() + kept + divide_up(kept, shape.shard_bytes) * kCrcBytes;
}

Result<Bytes> ReedSolomonCrc32::encode(ByteView data) const {
  if (data.size() > std::numeric_limits<std::uint32_t>::max()) return Error(Code::invalid, "an item of 4 GiB");
  const std::size_t size = kSizeBytes + data.size();
  const Shape shape = shape_of_message(size);
  Bytes message;
  message.reserve(shape.message_bytes());
  append_big_endian(message, data.size(), kSizeBytes);
  append(message, data);
  append_zeros(message, shape.message_bytes() - message.size());

  Bytes stored, parity(shape.code->parity() * shape.shard_bytes);
  stored.reserve(stored_size(size));
  std::vector<MutableByteView> parity_shards;
  for (std::size_t i = 0; i < shape.code->parity(); ++i) {
    parity_shards.push_back(MutableByteView(parity).subspan(i * shape.shard_bytes, shape.shard_bytes));
  }
  std::vector<ByteView> shards(shape.code->data());
  ByteView rest = message;
  for (std::size_t block = 0; block < shape.blocks; ++block) {
    for (ByteView& shard : shards) {
      shard = rest.first(shape.shard_bytes);
      rest = rest.subspan(shape.shard_bytes);
    }
    shape.code->encode(shards, parity_shards);
    for (const MutableByteView shard : parity_shards) append_shard(stored, shard, shard.size());
  }
  const std::size_t kept = shape.keeps_zeros ? message.size() : size;
  for (std::size_t at = 0; at < kept; at += shape.shard_bytes) {
    append_shard(stored, ByteView(message).subspan(at, shape.shard_bytes), std::min(shape.shard_bytes, kept - at));
  }
  return stored;
}

// The shards of what is stored, by number; an empty one is lost.
struct ReedSolomonCrc32::Stored {
  ByteView parity, data;  // with CRCs
  Shape shape;
  Bytes last;   // the last data shard with its CRC, if it was cut, filled with zeros
  Bytes zeros;  // a shard of those that are left out

  Stored(ByteView stored, const Shape& cut)
      : parity(stored.first(cut.parity_bytes())), data(stored.subspan(cut.parity_bytes())), shape(cut) {
    const std::size_t whole = kCrcBytes + shape.shard_bytes;
    append(last, data.last(data.size() % whole));
    append_zeros(last, whole - last.size());
    append_zeros(zeros, shape.shard_bytes);
  }

  ByteView checked(ByteView with_crc) const {
    const ByteView shard = with_crc.subspan(kCrcBytes);
    return codec::crc32(shard) == load_big_endian(with_crc.first(kCrcBytes)) ? shard : ByteView();
  }
  ByteView parity_shard(std::size_t number) const {
    const std::size_t whole = kCrcBytes + shape.shard_bytes;
    return checked(parity.subspan(number * whole, whole));
  }
  ByteView data_shard(std::size_t number) const {
    const std::size_t whole = kCrcBytes + shape.shard_bytes, at = number * whole;
    if (at >= data.size()) return shape.keeps_zeros ? ByteView() : ByteView(zeros);
    return checked(at + whole <= data.size() ? data.subspan(at, whole) : ByteView(last));
  }
};

Result<Bytes> ReedSolomonCrc32::decode(ByteView stored) const {
  const Shape shape = shape_of_stored(stored.size());
  if (stored.size() <= shape.parity_bytes()) return damaged("the item is too short");
  const Stored all(stored, shape);
  const std::size_t data_shards = shape.code->data(), parity_shards = shape.code->parity();
  Bytes message, restored(data_shards * shape.shard_bytes);
  message.reserve(shape.message_bytes());
  for (std::size_t block = 0; block < shape.blocks; ++block) {
    std::vector<ByteView> shards;
    std::vector<MutableByteView> lost;
    for (std::size_t i = 0; i < data_shards; ++i) {
      shards.push_back(all.data_shard(block * data_shards + i));
      if (shards.back().empty()) {
        lost.push_back(MutableByteView(restored).subspan(lost.size() * shape.shard_bytes, shape.shard_bytes));
      }
    }
    if (lost.size() > parity_shards) return damaged("more is lost than can be made good");
    for (std::size_t i = 0; i < parity_shards && !lost.empty(); ++i) {
      shards.push_back(all.parity_shard(block * parity_shards + i));
    }
    if (!lost.empty() && !shape.code->restore(shards, lost)) return damaged("more is lost than can be made good");
    std::size_t used = 0;
    for (std::size_t i = 0; i < data_shards; ++i) append(message, shards[i].empty() ? lost[used++] : shards[i]);
  }
  if (message.size() < kSizeBytes) return damaged("the item is too short");
  const std::size_t size = load_big_endian(ByteView(message).first(kSizeBytes));
  if (size > message.size() - kSizeBytes || stored_size(kSizeBytes + size) != stored.size()) {
    return damaged("the item has another size than it tells");
  }
  message.erase(message.begin(), message.begin() + kSizeBytes);
  message.resize(size);
  return message;
}

}  // namespace salvor::repo
