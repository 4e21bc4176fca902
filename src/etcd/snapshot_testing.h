// Snapshots for tests: a history of changes as etcd would store it, with the SHA-256 behind it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "bbolt/database_testing.h"
#include "etcd/snapshot.h"

namespace salvor::etcd::testing {

class History {
 public:
  void put(const std::string& key, const std::string& value, std::int64_t lease = 0);
  void erase(const std::string& key);
  // Marks it as compacted, and takes away what etcd would take away when `finish` is true.
  void compact(std::int64_t revision, bool finish = true);
  std::int64_t revision() const { return revision_; }

  bbolt::testing::Buckets& buckets() { return buckets_; }
  // The file, and without its SHA-256.
  Bytes file() const;
  Bytes database() const;

 private:
  struct Known {
    std::int64_t created = 0, version = 0;
  };
  std::int64_t revision_ = 1;
  std::map<std::string, Known> known_;
  bbolt::testing::Buckets buckets_{{"key", {}}, {"lease", {}}, {"members", {}}, {"meta", {}}};
};

// `file` must outlive it.
Result<std::unique_ptr<Snapshot>> open(ByteView file);

}  // namespace salvor::etcd::testing
