#include "cli/etcd_commands.h"

#include "bbolt/source.h"
#include "os/file.h"

namespace salvor::cli {

namespace {

constexpr std::uint64_t kMaxConfigBytes = 4 << 20;

}  // namespace

Result<std::unique_ptr<etcd::Snapshot>> open_snapshot(const std::string& path) {
  return etcd::Snapshot::open(TRY(bbolt::FileSource::open(path))).context(path);
}

Result<std::int64_t> revision_meant(const Invocation& invocation, const etcd::Snapshot& snapshot) {
  return etcd::choose_revision(TRY(etcd::span_of(snapshot)), invocation.arguments.integer("revision"));
}

Result<std::optional<etcd::EncryptionKeys>> encryption_keys(const Invocation& invocation) {
  const std::string& path = invocation.arguments.text("encryption-config");
  if (path.empty()) return std::optional<etcd::EncryptionKeys>();
  const std::string text = TRY(os::read_file(path, kMaxConfigBytes));
  return std::optional(TRY(etcd::EncryptionKeys::parse(text).context(path)));
}

ObjectFilter::ObjectFilter(std::string_view text) {
  if (text.empty()) return;
  const std::size_t slash = text.find('/');
  resource_ = etcd::parse_wanted_resource(text.substr(0, slash));
  if (slash != std::string_view::npos) ns_ = text.substr(slash + 1);
}

bool ObjectFilter::takes(const etcd::KubeKey& key) const {
  return (!resource_ || resource_->names(key)) && (ns_.empty() || ns_ == key.ns);
}

std::string full_name(const etcd::KubeKey& key) { return key.ns.empty() ? key.name : key.ns + "/" + key.name; }

}  // namespace salvor::cli
