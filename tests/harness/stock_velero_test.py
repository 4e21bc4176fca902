"""What stock Velero does with the demo cluster and with its location: the ground that comparisons with it stand on."""

import tempfile
import unittest
from collections import Counter
from pathlib import Path

from tests.harness import demo_cluster
from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.demo_cluster import MISSING, Key
from tests.harness.stock_velero import StockVelero, StockVeleroError

# What a restore cannot or will not bring back: identities, what controllers say, what the cluster assigns.
_CHANGED_BY_A_RESTORE = (
    "/metadata/uid", "/metadata/resourceVersion", "/metadata/generation", "/metadata/creationTimestamp", "/metadata/managedFields",
    "/metadata/ownerReferences", "/status", "/metadata/labels/velero.io~1backup-name", "/metadata/labels/velero.io~1restore-name",
    "pods:/spec/nodeName", "services:/spec/clusterIP", "services:/spec/clusterIPs",
    "persistentvolumeclaims:/metadata/annotations/pv.kubernetes.io~1bind-completed",
    "persistentvolumes:/spec/claimRef/uid", "persistentvolumes:/spec/claimRef/resourceVersion",
    "ipaddresses:", "velero.io/*:",
    "leases:/spec/renewTime",  # the API server's own, every ten seconds
)


class StockVeleroTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(ControlPlane())
        demo_cluster.load(cls.cluster)
        cls.api = Api(cls.cluster)
        cls.location = Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "location"
        cls.velero = cls.enterClassContext(StockVelero(cls.cluster, cls.location))

    def test_restores_a_deleted_namespace_to_what_it_was(self) -> None:
        self.assertEqual(self.velero.backup("git", {"includedNamespaces": ["git"]})["phase"], "Completed")
        before = demo_cluster.snapshot(self.cluster)
        self.api.delete_namespace("git")
        gone = demo_cluster.differences(before, demo_cluster.snapshot(self.cluster))
        self.assertIn(Key("apps/v1/statefulsets", "git", "gitea"), {d.key for d in gone if d.after is MISSING})

        status = self.velero.restore("git", {"backupName": "git"})
        self.assertEqual((status["phase"], self.velero.restore_results("git")["errors"]), ("Completed", {}))
        found = demo_cluster.differences(before, demo_cluster.snapshot(self.cluster), _CHANGED_BY_A_RESTORE)
        self.assertEqual([], [str(difference) for difference in found])

    def test_a_namespace_takes_along_what_its_objects_need(self) -> None:
        self.velero.backup("vault", {"includedNamespaces": ["vault"]})
        held = self.velero.resource_list("vault")
        self.assertEqual(held["v1/Namespace"], ["vault"])
        self.assertEqual(held["v1/PersistentVolumeClaim"], ["vault/data-vault-0", "vault/data-vault-1", "vault/data-vault-2"])
        self.assertEqual(len(held["v1/PersistentVolume"]), 3)
        self.assertEqual(held["scheduling.k8s.io/v1/PriorityClass"], ["everyday"])
        self.assertEqual(held["rbac.authorization.k8s.io/v1/ClusterRoleBinding"], ["vault-server"])
        self.assertEqual(held["rbac.authorization.k8s.io/v1/ClusterRole"], ["system:auth-delegator"])
        self.assertEqual(held["apiextensions.k8s.io/v1/CustomResourceDefinition"], ["externalsecrets.external-secrets.io"])
        self.assertNotIn("vault/vault-unseal-note", held["v1/Secret"])

    def test_the_archive_holds_every_listed_object_twice(self) -> None:
        self.velero.backup("kueche", {"includedNamespaces": ["kueche"]})
        files = [name for name in self.velero.archive("kueche") if name != "metadata/version"]
        preferred = [name for name in files if "-preferredversion/" in name]
        listed = sum(len(names) for names in self.velero.resource_list("kueche").values())
        self.assertEqual((len(preferred), len(files)), (listed, 2 * listed))

    def test_one_excluded_namespace_leaves_out_all_cluster_scoped_objects(self) -> None:
        """Namespace scratch carries the exclude label, so that an empty spec no longer means every namespace."""
        self.velero.backup("plain", {})
        self.assertEqual([name for name in self.velero.resource_list("plain").get("storage.k8s.io/v1/StorageClass", [])], [])
        status = self.velero.backup("whole", {"includeClusterResources": True})
        self.assertEqual((status["phase"], status.get("errors", 0)), ("Completed", 0))
        self.assertEqual(self.velero.resource_list("whole")["storage.k8s.io/v1/StorageClass"], ["local-path", "manual", "nfs-csi"])

    def test_many_backups_at_once_hold_what_one_alone_holds(self) -> None:
        specs = {"together-1": {"includedNamespaces": ["media"]}, "together-2": {"includedNamespaces": ["media", "minio"]},
                 "together-3": {"labelSelector": {"matchLabels": {"team": "a"}}}}
        self.assertEqual(Counter(s["phase"] for s in self.velero.backups(specs).values()), {"Completed": 3})
        for name, spec in specs.items():
            alone = name.replace("together", "alone")
            self.velero.backup(alone, spec)
            self.assertEqual(self.velero.resource_list(name), self.velero.resource_list(alone))

    def test_finds_a_backup_that_lies_in_its_location(self) -> None:
        self.velero.backup("found", {"includedNamespaces": ["sandbox"]})
        self.api.request("DELETE", "/apis/velero.io/v1/namespaces/velero/backups/found")
        synced = self.velero.wait_for_synced_backup("found")
        self.assertEqual(synced["status"]["phase"], "Completed")

    def test_tolerates_files_of_others_but_no_foreign_folder_at_the_top(self) -> None:
        self.velero.backup("tolerant", {"includedNamespaces": ["sandbox"]})
        self._write("backups/tolerant/tolerant-index.other")
        self._write("backups/unfinished/unfinished.tar.gz")
        self._write("metadata/other/file")
        self._write("file-at-the-top")
        self.api.request("DELETE", "/apis/velero.io/v1/namespaces/velero/backups/tolerant")
        self.velero.wait_for_synced_backup("tolerant")
        self.api.delete_namespace("sandbox")
        self.assertEqual(self.velero.restore("tolerant", {"backupName": "tolerant"})["phase"], "Completed")

        foreign = self._write("foreign/file")
        with self.assertRaisesRegex(StockVeleroError, r"invalid top-level directories: \[foreign\]"):
            self.velero.restart()
        foreign.unlink()
        self.velero.restart()

    def test_the_command_line_reads_a_backup_over_http(self) -> None:
        self.velero.backup("told", {"includedNamespaces": ["minio"]})
        self.assertIn("minio/quay", self.velero.cli("backup", "describe", "told", "--details").stdout)
        self.assertIn("Setting up backup temp file", self.velero.cli("backup", "logs", "told").stdout)
        copy = self.velero.directory / "told.tar.gz"
        self.velero.cli("backup", "download", "told", "--output", copy)
        self.assertEqual(copy.read_bytes(), (self.location / "backups/told/told.tar.gz").read_bytes())

    def _write(self, name: str) -> Path:
        path = self.location / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not Velero's")
        return path


if __name__ == "__main__":
    unittest.main()
