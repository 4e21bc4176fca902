// wire: the one place where interfaces meet their implementations: which storage, which cluster, which clock and log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "cli/invocation.h"
#include "cli/wire_bucket.h"
#include "config/file.h"
#include "kube/client.h"
#include "kube/connect.h"
#include "store/encrypted.h"
#include "store/location.h"
#include "store/storage.h"
#include "store/throttle.h"

namespace salvor::cli {

// A cluster's door with everything behind it.
struct ClusterDoor {
  kube::Connection connection;
  std::unique_ptr<kube::Client> client;
};

// A location as a command means it: where it is, and what the configuration says about it.
struct ChosenLocation {
  store::Location location;
  std::string name;                   // when it was chosen by its name
  config::LocationSettings settings;  // of that name; else only the url
};

// What commands work with. Make one per invocation; it must outlive what it opens.
class Wire {
 public:
  explicit Wire(const Invocation& invocation);
  ~Wire();

  Clock& clock() { return clock_; }
  Rng& rng() { return rng_; }
  const Log& log() const { return log_; }
  // A directory for unlinked temporary files: TMPDIR, else /tmp.
  std::string spool_directory() const;

  enum class Purpose { read, write };
  // --location. For writing, the last directory of a path is made when it is missing; reading creates nothing.
  Result<std::unique_ptr<store::Storage>> open_location(Purpose purpose);
  // The same for a location that another flag or an argument names.
  Result<std::unique_ptr<store::Storage>> open_location(const std::string& text, Purpose purpose);
  Result<std::unique_ptr<store::Storage>> open_location(const ChosenLocation& chosen, Purpose purpose);
  // A location that its configuration says is encrypted, or has an identity for.
  Result<std::unique_ptr<store::EncryptedStorage>> open_encrypted(const ChosenLocation& chosen, Purpose purpose);
  // What lies in the location as it is stored, encrypted or not.
  Result<std::unique_ptr<store::Storage>> open_stored(const ChosenLocation& chosen, Purpose purpose);
  // A path, a URL or a configured name. The configuration is read only for what can be a name.
  Result<ChosenLocation> choose_location(const std::string& text);
  // The configuration file, and what commands need to resolve references to secrets.
  config::ConfigPath config_path() const;
  config::SecretSources secret_sources() const;

  // The cluster chosen by --kubeconfig, --context, the environment or the pod. Nothing is sent.
  Result<ClusterDoor> open_cluster();

 private:
  Result<std::unique_ptr<store::Storage>> open_directory(const ChosenLocation& chosen, Purpose purpose);
  Result<std::unique_ptr<store::Storage>> open_bucket(const ChosenLocation& chosen);
  Result<std::unique_ptr<store::Storage>> limited(std::unique_ptr<store::Storage> storage,
                                                  const config::LocationSettings& settings);
  net::Environment variables() const;

  const Invocation& invocation_;
  SystemClock clock_;
  SystemRng rng_;
  Log log_;
  // What open storages stand on.
  std::vector<std::unique_ptr<BucketDoor>> bucket_doors_;
  std::vector<std::unique_ptr<store::Throttle>> throttles_;
  // One per open directory; last, because their threads use the above.
  class SilenceTeller;
  std::vector<std::unique_ptr<SilenceTeller>> silence_tellers_;
};

}  // namespace salvor::cli
