// Prices: what storing and fetching costs, by class, as a table that the user can edit.
//
//   date: 2025-11-01
//   source: https://aws.amazon.com/s3/pricing/, us-east-1, first tier
//   currency: USD
//   classes:
//     s3-standard-ia:
//       storageClass: STANDARD_IA      as the store names it
//       unit: GiB                      what a price per amount is for; AWS's GB is 2^30 bytes, B2's 10^9
//       storage: 0.0125                per unit and month
//       retrieval: 0.01                per unit read
//       egress: 0.09                   per unit sent to the internet, beyond egressFree in a month
//       egressFree: 100GiB
//       getRequests: 0.001             per thousand
//       minimumDays: 30                an object is paid for at least that long
//       minimumObject: 128KiB          and as if it had at least this size
//
// docs/formats/prices.md tells all keys and how costs are computed. Prices have tiers, discounts, taxes and regions;
// the table knows one price of each kind, so what is computed is an estimate and says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/money.h"

namespace salvor::config {

struct PriceClass {
  std::string name;
  std::string storage_class;  // empty: the provider has no classes, and whatever the store says does not matter
  std::uint64_t unit = 1ull << 30;
  Money storage = 0, retrieval = 0, egress = 0;  // per unit
  std::uint64_t egress_free = 0;                 // bytes in a month
  std::uint32_t egress_free_stored = 0;          // and so many times what is stored
  Money get_requests = 0;                        // per thousand
  std::uint32_t minimum_days = 0;
  std::uint64_t minimum_object = 0;  // bytes
  std::uint64_t overhead = 0;        // bytes added to each object, at the price of the class
  std::uint64_t index_overhead = 0;  // bytes added to each object, at the price `index_storage`
  Money index_storage = 0;           // per unit and month
  std::string restore_delay;         // "3-5 hours"; empty: none

  // What an object of `size` bytes is charged as.
  std::uint64_t billed(std::uint64_t size) const { return (size < minimum_object ? minimum_object : size) + overhead; }
};

struct PriceTable {
  std::string date, source, currency;
  std::vector<PriceClass> classes;

  const PriceClass* find(std::string_view name) const;
  // By the store's word.
  const PriceClass* find_storage_class(std::string_view storage_class) const;
};

// `invalid` with the line.
Result<PriceTable> parse_prices(std::string_view text, const std::string& file);
// What salvor knows itself, in the same form: to start an own table from.
std::string_view builtin_prices();

}  // namespace salvor::config
