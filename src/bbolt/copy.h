// copy: a database written anew, with changes to some of its buckets: compact, and without what lay on free pages.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>

#include "bbolt/database.h"
#include "bbolt/writer.h"

namespace salvor::bbolt {

// What becomes of a bucket. It is made when it is missing.
struct BucketEdit {
  bool clear = false;                      // what was in it is left out
  std::set<std::string> remove = {};       // keys that are left out
  std::map<std::string, std::string> put;  // come besides, or in place of what had the key
};
using Edits = std::map<std::string, BucketEdit>;

struct Copied {
  Writer::Written written;
  std::uint64_t entries = 0;  // in all buckets
};

// `unsupported` when there are buckets in buckets, which etcd has not. Otherwise as `visit`.
Result<Copied> copy(const Database& from, Writer& to, const Edits& edits, std::stop_token stop);

}  // namespace salvor::bbolt
