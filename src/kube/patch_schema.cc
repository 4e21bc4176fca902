#include "kube/patch_schema.h"

#include <array>

namespace salvor::kube {
namespace {

using enum MergeStrategy;

struct Row {
  std::string_view type, member;
  PatchField field;
};

// Types are named as in k8s.io/api. "Object" is every kind without rules of its own.
constexpr std::array kRows = {
    Row{"ObjectMeta", "ownerReferences", {merge, "uid", ""}},
    Row{"ObjectMeta", "finalizers", {merge, "", ""}},

    Row{"Container", "ports", {merge, "containerPort", ""}},
    Row{"Container", "env", {merge, "name", ""}},
    Row{"Container", "volumeMounts", {merge, "mountPath", ""}},
    Row{"Container", "volumeDevices", {merge, "devicePath", ""}},
    Row{"PodSpec", "volumes", {merge, "name", ""}},
    Row{"PodSpec", "initContainers", {merge, "name", "Container"}},
    Row{"PodSpec", "containers", {merge, "name", "Container"}},
    Row{"PodSpec", "ephemeralContainers", {merge, "name", "Container"}},
    Row{"PodSpec", "imagePullSecrets", {merge, "name", ""}},
    Row{"PodSpec", "hostAliases", {merge, "ip", ""}},
    Row{"PodSpec", "topologySpreadConstraints", {merge, "topologyKey", ""}},
    Row{"PodSpec", "schedulingGates", {merge, "name", ""}},
    Row{"PodSpec", "resourceClaims", {merge, "name", ""}},
    Row{"PodTemplateSpec", "spec", {standard, "", "PodSpec"}},
    Row{"Templated", "template", {standard, "", "PodTemplateSpec"}},
    Row{"Conditions", "conditions", {merge, "type", ""}},

    Row{"Pod", "spec", {standard, "", "PodSpec"}},
    Row{"Pod", "status", {standard, "", "PodStatus"}},
    Row{"PodStatus", "conditions", {merge, "type", ""}},
    Row{"PodStatus", "hostIPs", {merge, "ip", ""}},
    Row{"PodStatus", "podIPs", {merge, "ip", ""}},
    Row{"PodStatus", "resourceClaimStatuses", {merge, "name", ""}},
    Row{"PodTemplate", "template", {standard, "", "PodTemplateSpec"}},

    Row{"Workload", "spec", {standard, "", "Templated"}},
    Row{"Workload", "status", {standard, "", "Conditions"}},
    Row{"CronJob", "spec", {standard, "", "CronJobSpec"}},
    Row{"CronJobSpec", "jobTemplate", {standard, "", "JobTemplateSpec"}},
    Row{"JobTemplateSpec", "spec", {standard, "", "Templated"}},

    Row{"Service", "spec", {standard, "", "ServiceSpec"}},
    Row{"Service", "status", {standard, "", "Conditions"}},
    Row{"ServiceSpec", "ports", {merge, "port", ""}},
    Row{"ServiceAccount", "secrets", {merge, "name", ""}},
    Row{"Node", "spec", {standard, "", "NodeSpec"}},
    Row{"Node", "status", {standard, "", "NodeStatus"}},
    Row{"NodeSpec", "podCIDRs", {merge, "", ""}},
    Row{"NodeStatus", "conditions", {merge, "type", ""}},
    Row{"NodeStatus", "addresses", {merge, "type", ""}},
    Row{"ComponentStatus", "conditions", {merge, "type", ""}},

    Row{"WithConditions", "status", {standard, "", "Conditions"}},
    Row{"PodDisruptionBudget", "spec", {standard, "", "PodDisruptionBudgetSpec"}},
    Row{"PodDisruptionBudget", "status", {standard, "", "Conditions"}},
    Row{"PodDisruptionBudgetSpec", "selector", {replace, "", ""}},
    Row{"WebhookConfiguration", "webhooks", {merge, "name", "Webhook"}},
    Row{"Webhook", "matchConditions", {merge, "name", ""}},
    Row{"AdmissionPolicy", "spec", {standard, "", "AdmissionPolicySpec"}},
    Row{"AdmissionPolicySpec", "matchConditions", {merge, "name", ""}},
    Row{"AdmissionPolicySpec", "variables", {merge, "name", ""}},
    Row{"MutatingAdmissionPolicy", "spec", {standard, "", "Webhook"}},
    Row{"ResourceClaim", "status", {standard, "", "ResourceClaimStatus"}},
    Row{"ResourceClaimStatus", "reservedFor", {merge, "uid", ""}},
    Row{"CSINode", "spec", {standard, "", "CSINodeSpec"}},
    Row{"CSINodeSpec", "drivers", {merge, "name", ""}},
};

// Kinds whose type has another name than the kind.
struct Alias {
  std::string_view kind, type;
};
constexpr std::array kAliases = {
    Alias{"Deployment", "Workload"},
    Alias{"DaemonSet", "Workload"},
    Alias{"StatefulSet", "Workload"},
    Alias{"ReplicaSet", "Workload"},
    Alias{"ReplicationController", "Workload"},
    Alias{"Job", "Workload"},
    Alias{"Namespace", "WithConditions"},
    Alias{"PersistentVolumeClaim", "WithConditions"},
    Alias{"HorizontalPodAutoscaler", "WithConditions"},
    Alias{"FlowSchema", "WithConditions"},
    Alias{"PriorityLevelConfiguration", "WithConditions"},
    Alias{"ServiceCIDR", "WithConditions"},
    Alias{"MutatingWebhookConfiguration", "WebhookConfiguration"},
    Alias{"ValidatingWebhookConfiguration", "WebhookConfiguration"},
    Alias{"ValidatingAdmissionPolicy", "AdmissionPolicy"},
};

// The groups whose kinds are compiled into the API server. "" is the core group.
constexpr std::array<std::string_view, 21> kGroups = {
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
};

}  // namespace

std::string_view patch_type(std::string_view api_version, std::string_view kind) {
  const std::size_t slash = api_version.find('/');
  const std::string_view group = slash == std::string_view::npos ? "" : api_version.substr(0, slash);
  bool built_in = false;
  for (const std::string_view known : kGroups) built_in = built_in || group == known;
  if (!built_in) return {};
  for (const Alias& alias : kAliases) {
    if (alias.kind == kind) return alias.type;
  }
  for (const Row& row : kRows) {
    if (row.type == kind) return row.type;
  }
  return "Object";
}

PatchField patch_field(std::string_view type, std::string_view member) {
  // Wherever a built-in type has a member of this name, it is an ObjectMeta.
  if (!type.empty() && member == "metadata") return {standard, "", "ObjectMeta"};
  for (const Row& row : kRows) {
    if (row.type == type && row.member == member) return row.field;
  }
  return {};
}

}  // namespace salvor::kube
