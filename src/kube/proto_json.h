// The protobuf form of Kubernetes' built-in kinds, as JSON.
//
// An API server sends protobuf for a fraction of the CPU time of JSON, and etcd holds it. Objects come out as the text
// that the server itself would have sent: the same members in the same order, left out by the same rules.
//
// The kinds and fields are those of one release of k8s.io/api (kube/proto_schema.h), and a server may be newer. A
// field, a kind or a form of value that is not known is therefore `unsupported` and never passed over in silence;
// whoever can ask for JSON then does. Rules: go-to-protobuf's generated.pb.go, encoding/json, and the types' own
// methods.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::kube {

// A kind whose fields are known. Cheap to copy.
class ProtoKind {
 public:
  // "apps/v1", "Deployment"; nothing when the kind is not built in.
  static std::optional<ProtoKind> find(std::string_view api_version, std::string_view kind);
  // Every one, in the order of their names "apps/v1 Deployment".
  static std::size_t count();
  static ProtoKind at(std::size_t index);

  std::string_view name() const;
  // False when an object of another kind stands inside: its apiVersion and kind are in JSON and not in protobuf. Of the
  // kinds in use only StatefulSet is such, whose volumeClaimTemplates are PersistentVolumeClaims.
  bool is_complete() const;

 private:
  explicit ProtoKind(std::size_t index) : index_(index) {}
  friend class ProtoJsonWriter;
  std::size_t index_;
};

// Reuses its buffers from object to object; one per thread.
class ProtoJsonWriter {
 public:
  ProtoJsonWriter();
  ~ProtoJsonWriter();
  ProtoJsonWriter(ProtoJsonWriter&&) noexcept;

  // Appends the object that `message` holds, with kind and apiVersion before it; a server leaves them out of a list's
  // items. Errors: `unsupported`, see above; `corrupt` when it is no protobuf message. What was appended by then is of
  // no use.
  Result<> append(std::string& json, ProtoKind kind, std::string_view message);

 private:
  class Members;
  std::unique_ptr<Members> members_;
};

}  // namespace salvor::kube
