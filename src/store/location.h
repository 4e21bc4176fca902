// Locations: where backups are kept, as users write it.
//
//   /mnt/nas/backups  ./backups  backups/daily     a directory; "~" is the shell's business
//   file:///mnt/nas/backups                        the same, percent-encoded
//   s3://bucket/prefix?endpoint=URL&region=R       a bucket; credentials never stand in a location
//   nas                                            a name from the configuration
//
// A plain word, [A-Za-z0-9][A-Za-z0-9_.-]*, can be both a configured name and a directory here. The name wins: what a
// command does must not change because somebody made a directory. A word that is neither is an error and not a new
// directory, so that a misspelled name does not quietly become one; "./nas" says that a directory is meant.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/rng.h"
#include "net/proxy.h"
#include "s3/bucket_config.h"
#include "s3/credentials.h"
#include "store/directory.h"
#include "store/storage.h"

namespace salvor::store {

struct DirectoryLocation {
  std::string path;
  bool operator==(const DirectoryLocation&) const = default;
};

struct S3Location {
  std::string bucket;
  std::string prefix;  // without slashes at its ends
  std::string endpoint, region;
  std::map<std::string, std::string> options;  // the other parameters
  bool operator==(const S3Location&) const = default;
};

using Location = std::variant<DirectoryLocation, S3Location>;

struct LocationContext {
  // What a configured name stands for: a location that is not a name itself. Empty function: no configuration.
  std::function<std::optional<std::string>(const std::string& name)> configured;
  std::function<bool(const std::string& path)> is_directory;
};

// A word that can be a configured name.
bool is_location_name(std::string_view text);

// Errors: invalid, not_found (a word that is neither name nor directory).
Result<Location> parse_location(std::string_view text, const LocationContext& context);

// What opening a bucket needs from outside.
struct S3Doors {
  // Where credentials come from, by the location's settings (profile, credentials file).
  std::function<Result<std::shared_ptr<s3::CredentialSource>>(const s3::BucketConfig& config)> credentials;
  net::ProxyChoice proxy;
  std::string user_agent;
  Clock& clock;  // must outlive the Storage, as must the rng, which the Storage uses under a lock of its own
};

// Opening a bucket sends nothing yet. Without `s3` buckets are `unsupported`. Errors of its settings: invalid,
// unsupported; of the credential factory. `watch` is for directories (DirectoryStorage::open_path).
Result<std::unique_ptr<Storage>> open_location(const Location& location, Missing missing, Rng& rng,
                                               const S3Doors* s3 = nullptr, os::SilenceWatch* watch = nullptr);

}  // namespace salvor::store
