"""Encrypted locations: what lies there, who can read it, and what the stock programs say.

    salvor writes with a recipient  ->  stock age opens every file, stock Velero fails clearly and touches nothing
    keys are exchanged              ->  the new one opens all, the old one what it opened before

python3 -m unittest tests.peer.encrypted_location_test
"""

import gzip
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.program import Program
from tests.harness.stock_velero import StockVelero

_PLAIN = "velero-backup.json"
_SECRET = "sesame-open-9f3c"


class EncryptedLocation(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.cluster = cls.enterClassContext(ControlPlane())
        cls.api = Api(cls.cluster)
        cls.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": "team"}})
        for number in range(5):
            cls.api.request("POST", "/api/v1/namespaces/team/secrets",
                            {"metadata": {"name": f"s-{number}"}, "stringData": {"password": f"{_SECRET}-{number}"}})

    def setUp(self) -> None:
        self.home = self.directory / self._testMethodName
        self.home.mkdir()
        self.far = self.home / "far"
        self.program = Program(self.home)
        self.keys = {name: self._key(name) for name in ("old", "new")}
        self.program("location", "add", "far", self.far, "--encrypt", self.keys["old"], "--identity-file", self.home / "old")

    def _key(self, name: str) -> str:
        return self.program("key", "generate", "--output", self.home / name).stdout.strip()

    def _backup(self, name: str = "nightly", location: str = "far") -> Path:
        self.program("backup", "create", name, "--location", location, "--include-namespaces", "team", "--kubeconfig",
                     self.cluster.kubeconfig)
        return self.far / "backups" / name

    def _opened(self, file: Path, key: str = "old") -> bytes:
        return subprocess.run(["age", "--decrypt", "--identity", self.home / key, file], capture_output=True, check=True).stdout

    def _restores(self, backup: str, location: str, into: str) -> None:
        self.program("restore", "create", "--from-backup", backup, "--location", location, "--namespace-mappings",
                     f"team:{into}", "--kubeconfig", self.cluster.kubeconfig)
        found = {item["metadata"]["name"] for item in self.api.request("GET", f"/api/v1/namespaces/{into}/secrets")["items"]}
        self.assertLessEqual({f"s-{number}" for number in range(5)}, found)
        self.api.delete_namespace(into)

    # --- what lies there ----------------------------------------------------------------------------------------------

    def test_usage_counts_what_is_stored_and_needs_no_key(self) -> None:
        folder = self._backup()
        stored = sum(file.stat().st_size for file in folder.iterdir())
        (self.home / "old").rename(self.home / "away")
        usage = json.loads(self.program("location", "usage", "far", "-o", "json").stdout)
        self.assertEqual([(one["backup"], one["bytes"]) for one in usage["backups"]], [("nightly", stored)])

    def test_every_file_is_an_age_file_that_stock_age_opens(self) -> None:
        folder = self._backup()
        files = {file.name: file for file in folder.iterdir()}
        self.assertGreater(len(files), 6)
        for name, file in files.items():
            data = file.read_bytes()
            self.assertEqual(data.startswith(b"age-encryption.org/v1\n"), name != _PLAIN, name)
            self.assertNotIn(_SECRET.encode(), data)
        self.assertIn(b"s-3", gzip.decompress(self._opened(files["nightly-resource-list.json.gz"])))
        objects = subprocess.run(["tar", "-xzO"], input=self._opened(files["nightly.tar.gz"]), capture_output=True, check=True)
        self.assertIn("c2VzYW1lLW9wZW4tOWYzYy0z", objects.stdout.decode())
        self.program("backup", "verify", "nightly", "--location", "far")
        self._restores("nightly", "far", "opened")

    def test_what_stock_age_wrote_is_read(self) -> None:
        folder = self._backup()
        for file in folder.iterdir():
            if file.name == _PLAIN:
                continue
            plain = self._opened(file)
            file.unlink()
            subprocess.run(["age", "--recipient", self.keys["old"], "--output", file], input=plain, check=True)
        self.program("backup", "verify", "nightly", "--location", "far")

    # --- without the key ----------------------------------------------------------------------------------------------

    def test_a_machine_without_an_identity_makes_backups_and_reads_none(self) -> None:
        self.program("location", "add", "far", self.far, "--encrypt", self.keys["old"], "--replace")
        self._backup()
        self.assertEqual(self.program("backup", "get", "--location", "far", "-o", "name").stdout, "backup/nightly\n")
        said = self.program("backup", "verify", "nightly", "--location", "far", expect=1).stderr
        self.assertIn(self.keys["old"], said)
        self.program("key", "check", "far", expect=5)

    def test_the_bare_path_says_that_the_backup_is_encrypted(self) -> None:
        self._backup()
        for command in (["backup", "verify", "nightly"], ["backup", "logs", "nightly"], ["backup", "download", "nightly"],
                        ["object", "get", "secrets/team/s-1", "--from-backup", "nightly"]):
            said = self.program(*command, "--location", self.far, expect=1).stderr
            self.assertIn("is encrypted", said, command)
            self.assertIn("--identity-file", said, command)
        said = self.program("backup", "copy", "nightly", "--location", self.far, "--to", self.home / "x", expect=1).stderr
        self.assertIn("is encrypted", said)

    def test_an_identity_alone_is_enough_to_restore_and_to_write_for_itself(self) -> None:
        self._backup()
        self.program("location", "add", "far", self.far, "--identity-file", self.home / "old", "--replace")
        self._restores("nightly", "far", "alone")
        folder = self._backup("second")
        self.assertIn(b"s-3", gzip.decompress(self._opened(folder / "second-resource-list.json.gz")))

    # --- copies -------------------------------------------------------------------------------------------------------

    def test_copies_are_encrypted_and_decrypted_on_the_way(self) -> None:
        self._backup()
        near, again = self.home / "near", self.home / "again"
        self.program("location", "add", "near", near)
        self.program("location", "add", "again", again, "--encrypt", self.keys["new"], "--identity-file", self.home / "new")
        self.program("backup", "copy", "nightly", "--location", "far", "--to", "near")
        self.program("backup", "verify", "nightly", "--location", near)
        self.assertNotIn("salvor.dev/encrypted", (near / f"backups/nightly/{_PLAIN}").read_text())
        self.program("backup", "copy", "nightly", "--location", "near", "--to", "again")
        self.program("backup", "verify", "nightly", "--location", "again")
        for location in ("near", "again"):
            self.assertIn("already", self.program("backup", "copy", "nightly", "--location", "far", "--to", location).stdout)
        damaged = again / "backups/nightly/nightly.tar.gz"
        data = bytearray(damaged.read_bytes())
        data[len(data) // 2] ^= 4
        damaged.write_bytes(data)
        self.program("backup", "verify", "nightly", "--location", "again", expect=5)
        self.program("location", "repair", "again", "--from", "near")
        self.program("backup", "verify", "nightly", "--location", "again")

    # --- keys ---------------------------------------------------------------------------------------------------------

    def test_keys_are_exchanged_without_losing_a_backup(self) -> None:
        folder = self._backup("first")
        self.program("key", "check", "far")
        said = self.program("key", "rotate", "far", "--encrypt", self.keys["new"], expect=1).stderr
        self.assertIn("--identity-file", said)
        self.program("key", "check", "far")
        self.program("key", "rotate", "far", "--encrypt", self.keys["new"], "--identity-file", self.home / "new")
        (self.home / "old").unlink()
        self.program("backup", "verify", "first", "--location", "far")
        self.assertIn(b"s-3", gzip.decompress(self._opened(folder / "first-resource-list.json.gz", "new")))
        self._backup("second")
        found = self.program.json("key", "check", "far", "--all")["items"]
        self.assertEqual({one["backup"]: one["readers"] for one in found}, dict.fromkeys(("first", "second"), [self.keys["new"]]))
        self.assertIn("0 files have new readers", self.program("key", "rotate", "far").stdout)

    def test_a_key_that_does_not_open_is_found_out(self) -> None:
        self._backup()
        self.program("location", "add", "far", self.far, "--encrypt", self.keys["old"], "--identity-file", self.home / "new",
                     "--replace")
        done = self.program("key", "check", "far", expect=5)
        self.assertIn("does not open", done.stdout)

    def test_a_passphrase_does_too(self) -> None:
        (self.home / "passphrase").write_text("correct horse battery staple\n")
        self.program("location", "add", "far", self.far, "--passphrase", f"file:{self.home}/passphrase", "--replace")
        self._backup()
        self.program("backup", "verify", "nightly", "--location", "far")
        self.program("key", "check", "far")

    # --- stock Velero ---------------------------------------------------------------------------------------------------

    def test_stock_velero_fails_clearly_and_touches_nothing(self) -> None:
        self._backup()
        with StockVelero(self.cluster, self.far) as velero:
            velero.wait_for_synced_backup("nightly")
            self.assertIn("restore it with salvor", velero.cli("backup", "describe", "nightly").stdout)
            status = velero.restore("rubbish", {"backupName": "nightly", "namespaceMapping": {"team": "rubbish"}})
            self.assertEqual(status["phase"], "Failed", json.dumps(status))
            self.assertIn("gzip: invalid header", status["failureReason"])
        namespaces = {item["metadata"]["name"] for item in self.api.request("GET", "/api/v1/namespaces")["items"]}
        self.assertNotIn("rubbish", namespaces)


if __name__ == "__main__":
    unittest.main()
