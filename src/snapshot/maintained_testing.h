// A repository in memory with snapshots in it, its clocks, and a line to its storage that can be cut, for tests of what
// takes things away.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repo/content_writer.h"
#include "repo/create.h"
#include "repo/maintenance_turn.h"
#include "snapshot/maintain.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::snapshot {

// Calls `on_change` before each call that would change something; an Error is its outcome.
struct WatchedStorage final : store::ForwardingStorage {
  explicit WatchedStorage(Clock& clock) : ForwardingStorage(std::make_unique<store::MemoryStorage>(clock)) {}
  Result<std::unique_ptr<store::WriteStream>> create(const std::string& key, store::Exists exists,
                                                     std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<> watch(const std::string& key) const;

  std::function<Result<>(const std::string& key)> on_change;
};

class MaintainedRepository {
 public:
  using Files = std::map<std::string, std::string>;  // name, text

  // Owned by user@host. Packs of 20 MiB, index v2, stock's parameters of epochs.
  MaintainedRepository();

  std::unique_ptr<repo::Repository> open();
  // A directory with these files, and the same ones in "sub". Its id.
  std::string save(const Files& files);
  void remove_snapshot(const std::string& id);
  // Puts the manifest of a snapshot that was removed back, under another id.
  std::string bring_back(const std::string& data);
  std::string manifest_data(const std::string& id);

  Result<Maintained> maintain(const MaintainRequest& request);
  Result<Maintained> full(const repo::MaintenanceSafety& safety = repo::kFullSafety);
  Result<Maintained> quick();

  // All files of a snapshot, by path; the error's text where one cannot be read.
  Files read(const std::string& id);
  // What save(files) must read as.
  static Files expected(const Files& files);
  std::vector<std::string> blobs(const std::string& prefix = "");
  std::uint64_t stored_bytes(const std::string& prefix = "");
  void advance(Duration by);
  std::string random_text(std::size_t size);
  // All blobs into an empty one, and back.
  std::map<std::string, Bytes> copy_blobs();
  void put_blobs(const std::map<std::string, Bytes>& blobs);

  FakeClock clock, store_clock;
  SeededRng rng{1};
  WatchedStorage storage{store_clock};
  std::vector<std::string> problems;

 private:
  std::optional<repo::FormatKey> key_;
};

}  // namespace salvor::snapshot
