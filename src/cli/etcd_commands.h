// `salvor etcd ...`: the functions behind its table, and what they share: a snapshot that is opened, the revision that
// is meant, and the keys that open sealed values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/invocation.h"
#include "etcd/encryption_config.h"
#include "etcd/history.h"
#include "etcd/kube_key.h"
#include "etcd/snapshot.h"

namespace salvor::cli {

Result<Outcome> run_etcd_verify(const Invocation& invocation);
Result<Outcome> run_etcd_show(const Invocation& invocation);
Result<Outcome> run_etcd_ls(const Invocation& invocation);
Result<Outcome> run_etcd_find(const Invocation& invocation);
Result<Outcome> run_etcd_stat(const Invocation& invocation);
Result<Outcome> run_etcd_get(const Invocation& invocation);
Result<Outcome> run_etcd_diff(const Invocation& invocation);
Result<Outcome> run_etcd_restore(const Invocation& invocation);

// A file. Snapshots in locations come by the same door later: whatever can be read at an offset is a bbolt::Source.
Result<std::unique_ptr<etcd::Snapshot>> open_snapshot(const std::string& path);
// By --revision.
Result<std::int64_t> revision_meant(const Invocation& invocation, const etcd::Snapshot& snapshot);
// By --encryption-config.
Result<std::optional<etcd::EncryptionKeys>> encryption_keys(const Invocation& invocation);

// RESOURCE[.GROUP][/NAMESPACE]; an empty text takes every object.
class ObjectFilter {
 public:
  explicit ObjectFilter(std::string_view text);
  bool takes(const etcd::KubeKey& key) const;
  bool takes_all() const { return !resource_; }

 private:
  std::optional<etcd::WantedResource> resource_;
  std::string ns_;
};

// The key as it is shown: NAMESPACE/NAME or NAME.
std::string full_name(const etcd::KubeKey& key);

}  // namespace salvor::cli
