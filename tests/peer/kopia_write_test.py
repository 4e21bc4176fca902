"""Repositories that salvor makes and writes to are stock kopia's too: opened, verified, restored, added to, maintained.

python3 -m unittest tests.peer.kopia_write_test
"""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.harness.awkward_tree import change_tree, facts, make_tree
from tests.harness.program import Program
from tests.harness.s3_server import REGION, S3Server
from tests.harness.stock_kopia import PASSWORD, StockKopia

_FORMATS: dict[str, tuple[list[str], str]] = {
    "default": ([], "zstd-fastest"),
    "blake3, chacha20, fixed": (["--hash=BLAKE3-256", "--encryption=CHACHA20-POLY1305-HMAC-SHA256", "--splitter=FIXED-1M"], "s2-default"),
    "hmac, rabin-karp": (["--hash=HMAC-SHA256-128", "--splitter=DYNAMIC-1M-RABINKARP"], "gzip"),
    "small chunks": (["--splitter=DYNAMIC-128K-BUZHASH"], "none"),
}


class WrittenRepositories(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = Program(self.directory)
        self.tree = self.directory / "tree"
        self.repository = self.directory / "repository"
        self.environment = {"SALVOR_PASSWORD": PASSWORD, "SALVOR_LOCATION": str(self.repository)}

    def salvor(self, *words: object, expect: int = 0) -> str:
        return self.program(*words, expect=expect, env=self.environment).stdout

    def create(self, *words: object) -> None:
        self.salvor("repo", "create", "--username=user", "--hostname=host", *words)

    def save(self, *words: object, expect: int = 0) -> str:
        """The id of the new snapshot."""
        said = self.salvor("snapshot", "create", self.tree, "--username=user", "--hostname=host", *words, expect=expect)
        return said.split()[1]

    def test_a_password_file_may_be_named_from_where_one_is(self) -> None:
        (self.directory / "password").write_text(PASSWORD)
        at = {"SALVOR_LOCATION": str(self.repository)}
        self.program("repo", "create", "--password-file", "password", env=at)
        for flag in ("--hash=NOTHING", "--encryption=NOTHING", "--splitter=NOTHING"):
            self.assertIn("NOTHING", self.program("repo", "create", flag, expect=1, env=at | {"SALVOR_LOCATION": str(self.directory / "new")}).stderr)
            self.assertFalse((self.directory / "new").exists())
        self.assertIn("BLAKE2B-256-128", self.program("repo", "status", "--password-file", "./password", env=at).stdout)

    def connected(self) -> StockKopia:
        kopia = StockKopia(self.directory / "kopia")
        kopia("repository", "connect", "filesystem", "--path", self.repository, "--override-username=user", "--override-hostname=host")
        return kopia

    def restored_by_stock(self, kopia: StockKopia, name: str) -> dict[str, tuple[object, ...]]:
        target = self.directory / "by stock"
        shutil.rmtree(target, ignore_errors=True)
        kopia("snapshot", "restore", name, target)
        return self.without_directory_times(facts(target))

    @staticmethod
    def without_directory_times(found: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
        """Stock gives a directory the time of the newest entry in it, and a link its time in microseconds."""
        return {path: fact if isinstance(fact[5], tuple) else fact[:4] + fact[5:] for path, fact in found.items()}

    def verify(self, kopia: StockKopia) -> None:
        kopia("content", "verify", "--full")
        kopia("snapshot", "verify", "--verify-files-percent=100")
        kopia("index", "inspect", "--all")

    def test_stock_verifies_restores_adds_to_and_maintains_what_salvor_wrote(self) -> None:
        for kind, (flags, compression) in _FORMATS.items():
            with self.subTest(kind=kind):
                for old in (self.tree, self.repository, self.directory / "kopia"):
                    shutil.rmtree(old, ignore_errors=True)
                make_tree(self.tree, seed=1)
                self.create(*flags)
                before, first = facts(self.tree), self.save(f"--compression={compression}")
                change_tree(self.tree)
                after, second = facts(self.tree), self.save(f"--compression={compression}")
                kopia = self.connected()
                self.verify(kopia)
                self.assertEqual(self.restored_by_stock(kopia, first), self.without_directory_times(before))
                self.assertEqual(self.restored_by_stock(kopia, second), self.without_directory_times(after))
                stock = kopia.snapshot(self.tree)
                manifest = kopia("manifest", "show", stock["id"])
                stats = json.loads(manifest[manifest.index("{"):])["stats"]
                self.assertEqual(stats["nonCachedFiles"], 0, "stock finds everything in salvor's snapshot")
                listed = json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"]
                self.assertEqual([one["id"] for one in listed], [first, second, stock["id"]])
                self.assertEqual(listed[1]["root"], listed[2]["root"], "the same tree is the same object")
                kopia("snapshot", "delete", first, "--delete")
                kopia("maintenance", "run", "--full", "--safety=none")
                self.verify(kopia)
                third = self.save()
                self.verify(kopia)
                self.assertEqual(self.restored_by_stock(kopia, third), self.without_directory_times(after))

    def test_a_tree_that_stock_saved_is_the_same_object_when_salvor_saves_it(self) -> None:
        make_tree(self.tree, seed=2)
        kopia = StockKopia(self.directory / "kopia")
        kopia.create("filesystem", "--path", self.repository)
        stock = kopia.snapshot(self.tree)
        other = self.directory / "other"
        subprocess.run(["cp", "-a", self.tree, other], check=True)
        self.tree = other  # so that no entry is taken from stock's snapshot unread
        self.save()
        roots = [one["root"] for one in json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"]]
        self.assertEqual(roots, [stock["rootEntry"]["obj"]] * 2)
        self.verify(kopia)

    def test_files_that_stock_saves_in_sections_are_the_same_objects(self) -> None:
        self.tree.mkdir()
        chance = random.Random(8)
        mebibyte = 1 << 20
        for size in (mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte, 3 * mebibyte + 12345, 7 * mebibyte):
            (self.tree / f"of {size}").write_bytes(chance.randbytes(size))
        with (self.tree / "zeros").open("wb") as file:
            file.truncate(5 * mebibyte)
        (self.tree / "alone").write_bytes(chance.randbytes(6 * mebibyte + 7))
        kopia = StockKopia(self.directory / "kopia")
        kopia.create("filesystem", "--path", self.repository, "--object-splitter=DYNAMIC-128K-BUZHASH")
        kopia.policy("--parallel-upload-above-size-mib=1")
        other = self.directory / "other"
        subprocess.run(["cp", "-a", self.tree, other], check=True)
        for below in ("", "alone"):
            stock = kopia.snapshot(self.tree / below)
            ours = self.salvor("snapshot", "create", other / below).split()[1]
            roots = {one["id"]: one["root"] for one in json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"]}
            self.assertEqual(roots[ours], stock["rootEntry"]["obj"], below)
        self.verify(kopia)

    def test_packs_let_stock_recover_a_lost_index(self) -> None:
        make_tree(self.tree, seed=3)
        self.create()
        snapshot = self.save()
        for index in self.repository.glob("x/n0_/*.f"):
            index.unlink()
        kopia = self.connected()
        kopia("index", "recover", "--commit", "--dangerous-commands=enabled")
        self.assertEqual(self.restored_by_stock(kopia, snapshot), self.without_directory_times(facts(self.tree)))

    def test_what_cannot_be_saved_is_named_and_the_rest_is_saved(self) -> None:
        make_tree(self.tree, seed=4)
        whole = facts(self.tree)
        os.mkfifo(self.tree / "fifo")
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(str(self.tree / "socket"))
            self.create()
            done = self.program("snapshot", "create", self.tree, env=self.environment)
        self.assertIn("fifo: it is a FIFO", done.stderr)
        self.assertIn("socket: it is a socket", done.stderr)
        self.salvor("snapshot", "restore", done.stdout.split()[1], self.directory / "restored")
        found = facts(self.directory / "restored")
        self.assertEqual({path: fact for path, fact in found.items() if path != "."}, {path: fact for path, fact in whole.items() if path != "."})

    def test_a_repository_in_a_bucket_is_made_and_written(self) -> None:
        make_tree(self.tree, seed=5)
        with S3Server("minio") as server:
            server.make_bucket("kopia")
            self.environment |= server.environment() | {"SALVOR_LOCATION": server.location("kopia", "team/kopia")}
            self.create()
            snapshot = self.save()
            kopia = StockKopia(self.directory / "kopia")
            kopia("repository", "connect", "s3", "--bucket=kopia", f"--endpoint=127.0.0.1:{server.port}", "--disable-tls", f"--region={REGION}",
                  f"--access-key={server.access_key}", f"--secret-access-key={server.secret_key}", "--prefix=team/kopia/")
            self.verify(kopia)
            self.assertEqual(self.restored_by_stock(kopia, snapshot), self.without_directory_times(facts(self.tree)))

    def test_a_second_repository_in_one_place_is_refused(self) -> None:
        self.create()
        said = self.program("repo", "create", env=self.environment, expect=1).stderr
        self.assertIn("there is a Kopia repository", said)


if __name__ == "__main__":
    unittest.main()
