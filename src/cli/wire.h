// wire: the one place where interfaces meet their implementations: which storage, which cluster, which clock and log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "cli/invocation.h"
#include "kube/client.h"
#include "kube/connect.h"
#include "store/storage.h"

namespace salvor::cli {

// A cluster's door with everything behind it.
struct ClusterDoor {
  kube::Connection connection;
  std::unique_ptr<kube::Client> client;
};

// What commands work with. Make one per invocation; it must outlive what it opens.
class Wire {
 public:
  explicit Wire(const Invocation& invocation);
  ~Wire();

  Clock& clock() { return clock_; }
  const Log& log() const { return log_; }
  // A directory for unlinked temporary files: TMPDIR, else /tmp.
  std::string spool_directory() const;

  enum class Purpose { read, write };
  // --location. For writing, the last directory of a path is made when it is missing; reading creates nothing.
  Result<std::unique_ptr<store::Storage>> open_location(Purpose purpose);
  // The same for a location that another flag or an argument names.
  Result<std::unique_ptr<store::Storage>> open_location(const std::string& text, Purpose purpose);
  // The cluster chosen by --kubeconfig, --context, the environment or the pod. Nothing is sent.
  Result<ClusterDoor> open_cluster();

 private:
  const Invocation& invocation_;
  SystemClock clock_;
  SystemRng rng_;
  Log log_;
  // One per open directory; last, because their threads use the above.
  class SilenceTeller;
  std::vector<std::unique_ptr<SilenceTeller>> silence_tellers_;
};

}  // namespace salvor::cli
