"""The main job on the demo cluster: back up, lose things, plan, restore, and compare every object with what was there."""

import json
import tempfile
import unittest
from pathlib import Path

from tests.harness import demo_cluster
from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.restored import CHANGED_BY_A_RESTORE, after_restore_of
from tests.harness.salvor import Salvor, objects_of


# The API server writes these while the test runs.
CHANGES_BY_ITSELF = ["events:", "leases:/spec/renewTime"]


class RoundTrip(unittest.TestCase):
    """One cluster for all tests: they leave it as they find it, or restore it."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.cluster = cls.enterClassContext(ControlPlane())
        demo_cluster.load(cls.cluster)
        cls.api = Api(cls.cluster)
        cls.salvor = Salvor(cls.cluster.kubeconfig, cls.directory / "location")
        cls.before = demo_cluster.snapshot(cls.cluster)
        cls.salvor("backup", "create", "all")

    def test_saves_every_object_in_both_forms_and_lists_it(self) -> None:
        archive = self.salvor.archive("all")
        self.assertEqual(archive["metadata/version"], b"1.1.0\n")
        saved = objects_of(archive)
        listed = self.salvor.gzip_json("all", "resource-list.json.gz")
        self.assertEqual(sum(map(len, listed.values())), len(saved))
        for (resource, namespace, name), item in saved.items():
            version = item["apiVersion"].rsplit("/", 1)[-1]
            place = f"namespaces/{namespace}" if namespace else "cluster"
            self.assertIn(f"resources/{resource}/{version}-preferredversion/{place}/{name}.json", archive)

    def test_stored_objects_equal_the_live_ones(self) -> None:
        saved = objects_of(self.salvor.archive("all"))
        kinds = {(f"{r.plural}.{r.group}" if r.group else r.plural): str(r) for r in self.api.resources() if r.preferred}
        for (resource, namespace, name), item in saved.items():
            live = self.before.get(demo_cluster.Key(kinds[resource], namespace, name))
            self.assertIsNotNone(live, f"{resource} {namespace}/{name}")
            del item["apiVersion"], item["kind"]
            live = {key: value for key, value in live.items() if key not in ("apiVersion", "kind")}
            if resource == "leases.coordination.k8s.io" and name.startswith("apiserver-"):
                for lease in (item, live := json.loads(json.dumps(live))):  # the server renews its own every ten seconds
                    del lease["spec"]["renewTime"], lease["metadata"]["resourceVersion"], lease["metadata"]["managedFields"]
            if resource != "persistentvolumeclaims":  # stored without what binds them to a data source
                self.assertEqual(item, live, f"{resource} {namespace}/{name}")

    def test_reads_back_whole(self) -> None:
        self.assertIn("all whole", self.salvor("backup", "verify", "all").stdout)

    def test_tells_what_it_holds(self) -> None:
        self.assertIn("Completed", self.salvor("backup", "get").stdout)
        described = self.salvor("backup", "describe", "all", "--details").stdout
        self.assertIn("v1/Secret", described)
        self.assertIn("level=info", self.salvor("backup", "logs", "all").stdout)
        listed = json.loads(self.salvor("backup", "get", "all", "-o", "json").stdout)
        self.assertEqual(listed["metadata"]["name"], "all")

    def test_prints_one_object_as_it_was_saved(self) -> None:
        saved = objects_of(self.salvor.archive("all"))
        for (resource, namespace, name), item in list(saved.items())[:: max(1, len(saved) // 40)]:
            place = f"{resource}/{namespace}/{name}" if namespace else f"{resource}/{name}"
            printed = self.salvor("object", "get", place, "--from-backup", "all", "-o", "json").stdout
            self.assertEqual(json.loads(printed), item)

    def test_brings_back_deleted_namespaces_and_leaves_the_rest(self) -> None:
        victims = ["media", "nextcloud"]
        for namespace in victims:
            self.api.delete_namespace(namespace)
        plan = json.loads(self.salvor("restore", "plan", "--from-backup", "all", "-o", "json").stdout)
        self.salvor("restore", "create", "two", "--from-backup", "all")
        after = demo_cluster.snapshot(self.cluster)
        lost = {key for key in self.before if key.namespace in victims or (key.namespace == "" and key not in after) or
                self.before[key]["metadata"]["uid"] != after.get(key, self.before[key])["metadata"]["uid"]}
        expected = after_restore_of(lost, self.before)
        differences = demo_cluster.differences(expected, after, [*CHANGED_BY_A_RESTORE, *CHANGES_BY_ITSELF])
        self.assertEqual([], [str(difference) for difference in differences])
        # The API server itself makes and, at a time of its own choosing, removes the IPAddresses of Services.
        created = {key for key in after if not key.resource.endswith(("/events", "/ipaddresses")) and (key not in self.before or
                   after[key]["metadata"]["uid"] != self.before[key]["metadata"]["uid"])}
        elsewhere = {key for key in created if key.namespace and key.namespace not in victims}
        self.assertEqual(set(), elsewhere)
        self.assertEqual(sum(kind["counts"]["create"] for kind in plan["kinds"]
                             if kind["resource"] != "ipaddresses.networking.k8s.io"), len(created))

    def test_a_second_restore_finds_nothing_to_do(self) -> None:
        done = self.salvor("restore", "create", "again", "--from-backup", "all", "--exclude-resources", "ipaddresses")
        self.assertRegex(done.stdout, r"\b0 created, 0 updated\b")


if __name__ == "__main__":
    unittest.main()
