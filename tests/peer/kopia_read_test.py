"""Repositories that stock kopia made are read: listed, looked into, restored equal to what was saved, damage named.

python3 -m unittest tests.peer.kopia_read_test
"""

import contextlib
import json
import shutil
import tempfile
import unittest
from pathlib import Path

from tests.harness.awkward_tree import change_tree, facts, make_tree
from tests.harness.program import Program
from tests.harness.s3_server import REGION, S3Server
from tests.harness.stock_kopia import PASSWORD, StockKopia

# Each with other choices of everything that a repository can be made with, and the compression of its policy.
_KINDS: dict[str, tuple[list[str], list[str]]] = {
    "default": ([], []),
    "format 1": (["--format-version=1", "--block-hash=HMAC-SHA256"], []),
    "format 2": (["--format-version=2", "--block-hash=BLAKE2S-128"], ["--compression=gzip"]),
    "blake3, chacha20, fixed, zstd": (["--block-hash=BLAKE3-256", "--encryption=CHACHA20-POLY1305-HMAC-SHA256",
                                       "--object-splitter=FIXED-1M"], ["--compression=zstd"]),
    "sha3, rabin-karp, s2": (["--block-hash=HMAC-SHA3-224", "--object-splitter=DYNAMIC-1M-RABINKARP"], ["--compression=s2-default"]),
    "error correction, pgzip": (["--ecc=REED-SOLOMON-CRC32", "--ecc-overhead-percent=2"], ["--compression=pgzip"]),
    "lz4, small chunks": (["--object-splitter=DYNAMIC-128K-BUZHASH"], ["--compression=lz4"]),
}


class KopiaRepositories(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = Program(self.directory)
        self.tree = self.directory / "tree"
        self.repository = self.directory / "repository"
        self.environment = {"SALVOR_PASSWORD": PASSWORD, "SALVOR_LOCATION": str(self.repository)}

    def salvor(self, *words: object, expect: int = 0) -> str:
        return self.program(*words, expect=expect, env=self.environment).stdout

    def complaint(self, *words: object, expect: int) -> str:
        return self.program(*words, expect=expect, env=self.environment).stderr

    def restored(self, name: str, expect: int = 0) -> dict[str, tuple[object, ...]]:
        target = self.directory / "restored"
        shutil.rmtree(target, ignore_errors=True)
        self.salvor("snapshot", "restore", name, target, expect=expect)
        return facts(target)

    def stock(self, *flags: str) -> StockKopia:
        kopia = StockKopia(self.directory / "kopia")
        kopia.create("filesystem", "--path", self.repository, *flags)
        return kopia

    def test_whatever_a_repository_is_made_with_its_snapshots_come_back_equal(self) -> None:
        for kind, (flags, policy) in _KINDS.items():
            with self.subTest(kind=kind):
                for old in (self.tree, self.repository, self.directory / "kopia"):
                    shutil.rmtree(old, ignore_errors=True)
                make_tree(self.tree, seed=1)
                kopia = self.stock(*flags)
                if policy:
                    kopia.policy(*policy)
                before, first = facts(self.tree), kopia.snapshot(self.tree)
                change_tree(self.tree)
                after, second = facts(self.tree), kopia.snapshot(self.tree)
                listed = json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"]
                self.assertEqual([(one["id"], one["root"]) for one in listed],
                                 [(one["id"], one["rootEntry"]["obj"]) for one in (first, second)])
                self.assertEqual(self.restored(first["id"]), before)
                self.assertEqual(self.restored(second["id"]), after)
                kopia("snapshot", "delete", first["id"], "--delete")
                kopia("maintenance", "run", "--full", "--safety=none")
                listed = json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"]
                self.assertEqual([one["id"] for one in listed], [second["id"]])
                self.assertEqual(self.restored(second["id"][:10]), after)

    def test_a_part_of_a_snapshot_is_listed_printed_and_restored(self) -> None:
        make_tree(self.tree, seed=2)
        kopia = self.stock()
        snapshot = kopia.snapshot(self.tree)
        names = [line.split()[-1] for line in self.salvor("snapshot", "ls", f"{snapshot['id']}/a/b").splitlines()[1:]]
        self.assertEqual(names, ["c/", "hundred"])
        paths = {one["path"] for one in json.loads(self.salvor("snapshot", "ls", "-r", snapshot["id"], "-o", "json"))["items"]}
        self.assertEqual(paths, set(facts(self.tree)) - {"."})
        self.assertEqual(self.salvor("snapshot", "cat", f"{snapshot['rootEntry']['obj']}/каталог/файл ☃ <&>"), "unicode\n")
        self.assertEqual(self.restored(f"{snapshot['id']}/a"), facts(self.tree / "a"))
        self.salvor("snapshot", "restore", f"{snapshot['id']}/large", self.directory / "one file")
        self.assertEqual((self.directory / "one file").read_bytes(), (self.tree / "large").read_bytes())
        self.assertIn("nowhere", self.complaint("snapshot", "cat", f"{snapshot['id']}/a/nowhere", expect=4))
        self.assertIn("there is no snapshot", self.complaint("snapshot", "ls", "0123456789abcdef", expect=4))

    def test_what_is_there_already_is_refused_kept_or_replaced(self) -> None:
        make_tree(self.tree, seed=3)
        snapshot = self.stock().snapshot(self.tree)
        target = self.directory / "target"
        (target / "a").mkdir(parents=True)
        (target / "a/one").write_text("mine")
        self.assertIn("a/one is there already", self.complaint("snapshot", "restore", snapshot["id"], target, expect=3))
        self.assertEqual((target / "a/one").read_text(), "mine")
        self.salvor("snapshot", "restore", snapshot["id"], target, "--existing=skip")
        self.assertEqual((target / "a/one").read_text(), "mine")
        self.salvor("snapshot", "restore", snapshot["id"], target, "--existing=overwrite")
        self.assertEqual(facts(target), facts(self.tree))
        (target / "a/one").write_text("mine")
        (target / "text").unlink()
        (target / "dangling").unlink()
        said = self.program("snapshot", "restore", snapshot["id"], target, "--existing=resume", env=self.environment).stderr
        self.assertIn("2 files, ", said)
        self.assertIn(", 1 link restored", said)
        self.assertEqual(facts(target), facts(self.tree))

    def test_a_wrong_password_is_called_that_and_no_repository_is_none(self) -> None:
        self.stock()
        self.environment["SALVOR_PASSWORD"] = "wrong"
        self.assertIn("password", self.complaint("snapshot", "list", expect=1))
        (self.directory / "empty").mkdir()
        self.environment["SALVOR_LOCATION"] = str(self.directory / "empty")
        self.assertIn("no Kopia repository", self.complaint("snapshot", "list", expect=4))

    def test_a_damaged_pack_costs_only_the_files_that_need_it(self) -> None:
        make_tree(self.tree, seed=4)
        kopia = self.stock()
        snapshot = kopia.snapshot(self.tree)
        whole = facts(self.tree)
        victim = kopia("ls", "-o", f"{snapshot['rootEntry']['obj']}/many").splitlines()[7].split()
        content = next(one for one in kopia.json("content", "list", "-l") if one["contentID"] == victim[0])
        pack = next(self.repository.rglob(f"*{content['packFile'][4:]}.f"))
        damaged = bytearray(pack.read_bytes())
        damaged[content["packOffset"] + 5] ^= 1
        pack.chmod(0o600)
        pack.write_bytes(damaged)
        target = self.directory / "restored"
        said = self.complaint("snapshot", "restore", snapshot["id"], target, expect=3)
        self.assertIn(f"many/{victim[1]}", said)
        self.assertIn(content["packFile"], said)
        found = facts(target)
        self.assertEqual({path: fact for path, fact in whole.items() if found.get(path) != fact}.keys(), {f"many/{victim[1]}"})
        pack.unlink()
        self.assertIn("the pack is missing", self.complaint("snapshot", "restore", snapshot["id"], self.directory / "again", expect=3))

    def flip(self, path: Path, at: int | None = None) -> bytes:
        """Damages a blob; what it held."""
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[len(damaged) // 2 if at is None else at] ^= 1
        path.chmod(0o600)
        path.write_bytes(damaged)
        return whole

    def test_a_damaged_index_costs_only_what_it_alone_names(self) -> None:
        make_tree(self.tree, seed=5)
        kopia = self.stock()
        first = kopia.snapshot(self.tree / "a")
        before = set(self.repository.glob("x/n0_/*.f"))
        second = kopia.snapshot(self.tree)
        index = max(set(self.repository.glob("x/n0_/*.f")) - before, key=lambda path: path.stat().st_size)
        self.flip(index)
        said = self.complaint("snapshot", "list", expect=3)
        self.assertIn("INDEX xn0_", said)
        self.assertIn("salvor repo repair", said)
        self.assertEqual(self.restored(first["id"], expect=3), facts(self.tree / "a"))
        found = json.loads(self.salvor("repo", "verify", "-o", "json", expect=5))
        self.assertTrue(any("index xn0_" in one["error"] for one in found["problems"]))
        shutil.rmtree(self.directory / "kopia/cache")
        self.assertNotEqual(kopia.run("snapshot", "list").returncode, 0)  # stock shows nothing
        for words in (["create", self.tree], ["delete", first["id"], "--confirm"], ["expire", "--confirm"]):
            self.assertIn("blob xn0_", self.complaint("snapshot", *words, expect=5))
        self.assertIn("blob xn0_", self.complaint("repo", "maintain", "--full", expect=5))
        index.unlink()
        self.salvor("repo", "repair", "--all-packs", "--confirm")
        self.assertEqual(self.restored(second["id"]), facts(self.tree))
        self.salvor("repo", "verify")

    def test_a_damaged_manifest_hides_no_other_snapshot(self) -> None:
        make_tree(self.tree, seed=7)
        kopia = self.stock()
        snapshots = [kopia.snapshot(self.tree / name) for name in ("a", "many")]
        # That of a snapshot is behind its directories in a pack.
        content = next(one for one in kopia.json("content", "list", "-l") if one["contentID"].startswith("m") and one["packOffset"] > 100)
        self.flip(next(self.repository.rglob(f"*{content['packFile'][4:]}.f")), content["packOffset"] + content["length"] // 2)
        self.assertIn(content["contentID"], self.complaint("snapshot", "list", expect=3))
        listed = json.loads(self.salvor("snapshot", "list", "-o", "json", expect=3))["items"]
        self.assertEqual(len(listed), 1)
        rest = next(one for one in snapshots if one["id"] == listed[0]["id"])
        lost = next(one for one in snapshots if one["id"] != listed[0]["id"])
        self.assertEqual(self.restored(rest["id"]), facts(Path(rest["source"]["path"])))
        self.assertIn("among those that can be read", self.complaint("snapshot", "ls", lost["id"], expect=5))
        self.assertIn(content["contentID"], self.salvor("repo", "verify", expect=5))

    def test_a_repository_in_a_bucket_is_read_with_its_prefix(self) -> None:
        make_tree(self.tree, seed=6)
        with S3Server("minio") as server, contextlib.closing(server.client()):
            server.make_bucket("kopia")
            kopia = StockKopia(self.directory / "kopia")
            kopia.create("s3", "--bucket=kopia", f"--endpoint=127.0.0.1:{server.port}", "--disable-tls", f"--region={REGION}",
                         f"--access-key={server.access_key}", f"--secret-access-key={server.secret_key}", "--prefix=team/kopia/")
            snapshot = kopia.snapshot(self.tree)
            self.environment |= server.environment() | {"SALVOR_LOCATION": server.location("kopia", "team/kopia")}
            self.assertEqual(self.restored(snapshot["id"]), facts(self.tree))
            status = json.loads(self.salvor("repo", "status", "-o", "json"))
            self.assertEqual(status["hash"], "BLAKE2B-256-128")


if __name__ == "__main__":
    unittest.main()
