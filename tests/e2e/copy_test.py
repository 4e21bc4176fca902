"""Copies of a real backup: made, listed as such, restored from, synchronised, counted and repaired.

python3 -m unittest tests.e2e.copy_test
"""

import os
import random
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.program import Program
from tests.harness.salvor import Salvor

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))


def setUpModule() -> None:
    print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
    Copies.directory = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    Copies.cluster = unittest.enterModuleContext(ControlPlane())
    Copies.good = Copies.directory / "good"
    salvor = Salvor(Copies.cluster.kubeconfig, Copies.good)
    _fill(Copies.cluster)
    for name in ("monday", "tuesday"):
        salvor("backup", "create", name, "--include-namespaces", "team")


class Copies(unittest.TestCase):
    directory: Path
    cluster: ControlPlane
    good: Path  # a location that tests copy from and do not write to

    def setUp(self) -> None:
        self.random = random.Random(f"{SEED} {self._testMethodName}")
        self.home = self.directory / self._testMethodName
        self.home.mkdir()
        self.program = Program(self.home)
        self.near, self.far = self.home / "near", self.home / "far"
        shutil.copytree(self.good, self.near)
        self.program("location", "add", "nas", self.near)
        self.program("location", "add", "offsite", self.far)

    def names(self, location: str = "offsite") -> list[str]:
        return self.program("backup", "get", "--location", location, "-o", "name").stdout.split()

    def assert_copies(self, *names: str) -> None:
        for name in names:
            self.assertEqual(_files(self.near / "backups" / name), _files(self.far / "backups" / name))
            self.program("backup", "verify", name, "--location", "offsite")

    # --- copying -----------------------------------------------------------------------------------------------------

    def test_a_copy_is_whole_listed_as_a_copy_and_can_be_restored(self) -> None:
        before = _all(self.near)
        said = self.program("backup", "copy", "monday", "--location", "nas", "--to", "offsite").stdout
        self.assertIn("read back and verified", said)
        self.assertEqual(before, _all(self.near))
        self.assertEqual(self.names(), ["backup/monday"])
        self.assert_copies("monday")
        self.assertIn("COPIED FROM", self.program("backup", "get", "--location", "offsite").stdout)
        self.assertNotIn("COPIED FROM", self.program("backup", "get", "--location", "nas").stdout)
        annotations = self.program.json("backup", "get", "monday", "--location", "offsite")["metadata"]["annotations"]
        self.assertEqual(annotations["salvor.dev/copied-from"], str(self.near))
        self.program("backup", "copy", "tuesday", "--location", "near/../near/", "--to", "far", cwd=self.home)
        annotations = self.program.json("backup", "get", "tuesday", "--location", "offsite")["metadata"]["annotations"]
        self.assertEqual(annotations["salvor.dev/copied-from"], str(self.near))
        self.assertIn("Copied:", self.program("backup", "describe", "monday", "--location", "offsite").stdout)
        salvor = Salvor(self.cluster.kubeconfig, self.far)
        salvor("restore", "create", "--from-backup", "monday", "--namespace-mappings", "team:copied")
        found = self.cluster.request("GET", "/api/v1/namespaces/copied/configmaps")["items"]
        self.assertLessEqual({f"c-{number}" for number in range(20)}, {item["metadata"]["name"] for item in found})
        Api(self.cluster).delete_namespace("copied")

    def test_a_second_run_sends_nothing(self) -> None:
        self.program("backup", "copy", "monday", "--location", "nas", "--to", "offsite")
        before = _all(self.far)
        self.assertIn("already", self.program("backup", "copy", "monday", "--location", "nas", "--to", "offsite").stdout)
        done = self.program.json("backup", "copy", "monday", "--location", "nas", "--to", "offsite", "--reread")
        self.assertEqual((done["result"], done["filesSent"]), ("present", 0))
        self.assertEqual(before, _all(self.far))

    def test_an_interrupted_copy_goes_on(self) -> None:
        self.program("backup", "copy", "monday", "--location", "nas", "--to", "offsite")
        folder = self.far / "backups/monday"
        for file in ("velero-backup.json", "monday-salvor-copy", "monday-results.gz"):
            (folder / file).unlink()
        self.assertEqual(self.names(), [])
        done = self.program.json("backup", "copy", "monday", "--location", "nas", "--to", "offsite")
        self.assertEqual(done["filesSent"], 2)
        self.assertEqual(done["filesKept"], len(_files(folder)) - 2)
        self.assert_copies("monday")

    def test_a_damaged_backup_is_not_copied(self) -> None:
        _flip(self.near / "backups/monday/monday.tar.gz", self.random)
        said = self.program("backup", "copy", "monday", "--location", "nas", "--to", "offsite", expect=5).stderr
        self.assertIn("monday", said)
        self.assertEqual(self.names(), [])

    def test_mistakes_are_answered(self) -> None:
        self.program("backup", "copy", "sunday", "--location", "nas", "--to", "offsite", expect=4)
        self.assertIn("same place", self.program("backup", "copy", "monday", "--location", "nas", "--to", f"{self.near}/.", expect=1).stderr)
        self.assertIn("--to", self.program("backup", "copy", "monday", "--location", "nas", expect=2).stderr)
        self.assertIn("offsite?", self.program("location", "sync", "nas", "offsit", expect=4).stderr)

    def test_another_backup_of_the_name_is_not_replaced(self) -> None:
        shutil.copytree(self.near / "backups/tuesday", self.far / "backups/monday")
        before = _all(self.far)
        self.assertIn("another backup", self.program("backup", "copy", "monday", "--location", "nas", "--to", "offsite", expect=1).stderr)
        self.assertEqual(before, _all(self.far))

    # --- synchronising -----------------------------------------------------------------------------------------------

    def test_sync_copies_what_lacks_and_deletes_only_what_it_may(self) -> None:
        self.program("location", "sync", "nas", "offsite", "--dry-run", expect=1)  # there is no directory yet
        self.program("location", "sync", "nas", "offsite", "--backups", "mon*")
        self.assertEqual(self.names(), ["backup/monday"])
        plan = {one["backup"]: one["result"] for one in self.program.json("location", "sync", "nas", "offsite", "--dry-run")["items"]}
        self.assertEqual(plan, {"monday": "compared", "tuesday": "copied"})
        self.program("location", "sync", "nas", "offsite")
        self.assert_copies("monday", "tuesday")
        shutil.rmtree(self.near / "backups/tuesday")
        said = self.program("location", "sync", "nas", "offsite", "--delete").stdout
        self.assertIn("newest one that verifies", said)
        self.assertEqual(self.names(), ["backup/monday", "backup/tuesday"])
        shutil.copytree(self.good / "backups/tuesday", self.near / "backups/tuesday")
        shutil.rmtree(self.near / "backups/monday")
        self.assertIn("removed", self.program("location", "sync", "nas", "offsite", "--delete").stdout)
        self.assertEqual(self.names(), ["backup/tuesday"])
        shutil.rmtree(self.near / "backups/tuesday")
        self.program("location", "sync", "nas", "offsite", "--delete")
        self.assertEqual(self.names(), ["backup/tuesday"], "an emptied disk empties nothing")

    def test_sync_goes_on_after_a_failure_and_says_so(self) -> None:
        _flip(self.near / "backups/monday/monday.tar.gz", self.random)
        done = self.program("location", "sync", "nas", "offsite", expect=3)
        self.assertRegex(done.stdout, r"monday +failed")
        self.assertEqual(self.names(), ["backup/tuesday"])

    # --- repairing ---------------------------------------------------------------------------------------------------

    def test_every_file_is_healed_from_the_other_location(self) -> None:
        self.program("location", "sync", "nas", "offsite")
        whole = _all(self.near)
        for file in sorted(path for path in whole if path.startswith("backups/monday")):
            for damage in (_flip, _cut, lambda path, _: path.unlink()):
                if file.endswith("velero-backup.json") and damage is not _flip and damage is not _cut:
                    continue
                with self.subTest(file=file):
                    damage(self.near / file, self.random)
                    self.program("location", "repair", "nas", "--from", "offsite", "--dry-run", expect=5)
                    said = self.program("location", "repair", "nas", "--from", "offsite")
                    self.assertIn("healed", said.stdout)
                    self.assertEqual(whole, _all(self.near))
        self.assertIn("nothing to heal", self.program("location", "repair", "nas", "--from", "offsite").stderr)

    def test_what_cannot_be_healed_is_named(self) -> None:
        self.program("backup", "copy", "monday", "--location", "nas", "--to", "offsite")
        _flip(self.near / "backups/tuesday/tuesday.tar.gz", self.random)
        [found] = self.program.json("location", "repair", "nas", "--from", "offsite", expect=5)["items"]
        self.assertEqual((found["backup"], found["file"], found["result"]), ("tuesday", "tuesday.tar.gz", "damaged"))

    # --- counting ----------------------------------------------------------------------------------------------------

    def test_usage_counts_what_lies_there(self) -> None:
        usage = self.program.json("location", "usage", "nas")
        sizes = {path: len(data) for path, data in _all(self.near).items()}
        self.assertEqual(usage["total"]["bytes"], sum(sizes.values()))
        self.assertEqual(usage["total"]["objects"], len(sizes))
        monday = next(one for one in usage["backups"] if one["backup"] == "monday")
        self.assertEqual(monday["bytes"], sum(size for path, size in sizes.items() if path.startswith("backups/monday/")))
        self.assertEqual(usage["total"]["cost"]["month"], "0.000000")
        table = self.program("location", "usage", "nas", "--price-class", "s3-standard-ia").stdout
        self.assertRegex(table, r"PIPELINE +OBJECTS")
        self.assertIn("would still cost", table)

    def test_usage_takes_an_own_table(self) -> None:
        prices = self.home / "prices.yaml"
        prices.write_text(self.program("location", "usage", "--show-prices").stdout)
        built_in = self.program.json("location", "usage", "nas", "--price-class", "b2")
        self.assertEqual(built_in, self.program.json("location", "usage", "nas", "--price-class", "b2", "--prices", prices)
                         | {"prices": built_in["prices"]})
        prices.write_text("currency: EUR\nclasses:\n  mine: {unit: GB, storage: 1000}\n")
        mine = self.program.json("location", "usage", "nas", "--price-class", "mine", "--prices", prices)
        self.assertEqual(mine["total"]["cost"]["month"], f"{mine['total']['bytes'] / 1e6:.6f}")
        self.assertIn("mine", self.program("location", "usage", "nas", "--price-class", "x", "--prices", prices, expect=1).stderr)
        prices.write_text("currency: EUR\nclasses:\n  mine: {stoarge: 1}\n")
        self.assertIn('"storage"', self.program("location", "usage", "nas", "--prices", prices, expect=1).stderr)


def _flip(path: Path, source: random.Random) -> None:
    data = bytearray(path.read_bytes())
    at = source.randrange(len(data))
    data[at] ^= 1 << source.randrange(8)
    path.write_bytes(data)


def _cut(path: Path, source: random.Random) -> None:
    path.write_bytes(path.read_bytes()[:source.randrange(path.stat().st_size)])


def _all(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def _files(folder: Path) -> dict[str, bytes]:
    """What belongs to the backup, without the record that it is a copy."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-salvor-copy")}


def _fill(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "namespace", "team")
    api = Api(cluster)
    configmaps = next(r for r in api.resources() if str(r) == "v1/configmaps")
    for number in range(20):
        api.request("POST", configmaps.path("team"), {"metadata": {"name": f"c-{number}"}, "data": {"n": str(number) * 300}})


if __name__ == "__main__":
    unittest.main()
