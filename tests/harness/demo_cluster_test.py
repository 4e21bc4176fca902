"""The demo cluster holds what a backup must know, and a comparison sees what differs and only that."""

import unittest
from collections import Counter

from tests.harness import demo_cluster
from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.demo_cluster import MISSING, Difference, Key, differences

_KINDS = """
    ConfigMap ControllerRevision CronJob CustomResourceDefinition DaemonSet Deployment EndpointSlice Endpoints HorizontalPodAutoscaler
    Ingress IngressClass Job Lease LimitRange MutatingWebhookConfiguration Namespace NetworkPolicy Node PersistentVolume
    PersistentVolumeClaim Pod PodDisruptionBudget PriorityClass ReplicaSet ResourceQuota Role RoleBinding ClusterRole
    ClusterRoleBinding RuntimeClass Secret Service ServiceAccount StatefulSet StorageClass ValidatingAdmissionPolicy
    ValidatingWebhookConfiguration""".split()


class DifferencesTest(unittest.TestCase):
    KEY = Key("v1/pods", "media", "sonarr")

    def compare(self, before: object, after: object, *ignore: str) -> list[tuple[str, object, object]]:
        found = differences({self.KEY: before}, {self.KEY: after}, ignore)
        return [(d.path, d.before, d.after) for d in found]

    def test_names_the_deepest_field_that_differs(self) -> None:
        self.assertEqual(self.compare({"a": {"b/c": [1, {"d": 2}]}}, {"a": {"b/c": [1, {"d": 3}]}}), [("/a/b~1c/1/d", 2, 3)])

    def test_tells_absent_from_empty_and_one_from_true(self) -> None:
        self.assertEqual(self.compare({"emptyDir": {}}, {}), [("/emptyDir", {}, MISSING)])
        self.assertEqual(self.compare({"x": 1}, {"x": True}), [("/x", 1, True)])

    def test_ignores_named_fields_and_all_below_them(self) -> None:
        before, after = {"s": {"p": [{"n": 1, "q": 5}], "k": 1}}, {"s": {"p": [{"n": 2, "q": 5}], "k": 2}}
        self.assertEqual(self.compare(before, after, "/s/p/*/n"), [("/s/k", 1, 2)])
        self.assertEqual(self.compare(before, after, "/s"), [])
        self.assertEqual(self.compare(before, after, "services:/s", "pods:/s/k"), [("/s/p/0/n", 1, 2)])

    def test_an_ignored_entry_does_not_hide_its_neighbours_in_a_new_map(self) -> None:
        after = {"labels": {"a.b/c": "1", "d": "2"}}
        self.assertEqual(self.compare({}, after, "/labels/a.b~1c"), [("/labels/d", MISSING, "2")])

    def test_reports_an_object_that_only_one_side_has_as_one_difference(self) -> None:
        pod = {"kind": "Pod", "metadata": {"name": "sonarr"}}
        self.assertEqual(differences({self.KEY: pod}, {}), [Difference(self.KEY, "", pod, MISSING)])
        self.assertEqual(differences({self.KEY: pod}, {}, ["pods:"]), [])

    def test_does_not_print_secrets(self) -> None:
        key = Key("v1/secrets", "media", "token")
        for before, after in (({"data": {"t": "b25l"}}, {"data": {"t": "dHdv"}}), ({"data": {"t": "b25l"}}, MISSING)):
            told = differences({key: before}, {} if after is MISSING else {key: after})
            self.assertNotIn("b25l", "".join(map(str, told)))


class DemoClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(ControlPlane())
        cls.count = demo_cluster.load(cls.cluster, optional=["dead-apiservice", "longest-name"])
        cls.api = Api(cls.cluster)
        cls.objects = demo_cluster.snapshot(cls.cluster)

    def of_kind(self, kind: str) -> list[dict]:
        return [o for o in self.objects.values() if o["kind"] == kind]

    def test_every_manifest_has_become_an_object(self) -> None:
        self.assertGreaterEqual(len(self.objects), self.count)
        self.assertTrue(300 <= self.count <= 600, self.count)

    def test_the_kinds_that_a_backup_must_know_are_there(self) -> None:
        self.assertEqual([], [kind for kind in _KINDS if not self.of_kind(kind)])

    def test_there_are_services_and_secrets_of_every_type(self) -> None:
        services = {"headless" if s["spec"].get("clusterIP") == "None" else s["spec"]["type"] for s in self.of_kind("Service")}
        self.assertEqual(services, {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "headless"})
        self.assertLessEqual({
            "Opaque", "kubernetes.io/tls", "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "kubernetes.io/basic-auth",
            "kubernetes.io/ssh-auth", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token",
        }, {s["type"] for s in self.of_kind("Secret")})

    def test_volumes_are_of_every_sort_and_state(self) -> None:
        volumes = self.of_kind("PersistentVolume")
        self.assertLessEqual({"nfs", "hostPath", "csi", "local"}, {field for v in volumes for field in v["spec"]})
        self.assertEqual({v["status"]["phase"] for v in volumes}, {"Available", "Bound", "Released"})
        self.assertEqual({v["spec"]["persistentVolumeReclaimPolicy"] for v in volumes}, {"Retain", "Delete"})

    def test_owners_are_live_objects(self) -> None:
        uids = {o["metadata"]["uid"] for o in self.objects.values() if "uid" in o["metadata"]}
        owners = [ref["uid"] for o in self.objects.values() for ref in o["metadata"].get("ownerReferences", [])]
        self.assertGreater(len(owners), 100)
        self.assertLessEqual(set(owners), uids)

    def test_two_loads_from_one_seed_are_the_same(self) -> None:
        self.assertEqual(demo_cluster.manifests(), demo_cluster.manifests())

    def test_a_deleted_namespace_is_gone_with_its_finalizers_and_volumes(self) -> None:
        for name in ("argocd", "parking", "git", "databases"):
            self.api.delete_namespace(name)
        left = demo_cluster.snapshot(self.cluster)
        gone = {"argocd", "parking", "git", "databases"}
        self.assertEqual([], [key for key in left if key.namespace in gone or (key.resource == "v1/namespaces" and key.name in gone)])
        phases = Counter(o["status"]["phase"] for k, o in left.items() if k.resource == "v1/persistentvolumes" and
                         o["spec"].get("claimRef", {}).get("namespace") in gone)
        self.assertEqual(phases, {"Released": 1})


if __name__ == "__main__":
    unittest.main()
