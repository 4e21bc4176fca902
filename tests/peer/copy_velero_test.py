"""Stock Velero 1.18.3 over a location that holds copies: it finds, restores and deletes them like backups that were made there,
and salvor copies what stock has made.

python3 -m unittest tests.peer.copy_velero_test
"""

import tempfile
import unittest
from pathlib import Path

from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.program import Program
from tests.harness.salvor import Salvor
from tests.harness.stock_velero import StockVelero


class StockOverCopies(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.near, self.far = self.directory / "near", self.directory / "far"
        self.cluster = self.enterContext(ControlPlane())
        self.program = Program(self.directory)
        self.cluster.kubectl("create", "namespace", "team")
        for name in ("one", "two"):
            self.cluster.kubectl("create", "configmap", name, "--namespace=team", "--from-literal=a=b")

    def test_stock_finds_restores_and_deletes_a_copy(self) -> None:
        Salvor(self.cluster.kubeconfig, self.near)("backup", "create", "b", "--include-namespaces", "team")
        self.program("backup", "copy", "b", "--location", self.near, "--to", self.far)
        Api(self.cluster).delete_namespace("team")
        with StockVelero(self.cluster, self.far) as velero:
            self.assertEqual(velero.wait_for_synced_backup("b")["status"]["phase"], "Completed")
            self.assertIn("Completed", velero.cli("backup", "describe", "b", "--details").stdout)
            self.assertEqual(velero.restore("r", {"backupName": "b"})["phase"], "Completed")
            found = self.cluster.request("GET", "/api/v1/namespaces/team/configmaps")["items"]
            self.assertLessEqual({"one", "two"}, {item["metadata"]["name"] for item in found})
            velero.cli("backup", "delete", "b", "--confirm")
            velero.await_gone("b")
        self.assertFalse((self.far / "backups/b").exists(), "the record of the copy was left")
        self.assertTrue((self.near / "backups/b/velero-backup.json").exists())

    def test_a_backup_of_stock_is_copied_and_found_again(self) -> None:
        with StockVelero(self.cluster, self.near) as velero:
            self.assertEqual(velero.backup("theirs", {"includedNamespaces": ["team"]})["phase"], "Completed")
        self.program("location", "sync", self.near, self.far)
        self.program("backup", "verify", "theirs", "--location", self.far)
        original = {path.name: path.read_bytes() for path in (self.near / "backups/theirs").iterdir()}
        copied = {path.name: path.read_bytes() for path in (self.far / "backups/theirs").iterdir()}
        del copied["theirs-salvor-copy"]
        self.assertEqual(original, copied)
        damaged = self.far / "backups/theirs/theirs.tar.gz"
        damaged.write_bytes(damaged.read_bytes()[:-5])
        self.assertIn("healed", self.program("location", "repair", self.far, "--from", self.near).stdout)
        self.assertEqual(damaged.read_bytes(), original["theirs.tar.gz"])


if __name__ == "__main__":
    unittest.main()
