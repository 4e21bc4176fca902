// A repository in memory, and snapshots of trees that a test writes down.
//
//   TestRepository repository;
//   const Manifest snapshot = repository.save({{"a/b/file", "text"}, {"empty/", ""}});
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/repository.h"
#include "snapshot/manifest.h"
#include "store/memory.h"

namespace salvor::snapshot {

class TestRepository {
 public:
  // With FIXED-128K, so that files of more than that have lists.
  TestRepository();

  std::unique_ptr<repo::Repository> open(repo::OnDamage on_damage = repo::OnDamage::refuse);
  // Files by their paths; a path that ends in '/' is an empty directory. Directories are one content each.
  Manifest save(const std::map<std::string, std::string>& files);
  // The bytes of `size` that look random.
  std::string random_text(std::size_t size);

  Bytes blob(const std::string& id);
  void put(const std::string& id, ByteView bytes);
  void remove(const std::string& id);
  // The entry of the only content of the file, of its first chunk or list, or of the directory at a path.
  repo::ContentEntry content_of(const Manifest& snapshot, const std::string& path);
  // Flips a bit in the middle of a content.
  void damage(const repo::ContentEntry& content);

  FakeClock clock{Time(std::chrono::hours(24 * 365 * 50))};
  SeededRng rng{1};
  store::MemoryStorage storage{clock};

 private:
  std::optional<repo::FormatKey> key_;
};

}  // namespace salvor::snapshot
