"""What a restore must change and what it cannot bring back, with the reason for each. All else has to come back as it was."""

from collections.abc import Collection, Mapping

from tests.harness.api import Object
from tests.harness.demo_cluster import Key

CHANGED_BY_A_RESTORE = [
    # The server gives every new object its own.
    "/metadata/uid", "/metadata/resourceVersion", "/metadata/creationTimestamp", "/metadata/generation",
    # Who wrote which field, and when, is another story after a restore.
    "/metadata/managedFields",
    # Marks of the restore itself.
    "/metadata/labels/velero.io~1backup-name", "/metadata/labels/velero.io~1restore-name",
    # Owners are found again by controllers, as with stock Velero: references to old uids would have objects collected.
    "/metadata/ownerReferences",
    # Status belongs to controllers.
    "/status",
    # Drawn from the cluster's range, unless the object asks for one. An IPAddress is the server's note about a Service.
    "services:/spec/clusterIP", "services:/spec/clusterIPs", "services:/spec/ports/*/nodePort", "services:/spec/healthCheckNodePort",
    "ipaddresses:",
    # The scheduler places a pod; the API server's admission fills in what follows from its priority class.
    "pods:/spec/nodeName",
    # A Job selects its pods by its own uid, which is new.
    "jobs:/spec/selector/matchLabels/batch.kubernetes.io~1controller-uid",
    "jobs:/spec/template/metadata/labels/batch.kubernetes.io~1controller-uid", "jobs:/spec/template/metadata/labels/controller-uid",
    # Claim and volume find each other anew: the volume controller says so in annotations, and the claim has another uid.
    "persistentvolumeclaims:/metadata/annotations/pv.kubernetes.io~1bind-completed",
    "persistentvolumeclaims:/metadata/annotations/pv.kubernetes.io~1bound-by-controller",
    "persistentvolumes:/spec/claimRef/uid", "persistentvolumes:/spec/claimRef/resourceVersion",
    # A namespace is made with its name, labels and annotations: a finalizer whose controller is gone would keep it for ever.
    "namespaces:/metadata/finalizers",
    # Renewed all the time by whoever holds them, the API server for one.
    "leases:/spec/renewTime",
]


def why_not_restored(key: Key, item: Object) -> str:
    """The reason for which no restore, stock Velero's or salvor's, brings this object back; empty for all others."""
    kind = key.resource.rsplit("/", 1)[1]
    status, annotations = item.get("status") or {}, item["metadata"].get("annotations") or {}
    if kind in ("nodes", "csinodes", "volumeattachments", "events"):
        return "it describes machines, or what happened"
    if kind == "ipaddresses":
        return "the server makes it for a Service"
    if kind == "pods" and status.get("phase") in ("Succeeded", "Failed"):
        return "it has done its work"
    if kind == "pods" and "kubernetes.io/config.mirror" in annotations:
        return "its node makes it from a file"
    if kind == "jobs" and "completionTime" in status:
        return "it has done its work"
    if kind == "persistentvolumes" and item["spec"]["persistentVolumeReclaimPolicy"] == "Delete":
        return "its data went with its claim; the claim gets a new one"
    return ""


def after_restore_of(lost: Collection[Key], before: Mapping[Key, Object]) -> dict[Key, Object]:
    """The objects that must be there once those that were lost have been restored; see CHANGED_BY_A_RESTORE."""
    return {key: _as_restored(key, item, before) if key in lost else item for key, item in before.items()
            if key not in lost or not why_not_restored(key, item)}


def _as_restored(key: Key, item: Object, before: Mapping[Key, Object]) -> Object:
    if key.resource == "v1/persistentvolumeclaims":
        # Without a volume when its own did not outlive it.
        volume = Key("v1/persistentvolumes", "", item["spec"].get("volumeName", ""))
        if volume in before and why_not_restored(volume, before[volume]):
            return item | {"spec": {field: value for field, value in item["spec"].items() if field != "volumeName"}}
    if key.resource == "v1/secrets" and item["type"] == "kubernetes.io/service-account-token":
        # Signed for an account's uid; the token controller fills it in again.
        kept = {field: value for field, value in item["data"].items() if field not in ("token", "ca.crt")}
        return {field: value for field, value in item.items() if field != "data"} | ({"data": kept} if kept else {})
    return item
