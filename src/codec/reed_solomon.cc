#include "codec/reed_solomon.h"

#include <isa-l/erasure_code.h>

#include <algorithm>

#include "base/check.h"

namespace salvor::codec {
namespace {

using Points = std::vector<std::uint8_t>;
constexpr std::size_t kTableBytes = 32;  // of each coefficient

// The factors that make, of the values of a polynomial at `known`, its values at `wanted`: one row for each of these,
// in ISA-L's form. Requires: no point twice.
//
//   factor = product of (wanted - m) / (known - m), over all known points m but this one; minus is xor here
std::vector<std::uint8_t> tables_of(const Points& known, const Points& wanted) {
  Points scales;  // what the products have in common: 1 / product of (known - m)
  for (const std::uint8_t point : known) {
    std::uint8_t product = 1;
    for (const std::uint8_t m : known) {
      if (m != point) product = gf_mul(product, point ^ m);
    }
    scales.push_back(gf_inv(product));
  }
  std::vector<std::uint8_t> rows;
  for (const std::uint8_t point : wanted) {
    std::uint8_t product = 1;
    for (const std::uint8_t m : known) product = gf_mul(product, point ^ m);
    for (std::size_t i = 0; i < known.size(); ++i) {
      rows.push_back(gf_mul(gf_mul(product, gf_inv(point ^ known[i])), scales[i]));
    }
  }
  std::vector<std::uint8_t> tables(kTableBytes * rows.size());
  ec_init_tables(static_cast<int>(known.size()), static_cast<int>(wanted.size()), rows.data(), tables.data());
  return tables;
}

Points points(std::size_t begin, std::size_t end) {
  Points all;
  for (std::size_t i = begin; i < end; ++i) all.push_back(static_cast<std::uint8_t>(i));
  return all;
}

// ISA-L reads through the pointers of `from` and its tables, and writes through those of `to` only.
void multiply(const std::vector<std::uint8_t>& tables, std::span<const ByteView> from,
              std::span<const MutableByteView> to) {
  std::vector<std::uint8_t*> sources, targets;
  for (const ByteView shard : from) {
    CHECK(shard.size() == to[0].size());
    sources.push_back(reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(shard.data())));
  }
  for (const MutableByteView shard : to) {
    CHECK(shard.size() == to[0].size());
    targets.push_back(reinterpret_cast<std::uint8_t*>(shard.data()));
  }
  ec_encode_data(static_cast<int>(to[0].size()), static_cast<int>(from.size()), static_cast<int>(to.size()),
                 const_cast<std::uint8_t*>(tables.data()), sources.data(), targets.data());
}

}  // namespace

ReedSolomon::ReedSolomon(std::size_t data, std::size_t parity) : data_(data), parity_(parity) {
  CHECK(data >= 1 && parity >= 1 && data + parity <= 256);
  tables_ = tables_of(points(0, data), points(data, data + parity));
}

void ReedSolomon::encode(std::span<const ByteView> data, std::span<const MutableByteView> parity) const {
  CHECK(data.size() == data_ && parity.size() == parity_);
  multiply(tables_, data, parity);
}

bool ReedSolomon::restore(std::span<const ByteView> shards, std::span<const MutableByteView> restored) const {
  CHECK(shards.size() == data_ + parity_);
  Points known, lost;
  std::vector<ByteView> values;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (!shards[i].empty() && known.size() < data_) {
      known.push_back(static_cast<std::uint8_t>(i));
      values.push_back(shards[i]);
    } else if (shards[i].empty() && i < data_) {
      lost.push_back(static_cast<std::uint8_t>(i));
    }
  }
  CHECK(lost.size() == restored.size());
  if (known.size() < data_) return false;
  if (!lost.empty()) multiply(tables_of(known, lost), values, restored);
  return true;
}

}  // namespace salvor::codec
