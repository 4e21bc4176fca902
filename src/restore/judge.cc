#include "restore/judge.h"

#include "codec/json_access.h"
#include "kube/patch.h"

namespace salvor::restore {
namespace {

using codec::member;
using codec::text_at;

// A status is written only to what this restore created. An interrupted run may have died between the two.
bool status_is_pending(const Request& request, const Prepared& prepared, const Json& live) {
  if (prepared.status.is_null()) return false;
  if (text_at(live, {"metadata", "labels", kRestoreLabel}) != label_value(request.name)) return false;
  const Json* present = member(live, "status");
  Json wanted = present != nullptr ? *present : Json::object();
  const Json before = wanted;
  kube::apply_merge_patch(wanted, prepared.status);
  return wanted != before;
}

}  // namespace

Json restore_label_patch(const Request& request) {
  Json patch = Json::object();
  set_restore_labels(patch, request.spec.backup, request.name);
  return patch;
}

Result<Verdict> judge(const Preparer& preparer, const Request& request, std::string_view group_resource,
                      const Prepared& prepared, std::string_view live_text) {
  const Json live_as_it_is = TRY(codec::parse_json(live_text));
  Json live = TRY(preparer.comparable(group_resource, live_text));
  Json wanted = prepared.object;
  normalise(live, group_resource);
  normalise(wanted, group_resource);

  Verdict verdict;
  verdict.status = status_is_pending(request, prepared, live_as_it_is);
  if (verdict.status) {
    verdict.action = Action::update;
    verdict.reason = "its status";
  }
  const bool is_account = group_resource == "serviceaccounts";
  if (is_account) wanted = merge_service_accounts(live, wanted);
  const bool updates = request.spec.policy() == ExistingPolicy::update;
  verdict.label_patch = restore_label_patch(request);
  if (live == wanted) {
    if (updates && !is_account && !has_restore_labels(live_as_it_is, request.spec.backup, request.name)) {
      verdict.action = Action::update;
      verdict.reason = kOnlyLabels;
      verdict.patch = verdict.label_patch;
    }
    return verdict;
  }
  verdict.changes = differences(live, wanted, group_resource);
  if (!updates && !is_account) {
    verdict.action = Action::differs;
    return verdict;
  }
  verdict.action = Action::update;
  verdict.reason = is_account ? "secrets, labels and annotations are added" : "";
  verdict.patch = kube::create_merge_patch(live, wanted);
  if (!is_account) kube::apply_merge_patch(verdict.patch, verdict.label_patch);
  return verdict;
}

}  // namespace salvor::restore
