"""Strategic merge patches: our answer and a real API server's, over the same objects and patches.

The server patches an object in a dry run. Our result of the same patch is sent as a dry-run update, so that the server fills
in defaults and validates both alike; then the two must be equal. A patch that the server refuses must be refused by us, or our
result must be refused as an update.

Needs the program patch_tool: PATCH_TOOL names it, else it is looked for in build/dev.
"""

import json
import os
import subprocess
import unittest
from pathlib import Path
from typing import Any

from tests.harness.control_plane import ControlPlane

Object = dict[str, Any]
_ROOT = Path(__file__).resolve().parents[2]
_NS = "patches"


def _tool() -> Path:
    return Path(os.environ.get("PATCH_TOOL", _ROOT / "build" / "dev" / "tests" / "peer" / "patch_tool"))


def _container(name: str, **more: Any) -> Object:
    return {"name": name, "image": f"{name}:1", **more}


_POD_SPEC: Object = {
    "containers": [
        _container("web", ports=[{"containerPort": 80, "name": "http"}, {"containerPort": 443, "name": "https"}],
                   env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                   args=["--one", "--two"],
                   volumeMounts=[{"name": "data", "mountPath": "/data"}, {"name": "conf", "mountPath": "/conf"}]),
        _container("side"),
        _container("log", volumeMounts=[{"name": "data", "mountPath": "/logs"}]),
    ],
    "initContainers": [_container("init")],
    "volumes": [{"name": "data", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "conf"}}],
    "imagePullSecrets": [{"name": "one"}, {"name": "two"}],
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}, {"ip": "10.0.0.2", "hostnames": ["b", "c"]}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "nodeSelector": {"disk": "ssd", "zone": "a"},
}
_TEMPLATE: Object = {"metadata": {"labels": {"app": "web"}}, "spec": _POD_SPEC}


def _object(api_version: str, kind: str, *, finalizers: list[str] | None = None, **body: Any) -> Object:
    metadata: Object = {"name": "it", "namespace": _NS, "labels": {"app": "web", "tier": "front"},
                        "annotations": {"note": "x"}}
    if finalizers:
        metadata["finalizers"] = finalizers
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


# Path of the collection and the object that patches are tried on.
_OBJECTS: dict[str, tuple[str, Object]] = {
    "Deployment": (f"/apis/apps/v1/namespaces/{_NS}/deployments", _object(
        "apps/v1", "Deployment", finalizers=["example.com/a", "example.com/b"], spec={
            "replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": _TEMPLATE,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}})),
    "StatefulSet": (f"/apis/apps/v1/namespaces/{_NS}/statefulsets", _object(
        "apps/v1", "StatefulSet", spec={
            "serviceName": "it", "selector": {"matchLabels": {"app": "web"}}, "template": _TEMPLATE})),
    "CronJob": (f"/apis/batch/v1/namespaces/{_NS}/cronjobs", _object(
        "batch/v1", "CronJob", spec={"schedule": "0 1 * * *", "jobTemplate": {"spec": {
            "template": {"spec": {**_POD_SPEC, "restartPolicy": "Never"}}}}})),
    "Service": (f"/api/v1/namespaces/{_NS}/services", _object(
        "v1", "Service", spec={"selector": {"app": "web"}, "ports": [
            {"name": "http", "port": 80}, {"name": "https", "port": 443}]})),
    "ServiceAccount": (f"/api/v1/namespaces/{_NS}/serviceaccounts", _object(
        "v1", "ServiceAccount", secrets=[{"name": "a"}, {"name": "b"}], imagePullSecrets=[{"name": "p"}])),
    "ConfigMap": (f"/api/v1/namespaces/{_NS}/configmaps", _object(
        "v1", "ConfigMap", finalizers=["example.com/a"], data={"a": "1", "b": "2"})),
    "Secret": (f"/api/v1/namespaces/{_NS}/secrets", _object("v1", "Secret", data={"a": "MQ==", "b": "Mg=="})),
    "PodDisruptionBudget": (f"/apis/policy/v1/namespaces/{_NS}/poddisruptionbudgets", _object(
        "policy/v1", "PodDisruptionBudget", spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}})),
    "NetworkPolicy": (f"/apis/networking.k8s.io/v1/namespaces/{_NS}/networkpolicies", _object(
        "networking.k8s.io/v1", "NetworkPolicy", spec={
            "podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"],
            "ingress": [{"ports": [{"port": 80}]}, {"ports": [{"port": 443}]}]})),
    "Ingress": (f"/apis/networking.k8s.io/v1/namespaces/{_NS}/ingresses", _object(
        "networking.k8s.io/v1", "Ingress", spec={
            "rules": [{"host": "a.example.com"}, {"host": "b.example.com"}], "defaultBackend": {
                "service": {"name": "web", "port": {"number": 80}}}})),
    "Role": (f"/apis/rbac.authorization.k8s.io/v1/namespaces/{_NS}/roles", _object(
        "rbac.authorization.k8s.io/v1", "Role", rules=[
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}])),
    "HorizontalPodAutoscaler": (f"/apis/autoscaling/v2/namespaces/{_NS}/horizontalpodautoscalers", _object(
        "autoscaling/v2", "HorizontalPodAutoscaler", spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "it"}, "maxReplicas": 3,
            "metrics": [{"type": "Resource", "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]})),
}


def _pods(*, where: str = "Deployment", **spec: Any) -> tuple[str, Object]:
    template: Object = {"spec": {"template": {"spec": spec}}}
    return where, {"spec": {"jobTemplate": template}} if where == "CronJob" else template


def _meta(**metadata: Any) -> Object:
    return {"metadata": metadata}


# (kind, patch). The comment says what a case is after where that is not plain.
_CASES: list[tuple[str, Object]] = [
    # plain members
    ("Deployment", {"spec": {"replicas": 3}}),
    ("Deployment", {"spec": {"paused": True, "minReadySeconds": 5}}),
    ("Deployment", {"spec": {"revisionHistoryLimit": None}}),
    ("Deployment", _meta(labels={"tier": None, "new": "1"})),
    ("Deployment", _meta(labels={"$patch": "replace", "only": "1"})),
    ("Deployment", _meta(annotations={"$patch": "delete"})),
    ("Deployment", _meta(annotations=None)),
    ("Deployment", _meta(annotations={"absent": None})),
    ("ConfigMap", {"data": {"a": "9", "c": "3"}}),
    ("ConfigMap", {"data": {"$patch": "replace", "z": "26"}}),
    ("ConfigMap", {"data": {"$patch": "delete"}}),
    ("ConfigMap", {"data": None}),
    ("ConfigMap", {"data": {"$retainKeys": ["a"], "a": "5"}}),
    ("ConfigMap", {"data": {"$retainKeys": ["a"], "c": "5"}}),  # refused: c is not retained
    ("ConfigMap", {"data": {"$patch": "merge"}}),  # refused
    ("Secret", {"data": {"a": None, "c": "Mw=="}}),
    ("Secret", {"stringData": {"d": "4"}}),
    # lists of values
    ("Deployment", _meta(finalizers=["example.com/c"])),
    ("Deployment", _meta(finalizers=["example.com/b"])),
    ("Deployment", _meta(**{"$deleteFromPrimitiveList/finalizers": ["example.com/a"]})),
    ("Deployment", _meta(**{"$deleteFromPrimitiveList/finalizers": ["example.com/x"]})),
    ("Deployment", _meta(**{"$deleteFromPrimitiveList/finalizers": ["example.com/a"], "finalizers": ["example.com/c"]})),
    ("Deployment", _meta(**{"$setElementOrder/finalizers": ["example.com/b", "example.com/a"]})),
    ("Deployment", _meta(**{"$setElementOrder/finalizers": ["example.com/b", "example.com/c", "example.com/a"],
                            "finalizers": ["example.com/c"]})),
    ("ConfigMap", _meta(**{"$setElementOrder/finalizers": ["example.com/z"], "finalizers": ["example.com/y"]})),  # refused
    ("Deployment", _meta(finalizers=None)),
    # containers: merged by name
    _pods(containers=[_container("web", image="web:2")]),
    _pods(containers=[{"name": "web", "image": "web:2"}, {"name": "new", "image": "new:1"}]),
    _pods(containers=[{"name": "new", "image": "new:1"}]),
    _pods(containers=[{"name": "side", "$patch": "delete"}]),
    _pods(containers=[{"name": "side", "$patch": "delete"}, {"name": "new", "image": "new:1"}]),
    _pods(containers=[{"name": "absent", "$patch": "delete"}]),
    _pods(containers=[{"$patch": "replace"}, {"name": "new", "image": "new:1"}]),
    _pods(containers=[{"image": "x"}]),  # refused: no name
    _pods(containers=[{"$patch": "delete"}]),  # refused: no name
    _pods(containers=[{"name": "web", "$patch": "merge"}]),  # refused
    _pods(**{"$setElementOrder/containers": [{"name": "log"}, {"name": "side"}, {"name": "web"}]}),
    _pods(**{"$setElementOrder/containers": [{"name": "side"}, {"name": "web"}],
             "containers": [{"name": "web", "image": "web:3"}]}),
    _pods(**{"$setElementOrder/containers": [{"name": "new"}, {"name": "web"}, {"name": "side"}, {"name": "log"}],
             "containers": [{"name": "new", "image": "new:1"}]}),
    _pods(**{"$setElementOrder/containers": [{"name": "web"}], "containers": [{"name": "side", "image": "s:2"}]}),  # refused
    _pods(where="StatefulSet", containers=[{"name": "web", "image": "web:2"}]),
    _pods(where="CronJob", containers=[{"name": "web", "image": "web:2"}]),
    _pods(initContainers=[{"name": "second", "image": "second:1"}]),
    _pods(initContainers=None),
    # lists inside containers
    _pods(containers=[{"name": "web", "env": [{"name": "B", "value": "9"}, {"name": "C", "value": "3"}]}]),
    _pods(containers=[{"name": "web", "env": [{"name": "A", "$patch": "delete"}]}]),
    _pods(containers=[{"name": "web", "env": [{"name": "A", "value": None, "valueFrom": {
        "configMapKeyRef": {"name": "conf", "key": "a"}}}]}]),
    _pods(containers=[{"name": "web", "ports": [{"containerPort": 80, "name": "plain"}]}]),
    _pods(containers=[{"name": "web", "ports": [{"containerPort": 8080}]}]),
    _pods(containers=[{"name": "web", "volumeMounts": [{"mountPath": "/conf", "name": "conf", "readOnly": True}]}]),
    _pods(containers=[{"name": "web", "args": ["--three"]}]),  # a list without strategy is replaced
    _pods(containers=[{"name": "web", "args": None}]),
    _pods(containers=[{"name": "web", "resources": {"limits": {"cpu": "1"}}}]),
    # volumes: merged by name, members replaced by $retainKeys
    _pods(volumes=[{"name": "more", "emptyDir": {"medium": "Memory"}}]),
    _pods(volumes=[{"name": "data", "$retainKeys": ["name", "secret"], "secret": {"secretName": "s"}}]),
    _pods(volumes=[{"name": "data", "secret": {"secretName": "s"}}]),  # refused: two sources
    _pods(volumes=[{"name": "data", "emptyDir": None, "secret": {"secretName": "s"}}]),
    # other lists of a pod
    _pods(imagePullSecrets=[{"name": "three"}]),
    _pods(imagePullSecrets=[{"name": "one", "$patch": "delete"}]),
    _pods(hostAliases=[{"ip": "10.0.0.2", "hostnames": ["z"]}]),
    _pods(tolerations=[{"key": "b", "operator": "Exists"}]),
    _pods(tolerations=[{"$patch": "replace"}]),
    _pods(nodeSelector={"zone": None, "gpu": "yes"}),
    _pods(topologySpreadConstraints=[{"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}]),
    _pods(securityContext={"runAsUser": 5, "sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}),
    # strategies
    ("Deployment", {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
    ("Deployment", {"spec": {"strategy": {"type": "Recreate"}}}),  # refused: rollingUpdate stays
    ("Deployment", {"spec": {"strategy": {"rollingUpdate": {"maxSurge": "50%"}}}}),
    # other kinds
    ("Service", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}),
    ("Service", {"spec": {"ports": [{"port": 9000, "name": "admin"}]}}),
    ("Service", {"spec": {"ports": [{"port": 443, "$patch": "delete"}]}}),
    ("Service", {"spec": {"$setElementOrder/ports": [{"port": 443}, {"port": 80}]}}),
    ("Service", {"spec": {"selector": {"$patch": "replace", "app": "other"}}}),
    ("ServiceAccount", {"secrets": [{"name": "c"}]}),
    ("ServiceAccount", {"secrets": [{"name": "a", "$patch": "delete"}]}),
    ("ServiceAccount", {"imagePullSecrets": [{"name": "q"}]}),  # no merge key on this one
    ("PodDisruptionBudget", {"spec": {"selector": {"matchLabels": {"tier": "front"}}}}),  # replaced whole
    ("PodDisruptionBudget", {"spec": {"minAvailable": None, "maxUnavailable": 1}}),
    ("NetworkPolicy", {"spec": {"ingress": [{"ports": [{"port": 8080}]}]}}),
    ("NetworkPolicy", {"spec": {"podSelector": {"matchLabels": {"tier": "front"}}}}),
    ("Ingress", {"spec": {"rules": [{"host": "c.example.com"}]}}),
    ("Ingress", {"spec": {"defaultBackend": {"service": {"port": {"number": 81}}}}}),
    ("Role", {"rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]}]}),
    ("HorizontalPodAutoscaler", {"spec": {"metrics": None, "maxReplicas": 5}}),
    ("HorizontalPodAutoscaler", {"spec": {"scaleTargetRef": {"name": "other"}}}),
]


def _without_traces(answer: Object) -> Object:
    """An object without what tells the two writes apart."""
    metadata = {key: value for key, value in answer["metadata"].items()
                if key not in ("managedFields", "resourceVersion", "generation")}
    return {**answer, "metadata": metadata}


class StrategicMerge(unittest.TestCase):
    def setUp(self) -> None:
        self.assertTrue(_tool().exists(), f"{_tool()} is not built")

    def test_gives_the_same_answer_as_the_api_server(self) -> None:
        with ControlPlane() as cluster, subprocess.Popen([_tool()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                         text=True) as tool:
            cluster.kubectl("create", "namespace", _NS)
            live = {kind: self._send(cluster, "POST", path, body) for kind, (path, body) in _OBJECTS.items()}
            for number, (kind, patch) in enumerate(_CASES):
                with self.subTest(number=number, kind=kind, patch=patch):
                    self._compare(cluster, tool, live[kind], _OBJECTS[kind][0] + "/it?dryRun=All", patch)

    def test_covers_what_it_claims(self) -> None:
        self.assertGreaterEqual(len(_CASES), 60)

    def _compare(self, cluster: ControlPlane, tool: subprocess.Popen[str], original: Object, path: str,
                 patch: Object) -> None:
        question = {"apiVersion": original["apiVersion"], "kind": original["kind"], "original": original, "patch": patch}
        tool.stdin.write(json.dumps(question) + "\n")
        tool.stdin.flush()
        ours = json.loads(tool.stdout.readline())
        server = self._send(cluster, "PATCH", path, patch)
        if server["kind"] == "Status":
            refused = "error" in ours or self._send(cluster, "PUT", path, ours["result"])["kind"] == "Status"
            self.assertTrue(refused, f"the server refused ({server['message']}), we made {ours}")
            return
        self.assertIn("result", ours)
        updated = self._send(cluster, "PUT", path, ours["result"])
        self.assertNotEqual("Status", updated["kind"], updated.get("message"))
        self.assertEqual(_without_traces(server), _without_traces(updated))

    @staticmethod
    def _send(cluster: ControlPlane, method: str, path: str, body: Object) -> Object:
        kind = "application/strategic-merge-patch+json" if method == "PATCH" else "application/json"
        connection = cluster.connect()
        try:
            connection.request(method, path, json.dumps(body), {"Content-Type": kind})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


if __name__ == "__main__":
    unittest.main()
