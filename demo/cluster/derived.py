"""What the manifests leave to others: the objects that controllers make, many small services, two very large objects.

A person writes a Deployment; a controller writes its ReplicaSet and Pods, the volume behind a claim, the endpoints of a
service. The control plane that tests run has no controllers, so this file does their writing, once, from a seed: same seed,
same names. References between objects (owner, claimRef, targetRef) are left without a uid; the loader fills in the live one.
"""

import base64
import copy
import random
import uuid
from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]

_NODES = ("nas", "shelf", "attic-pi")
_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # those that Kubernetes uses in generated names
_SINCE = "2026-01-11T08:00:00Z"
_LARGE_BYTES = 900 * 1024
_QUITE_EMPTY = ("parking",)  # as when it was made while no controller ran


def derive(written: list[Object], seed: int) -> list[Object]:
    """Everything else that a cluster holds in which `written` was applied; `written` gets the statuses that controllers set."""
    rng = random.Random(seed)
    teams = list(_team_services(rng))
    derived = teams + list(_large_objects(rng))
    everything = written + teams
    for workload in everything:
        make = {"Deployment": _of_deployment, "StatefulSet": _of_stateful_set, "DaemonSet": _of_daemon_set}.get(workload["kind"])
        if make:
            derived += make(workload, rng)
    for namespace in ["default", "kube-system", *(o["metadata"]["name"] for o in written if o["kind"] == "Namespace")]:
        if namespace not in _QUITE_EMPTY:
            derived += _of_namespace(namespace)
    everything = written + derived
    derived += _volumes(everything, rng)
    pods = [o for o in everything if o["kind"] == "Pod"]
    for service in (o for o in everything if o["kind"] == "Service"):
        derived += _endpoints(service, pods, rng)
    return derived


# --- what controllers write ---------------------------------------------------------------------------------------------


def _of_deployment(deployment: Object, rng: random.Random) -> list[Object]:
    """One ReplicaSet with its pods, and the emptied ReplicaSet of the revision before."""
    spec, replicas = deployment["spec"], deployment["spec"].get("replicas", 1)
    deployment.setdefault("status", {"observedGeneration": 1} | dict.fromkeys(
        ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas))
    made = []
    for revision, count in ((2, replicas), (1, 0)):
        hashed = _letters(rng, 9)
        template = copy.deepcopy(spec["template"])
        template["metadata"]["labels"]["pod-template-hash"] = hashed
        replica_set = _object("apps/v1", "ReplicaSet", f"{deployment['metadata']['name']}-{hashed}", deployment,
                              labels=template["metadata"]["labels"], annotations={"deployment.kubernetes.io/revision": str(revision)})
        selector = copy.deepcopy(spec["selector"])
        selector.setdefault("matchLabels", {})["pod-template-hash"] = hashed
        replica_set["spec"] = {"replicas": count, "selector": selector, "template": template}
        replica_set["status"] = {"observedGeneration": 1} | dict.fromkeys(
            ("replicas", "readyReplicas", "availableReplicas", "fullyLabeledReplicas"), count)
        made.append(replica_set)
        made += [_pod(f"{replica_set['metadata']['name']}-{_letters(rng, 5)}", replica_set, template, rng) for _ in range(count)]
    return made


def _of_stateful_set(stateful: Object, rng: random.Random) -> list[Object]:
    """Numbered pods, their claims, and the revision they run."""
    name, spec = stateful["metadata"]["name"], stateful["spec"]
    revision = _revision(stateful, rng)
    replicas = spec["replicas"]
    stateful.setdefault("status", {"observedGeneration": 1, "currentRevision": revision["metadata"]["name"], "collisionCount": 0} |
                        dict.fromkeys(("replicas", "readyReplicas", "currentReplicas", "availableReplicas"), replicas))
    made = [revision]
    for index in range(replicas):
        template = copy.deepcopy(spec["template"])
        template["metadata"]["labels"] |= {"statefulset.kubernetes.io/pod-name": f"{name}-{index}",
                                           "apps.kubernetes.io/pod-index": str(index),
                                           "controller-revision-hash": revision["metadata"]["name"]}
        template["spec"] |= {"hostname": f"{name}-{index}", "subdomain": spec["serviceName"]}
        for claim in spec.get("volumeClaimTemplates", []):
            claimed = _object("v1", "PersistentVolumeClaim", f"{claim['metadata']['name']}-{name}-{index}", stateful,
                              labels=claim["metadata"].get("labels", {}) | spec["selector"]["matchLabels"], owned=False)
            made.append(claimed | {"spec": copy.deepcopy(claim["spec"])})
            template["spec"].setdefault("volumes", []).append(
                {"name": claim["metadata"]["name"], "persistentVolumeClaim": {"claimName": claimed["metadata"]["name"]}})
        made.append(_pod(f"{name}-{index}", stateful, template, rng))
    return made


def _of_daemon_set(daemon: Object, rng: random.Random) -> list[Object]:
    """A pod on every node."""
    revision = _revision(daemon, rng)
    daemon.setdefault("status", {"observedGeneration": 1, "numberMisscheduled": 0} | dict.fromkeys(
        ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "numberAvailable", "updatedNumberScheduled"), len(_NODES)))
    made = [revision]
    for node in _NODES:
        template = copy.deepcopy(daemon["spec"]["template"])
        template["metadata"]["labels"] |= {"controller-revision-hash": revision["metadata"]["labels"]["controller-revision-hash"],
                                           "pod-template-generation": "1"}
        made.append(_pod(f"{daemon['metadata']['name']}-{_letters(rng, 5)}", daemon, template, rng, node))
    return made


def _revision(workload: Object, rng: random.Random) -> Object:
    hashed = _letters(rng, 9)
    labels = workload["spec"]["template"]["metadata"]["labels"] | {"controller-revision-hash": hashed}
    revision = _object("apps/v1", "ControllerRevision", f"{workload['metadata']['name']}-{hashed}", workload, labels=labels)
    return revision | {"revision": 1, "data": {"spec": {"template": workload["spec"]["template"] | {"$patch": "replace"}}}}


def _pod(name: str, owner: Object, template: Object, rng: random.Random, node: str | None = None) -> Object:
    node = node or rng.choice(_NODES)
    address = f"10.244.{_NODES.index(node)}.{rng.randrange(2, 255)}"
    pod = _object("v1", "Pod", name, owner, labels=template["metadata"]["labels"], annotations=template["metadata"].get("annotations"))
    pod["spec"] = copy.deepcopy(template["spec"]) | {"nodeName": node}
    pod["status"] = {
        "phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "startTime": _SINCE,
        "conditions": [{"type": kind, "status": "True", "lastTransitionTime": _SINCE} for kind in ("PodScheduled", "Initialized", "Ready")],
        "containerStatuses": [{"name": c["name"], "image": c["image"], "imageID": "", "ready": True, "restartCount": rng.randrange(3),
                               "started": True, "state": {"running": {"startedAt": _SINCE}}} for c in pod["spec"]["containers"]]}
    return pod


def _of_namespace(namespace: str) -> list[Object]:
    """The service account and the CA bundle that every namespace is given."""
    bundle = {"ca.crt": "not a certificate; a controller publishes the cluster's here\n"}
    return [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}},
            {"apiVersion": "v1", "kind": "ConfigMap", "data": bundle, "metadata": {
                "name": "kube-root-ca.crt", "namespace": namespace,
                "annotations": {"kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver."}}}]


def _volumes(objects: list[Object], rng: random.Random) -> list[Object]:
    """Binds every claim: to the volume it names, or to a new one of its class. A claim with a status is left as it is."""
    volumes = {o["metadata"]["name"]: o for o in objects if o["kind"] == "PersistentVolume"}
    made = []
    for claim in (o for o in objects if o["kind"] == "PersistentVolumeClaim" and "status" not in o):
        meta, spec = claim["metadata"], claim["spec"]
        volume = volumes.get(spec.get("volumeName", ""))
        if volume is None:
            volume = _provisioned(claim, f"pvc-{uuid.UUID(int=rng.getrandbits(128), version=4)}")
            made.append(volume)
        spec["volumeName"] = volume["metadata"]["name"]
        meta.setdefault("annotations", {})["pv.kubernetes.io/bind-completed"] = "yes"
        capacity = volume["spec"]["capacity"]
        claim["status"] = {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": capacity}
        volume.setdefault("status", {"phase": "Bound"})
    return made


def _provisioned(claim: Object, name: str) -> Object:
    """The volume that the claim's storage class would make."""
    meta, spec = claim["metadata"], claim["spec"]
    path = f"{meta['namespace']}/{meta['name']}"
    if spec["storageClassName"] == "nfs-csi":
        by, policy = "nfs.csi.k8s.io", "Retain"
        source = {"csi": {"driver": by, "volumeHandle": f"nas.home.example.org#tank/k8s#{path}#{name}#",
                          "volumeAttributes": {"server": "nas.home.example.org", "share": "/tank/k8s", "subdir": path}}}
    else:
        by, policy = "rancher.io/local-path", "Delete"
        source = {"hostPath": {"path": f"/opt/local-path-provisioner/{name}_{path.replace('/', '_')}", "type": "DirectoryOrCreate"}}
    return {"apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": by}},
            "spec": source | {
                "capacity": spec["resources"]["requests"], "accessModes": spec["accessModes"], "storageClassName": spec["storageClassName"],
                "persistentVolumeReclaimPolicy": policy,
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": meta["namespace"], "name": meta["name"]}}}


def _endpoints(service: Object, pods: list[Object], rng: random.Random) -> list[Object]:
    """The pods behind a service, in the old form and in the new."""
    meta, selector = service["metadata"], service["spec"].get("selector")
    if not selector:
        return []
    behind = [p for p in pods if p["metadata"]["namespace"] == meta["namespace"] and "podIP" in p.get("status", {}) and
              selector.items() <= p["metadata"].get("labels", {}).items()]
    ports = [{"name": p["name"], "port": p["port"], "protocol": p.get("protocol", "TCP")} for p in service["spec"]["ports"]]
    targets = [(p["status"]["podIP"], p["spec"]["nodeName"],
                {"kind": "Pod", "namespace": meta["namespace"], "name": p["metadata"]["name"]}) for p in behind]
    old = _object("v1", "Endpoints", meta["name"], service, labels=meta.get("labels"), owned=False)
    if targets:
        old["subsets"] = [{"addresses": [{"ip": ip, "nodeName": node, "targetRef": dict(ref)} for ip, node, ref in targets], "ports": ports}]
    new = _object("discovery.k8s.io/v1", "EndpointSlice", f"{meta['name']}-{_letters(rng, 5)}", service, labels={
        "kubernetes.io/service-name": meta["name"], "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"})
    new |= {"addressType": "IPv4", "ports": ports, "endpoints": [
        {"addresses": [ip], "nodeName": node, "targetRef": dict(ref), "conditions": {"ready": True, "serving": True, "terminating": False}}
        for ip, node, ref in targets]}
    return [old, new]


# --- what people would have written, many times over -----------------------------------------------------------------------


def _team_services(rng: random.Random) -> Iterator[Object]:
    """A dozen services that differ in name and size, as a team's services do."""
    for team, names in (("a", ("shop", "cart", "invoices", "mailer", "search", "images")), ("b", ("ledger", "reports", "sync", "export"))):
        for name in names:
            labels = {"app": name, "team": team, "release": rng.choice(("stable", "canary"))}
            meta = {"name": name, "namespace": f"team-{team}", "labels": labels}
            container = {"name": name, "image": f"registry.example.org/team-{team}/{name}:{rng.randrange(1, 40)}.{rng.randrange(10)}",
                         "envFrom": [{"configMapRef": {"name": name}}], "ports": [{"name": "http", "containerPort": 8080}],
                         "resources": {"requests": {"memory": "64Mi"}, "limits": {"memory": "256Mi"}}}
            yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": copy.deepcopy(meta),
                   "data": {f"SETTING_{i}": _letters(rng, rng.randrange(4, 60)) for i in range(rng.randrange(1, 12))}}
            yield {"apiVersion": "v1", "kind": "Service", "metadata": copy.deepcopy(meta),
                   "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}}
            yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {
                "replicas": rng.randrange(1, 3), "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": dict(labels)}, "spec": {"containers": [container]}}}}


def _large_objects(rng: random.Random) -> Iterator[Object]:
    """As large as objects get before etcd refuses them: one compresses well, one not at all."""
    line = "the same line, again and again, as logs have it; "
    yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large", "namespace": "backups"},
           "data": {"log.txt": (line * (_LARGE_BYTES // len(line) + 1))[:_LARGE_BYTES]}}
    noise = base64.b64encode(rng.randbytes(_LARGE_BYTES)).decode()
    yield {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "large", "namespace": "backups"}, "data": {"noise.bin": noise}}
    yield {"apiVersion": "v1", "kind": "ConfigMap", "data": {"short": "but its annotation is not"}, "metadata": {
        "name": "long-annotation", "namespace": "kueche", "annotations": {"lang": "Ä" * 100_000 + "🥐" * 10_000}}}


def _object(api_version: str, kind: str, name: str, owner: Object, *, labels: dict[str, str] | None = None,
            annotations: dict[str, str] | None = None, owned: bool = True) -> Object:
    """An object in the owner's namespace, controlled by it unless `owned` is False."""
    metadata: Object = {"name": name, "namespace": owner["metadata"]["namespace"]}
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    if owned:
        metadata["ownerReferences"] = [{"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
                                        "controller": True, "blockOwnerDeletion": True}]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(_NAME_LETTERS, k=count))
