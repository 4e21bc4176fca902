// DirectoryStorage: objects as files below one directory, on a local disk or a network mount.
//
// A key is a relative path: "backups/nightly/nightly.tar.gz" below /mnt/nas is that file. Files have mode 0600,
// directories 0700. Objects appear by os/publish.h: whole, durable, and safe between several machines on NFS, since
// nothing depends on locks or on comparing clocks. A directory exists as long as it holds an object: writers make
// directories, whoever removes the last object removes them, and both try again when they meet.
//
// Listing holds one directory's names per level in memory. What is not an object is not listed: temporary files,
// symbolic links, devices, names that cannot be keys. Links below the root are never followed.
#pragma once

#include <memory>
#include <string>

#include "base/rng.h"
#include "os/filesystem.h"
#include "os/publish.h"
#include "os/watched_filesystem.h"
#include "store/storage.h"

namespace salvor::store {

enum class Missing { create, refuse };

// For people, when the location does not answer.
Error silence_error(const std::string& location, const os::Silence& silence);

class DirectoryStorage final : public Storage {
 public:
  // With Missing::create the last part of `path` is made when absent; the directory above it must exist, because a
  // missing one usually is a mount that is not there. Errors: not_found, invalid (not a directory), denied.
  // `watch`, when there is one, notes the calls that may hang, and must outlive the storage.
  static Result<std::unique_ptr<DirectoryStorage>> open_path(const std::string& path, Missing missing, Rng& rng,
                                                             os::SilenceWatch* watch = nullptr);
  // Any tree; for tests. `shown` is what describe() answers.
  DirectoryStorage(std::unique_ptr<os::FileSystem> files, std::string shown, Rng& rng);

  std::string describe() const override { return shown_; }
  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override;
  Result<Capabilities> capabilities(std::stop_token stop) override;
  // The time of a file made for the purpose, so that of the file server on a network mount.
  Result<std::optional<Time>> server_time(std::stop_token stop) override;
  Result<> clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) override;

 private:
  using Visit = std::function<Result<>(const Entry&)>;
  Result<> walk(const std::string& directory, std::string_view name_prefix, const Visit& visit, std::stop_token stop);
  Result<> clear_below(const std::string& directory, const std::function<bool(const Leftover&)>& take,
                       std::stop_token stop);
  Result<std::vector<os::DirectoryEntry>> sorted_entries(const std::string& directory);
  Error failed(const std::string& doing, const std::string& key, int error) const;

  const std::unique_ptr<os::FileSystem> files_;
  const std::string shown_;
  os::Publisher publisher_;
};

}  // namespace salvor::store
