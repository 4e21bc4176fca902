// Tables of prices: never more than an Error, and costs of what is accepted never overflow.
#include <cstdint>
#include <limits>

#include "config/prices.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor::config;
  const auto table = parse_prices(input_text(data, size), "prices.yaml");
  if (!table.ok()) return 0;
  for (const PriceClass& one : table->classes) {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    Money sum = price_of(most, one.storage, one.unit);
    for (Money price : {one.retrieval, one.egress, one.get_requests, one.index_storage}) {
      sum = sum_of(sum, price_of(most, price, one.unit));
    }
    PROMISE(sum >= 0 && !format_money(sum).empty());
  }
  return 0;
}
