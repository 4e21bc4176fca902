// visit: everything in a database, once and in order, while every page is checked; and what the pages then add up to.
//
// What is checked, of any file: the type, number and extent of every page, the order and the ranges of keys, and that
// no page is used twice. With a list of free pages, which etcd never writes, also that every page is used or free.
#pragma once

#include <cstdint>
#include <stop_token>

#include "bbolt/database.h"

namespace salvor::bbolt {

class Visitor {
 public:
  virtual ~Visitor() = default;
  // Buckets may lie in buckets; `leave` ends the one that was entered last.
  virtual Result<> enter(ByteView name, std::uint64_t sequence) = 0;
  virtual Result<> entry(ByteView key, ByteView value) = 0;
  virtual Result<> leave() = 0;
};

struct PageCounts {
  std::uint64_t all = 0, used = 0;
  bool has_freelist = false;
};

// `corrupt` with the page and the bucket, an error of `visitor`, or `cancelled`.
Result<PageCounts> visit(const Database& database, Visitor& visitor, std::stop_token stop);

// The same for one bucket alone, whose pages are not added up.
Result<> visit_bucket(const Database& database, const Bucket& bucket, Visitor& visitor, std::stop_token stop);

}  // namespace salvor::bbolt
