#include "restore/prepare.h"

#include <algorithm>

#include "codec/json_access.h"

namespace salvor::restore {

using codec::at;
using codec::member;
using codec::text_at;

Preparer::Preparer(const Request& request, const RuleContext& context, std::vector<std::string> status_resources)
    : request_(request), context_(context), status_resources_(std::move(status_resources)) {}

Error other_object(std::string_view ns, std::string_view name) {
  return Error(Code::corrupt, "the archive's entry holds another object: " + (ns.empty() ? "" : std::string(ns) + "/") +
                                  std::string(name));
}

Result<Prepared> Preparer::prepare(std::string_view group_resource, std::string_view ns, std::string_view name,
                                   std::string_view text) const {
  Prepared prepared;
  Json object = TRY(codec::parse_json(text));
  if (!object.is_object()) return Error(Code::invalid, "the backup holds no JSON object here");
  const std::string own_ns = text_at(object, {"metadata", "namespace"});
  const std::string own_name = text_at(object, {"metadata", "name"});
  if (own_ns != ns || own_name != name) return other_object(own_ns, own_name);
  prepared.skip = reason_to_skip(group_resource, object, context_);
  if (prepared.skip) return prepared;

  const bool by_spec = std::binary_search(status_resources_.begin(), status_resources_.end(), group_resource);
  if (const Json* status = member(object, "status"); status != nullptr && wants_status(object, by_spec)) {
    prepared.status = *status;
  }
  if (at(object, {"metadata", "managedFields"}) != nullptr) {
    prepared.managed_fields = std::move(object["metadata"]["managedFields"]);  // the reset drops it in any case
  }
  TRY(reset_metadata_and_status(object));
  TRY(reset(group_resource, object, prepared.managed_fields, context_));
  TRY(adapt(group_resource, object, context_));
  prepared.errors = request_.modifiers.apply(object, group_resource);
  if (const std::string source = text_at(object, {"metadata", "namespace"}); !source.empty()) {
    object["metadata"]["namespace"] = request_.spec.mapped(source);
  }
  set_restore_labels(object, request_.spec.backup, request_.name);
  prepared.object = std::move(object);
  return prepared;
}

Result<Json> Preparer::comparable(std::string_view group_resource, std::string_view live_text) const {
  Json object = TRY(codec::parse_json(live_text));
  if (!object.is_object()) return Error(Code::invalid, "the server's object is no JSON object");
  const bool has_fields = at(object, {"metadata", "managedFields"}) != nullptr;
  const Json managed_fields = has_fields ? std::move(object["metadata"]["managedFields"]) : Json();
  TRY(reset_metadata_and_status(object));
  TRY(reset(group_resource, object, managed_fields, context_));
  return object;
}

bool Preparer::is_plain(std::string_view group_resource, std::string_view text) const {
  return request_.modifiers.empty() && !has_rules(group_resource, text, context_) &&
         !std::binary_search(status_resources_.begin(), status_resources_.end(), group_resource) &&
         !contains(text, kStatusAnnotation);
}

}  // namespace salvor::restore
