// What etcd's keys and values hold: revisions, changes, Kubernetes' paths and objects, and the configuration of its
// keys.

#include <nlohmann/json.hpp>

#include "etcd/encryption_config.h"
#include "etcd/kube_key.h"
#include "etcd/revision.h"
#include "etcd/stored_object.h"
#include "input.h"

using namespace salvor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = input_text(data, size);
  if (const auto at = etcd::parse_revision(as_bytes(text))) {
    PROMISE(etcd::revision_bytes(at->revision) == text.substr(0, etcd::kRevisionBytes));
  }
  etcd::KeyValue kv;
  if (etcd::parse_key_value(text, kv)) {
    const std::string written = etcd::key_value_bytes(kv);
    etcd::KeyValue again;
    PROMISE(etcd::parse_key_value(written, again) && again.value == kv.value && again.lease == kv.lease);
  }
  if (const auto key = etcd::parse_kube_key(text)) PROMISE(!key->name.empty() && !key->resource.empty());
  (void)etcd::parse_wanted_object(text).ok();
  const auto keys = etcd::EncryptionKeys::parse(text);
  etcd::ObjectReader reader(keys.ok() ? &*keys : nullptr);
  const auto object = reader.read("/registry/secrets/a/b", text, 1);
  if (object.ok()) PROMISE(object->is_object());
  return 0;
}
