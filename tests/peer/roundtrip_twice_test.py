"""Backup, delete everything, restore, backup again: two archives of two clusters, and what may tell them apart.

Nothing of the first cluster survives: the second one is a fresh control plane that knows only its own defaults. The archives
must hold the same objects; the fields in which they may differ are those of tests/harness/restored.py, each with its reason,
and the few that only show when the whole cluster is new, named here.
"""

import tempfile
import unittest
from pathlib import Path

from tests.harness import demo_cluster
from tests.harness.api import Api, Object
from tests.harness.control_plane import ControlPlane
from tests.harness.demo_cluster import Key
from tests.harness.restored import CHANGED_BY_A_RESTORE, after_restore_of
from tests.harness.salvor import Salvor, objects_of

EVERYTHING = ("--include-cluster-resources",)
OF_ANOTHER_CLUSTER = (
    # Every API server writes its own.
    "events:", "leases:",
)


class RoundTripTwice(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        directory = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.cluster = cls.enterClassContext(ControlPlane())
        cls.salvor = Salvor(cls.cluster.kubeconfig, Path(directory) / "location")
        demo_cluster.load(cls.cluster)
        cls.names = {f"{r.plural}.{r.group}".rstrip("."): str(r) for r in Api(cls.cluster).resources() if r.preferred}
        cls.salvor("backup", "create", "first", *EVERYTHING)
        cls.cluster.reset()
        cls.own = demo_cluster.snapshot(cls.cluster).keys()
        cls.salvor("restore", "create", "all", "--from-backup", "first")
        cls.salvor("backup", "create", "second", *EVERYTHING)

    def test_the_second_backup_equals_the_first(self) -> None:
        first, second = self._objects("first"), self._objects("second")
        self.assertGreater(len(first), 500)
        lost = first.keys() - self.own
        self.assertGreater(len(lost), 400)
        found = demo_cluster.differences(after_restore_of(lost, first), second, [*CHANGED_BY_A_RESTORE, *OF_ANOTHER_CLUSTER])
        self.assertEqual([], [str(difference) for difference in found])

    def _objects(self, backup: str) -> dict[Key, Object]:
        archive = self.salvor.archive(backup)
        return {Key(self.names[kind], namespace, name): item for (kind, namespace, name), item in objects_of(archive).items()}

    def test_both_backups_read_back_whole(self) -> None:
        for backup in ("first", "second"):
            self.assertIn("all whole", self.salvor("backup", "verify", backup).stdout)

    def test_the_plan_for_the_restored_cluster_writes_nothing(self) -> None:
        # Services get new addresses; the API server removes the IPAddresses of the old ones when it comes across them.
        done = self.salvor("restore", "create", "again", "--from-backup", "first", "--exclude-resources", "ipaddresses")
        self.assertRegex(done.stdout, r"\b0 created, 0 updated\b")


if __name__ == "__main__":
    unittest.main()
