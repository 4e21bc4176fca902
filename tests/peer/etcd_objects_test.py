"""The Kubernetes objects in a snapshot are those that the real API server serves, sealed ones included; and an API server on
an etcd that salvor restored serves the same ones again.

python3 -m unittest tests.peer.etcd_objects_test
"""

import base64
import collections
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from tests.harness.control_plane import ControlPlane, find_programs
from tests.harness.program import Program

_MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
type: Opaque
stringData: {password: "a secret word", other: ""}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {key: "value\\nin two lines"}
binaryData: {raw: AAEC}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db, resources: {requests: {cpu: 100m, memory: 1Gi}}, ports: [{containerPort: 5432}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
apiVersion: v1
kind: Node
metadata: {name: node1}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  schedule: "0 2 * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
"""
_WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 3, "text": "<&>"}}
_SEALED = {"secrets": "secretbox", "configmaps": "aescbc", "serviceaccounts": "aesgcm"}
_SAMPLE = 4  # objects of each kind that are compared one by one


def encryption_config() -> str:
    secret = base64.b64encode(bytes(range(32))).decode()
    resources = [{"resources": [resource], "providers": [{provider: {"keys": [{"name": "key1", "secret": secret}]}}, {"identity": {}}]}
                 for resource, provider in _SEALED.items()]
    return json.dumps({"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1", "resources": resources})


class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.program = Program(cls.directory)
        cls.config = cls.directory / "encryption.json"
        cls.config.write_text(encryption_config())
        cls.cluster = cls.enterClassContext(ControlPlane(apiserver_flags=[f"--encryption-provider-config={cls.config}"]))
        cls.cluster.kubectl("apply", "-f", "-", input=_MANIFESTS)
        cls.cluster.kubectl("wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=30s")
        cls.cluster.request("POST", "/apis/example.com/v1/namespaces/shop/widgets", _WIDGET)
        cls.served = {resource: cls.listed(path) for resource, path in cls.resources().items()}
        cls.file = cls.save("snapshot.db")

    @classmethod
    def save(cls, name: str) -> Path:
        file = cls.directory / name
        subprocess.run([find_programs("etcdctl")["etcdctl"], f"--endpoints={cls.cluster.etcd_endpoint}", "snapshot", "save", file],
                       check=True, capture_output=True)
        return file

    @classmethod
    def resources(cls) -> dict[str, str]:
        """Every resource that is stored, "deployments.apps", and where all of its objects are listed."""
        found: dict[str, str] = {}
        groups = [("", "/api/v1")] + [
            (group["name"], f"/apis/{group['preferredVersion']['groupVersion']}") for group in cls.cluster.request("GET", "/apis")["groups"]]
        for group, path in groups:
            for resource in cls.cluster.request("GET", path)["resources"]:
                # events.k8s.io shows the events of the core group; componentstatuses are not stored.
                if "list" in resource["verbs"] and "create" in resource["verbs"] and group != "events.k8s.io":
                    found[resource["name"] + (f".{group}" if group else "")] = f"{path}/{resource['name']}"
        return found

    @classmethod
    def listed(cls, path: str) -> list[Any]:
        if "example.com" in path:  # kubectl waits while an API server that was just started reads these for the first time
            answer = json.loads(cls.cluster.kubectl("get", "--raw", path).stdout)
        else:
            answer = cls.cluster.request("GET", path)
        kind = {"apiVersion": answer["apiVersion"], "kind": answer["kind"].removesuffix("List")}
        return [kind | item for item in answer["items"]]

    @staticmethod
    def name_of(item: Any) -> str:
        metadata = item["metadata"]
        return f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]

    def get(self, name: str) -> Any:
        return json.loads(self.program("etcd", "get", self.file, name, "--encryption-config", self.config, "-o", "json").stdout)

    def test_every_kind_is_there_and_its_objects_are_what_the_server_says(self) -> None:
        compared = collections.Counter()
        counts = {one["resource"]: one["objects"] for one in self.program.json("etcd", "ls", self.file)["items"]}
        for resource, items in self.served.items():
            if resource == "leases.coordination.k8s.io":
                continue  # the API server renews its own while we look
            self.assertEqual(counts.get(resource, 0), len(items), resource)
            for item in items[:_SAMPLE]:
                with self.subTest(object=f"{resource}/{self.name_of(item)}"):
                    stored = self.get(f"{resource}/{self.name_of(item)}")
                    # CustomResourceDefinitions are stored in their first version, whose spec has another form.
                    shown = ("kind", "metadata") if stored["apiVersion"] == "apiextensions.k8s.io/v1beta1" else stored | item
                    self.assertEqual({key: stored.get(key) for key in shown}, {key: item.get(key) for key in shown})
                compared[resource] += 1
        self.assertGreater(len(compared), 20)

    def test_sealed_values_need_their_keys_and_are_named(self) -> None:
        rows = self.program.json("etcd", "ls", self.file, "secrets/shop")["items"]
        self.assertEqual([row["storedAs"] for row in rows], ["sealed by secretbox key1"])
        for resource, provider in _SEALED.items():
            name = {"secrets": "db", "configmaps": "settings", "serviceaccounts": "robot"}[resource]
            said = self.program("etcd", "get", self.file, f"{resource}/shop/{name}", expect=1).stderr
            self.assertIn(provider, said)
            self.assertIn("--encryption-config", said)

    def test_older_revisions_and_deletions_are_found(self) -> None:
        before = self.get("services/shop/web")
        self.cluster.kubectl("label", "service", "web", "-n", "shop", "step=2")
        self.cluster.kubectl("delete", "ingress", "web", "-n", "shop")
        later = self.save("later.db")
        revision = before["metadata"]["resourceVersion"]
        old = self.program("etcd", "get", later, "services/shop/web", "--revision", revision, "-o", "json").stdout
        self.assertEqual(json.loads(old), before)
        self.assertIn("deleted at revision", self.program("etcd", "get", later, "ingresses/shop/web", expect=4).stderr)
        history = self.program.json("etcd", "find", later, "shop/web", "--history")["items"]
        self.assertEqual([(one["object"].split(".")[0].split("/")[0], one["change"]) for one in history],
                         [("services", "created"), ("ingresses", "created"), ("services", "changed"), ("ingresses", "deleted")])
        changes = {one["object"]: one["change"] for one in self.program.json("etcd", "diff", self.file, later)["items"]
                   if "/shop/" in one["object"]}
        self.assertEqual(changes, {"services/shop/web": "changed", "ingresses.networking.k8s.io/shop/web": "removed"})
        self.assertIn("services", self.program("etcd", "stat", later).stdout)

    def test_zz_an_api_server_on_the_restored_directory_serves_every_object(self) -> None:
        cluster = self.cluster
        cluster.kill_etcd()
        data = cluster.directory / "etcd"
        shutil.rmtree(data)
        peer = f"http://127.0.0.1:{cluster._etcd_peer_port}"
        self.program("etcd", "restore", self.file, "--data-dir", data, "--name", "test", "--initial-cluster", f"test={peer}",
                     "--initial-advertise-peer-urls", peer)
        cluster.restart_etcd()
        cluster.restart_apiserver()
        for resource, path in self.resources().items():
            if resource not in ("leases.coordination.k8s.io", "events", "apiservices.apiregistration.k8s.io"):
                self.assertEqual(self.listed(path), self.served[resource], resource)


if __name__ == "__main__":
    unittest.main()
