"""Snapshots are mounted: as they were saved, as stock kopia shows them, and what is damaged costs only itself.

python3 -m unittest tests.peer.kopia_mount_test
"""

import errno
import os
import random
import subprocess
from pathlib import Path

from tests.harness.awkward_tree import facts, make_tree
from tests.harness.both_kopias import BothKopias
from tests.harness.fuse import mounted, why_no_fuse


class Mounts(BothKopias):
    def setUp(self) -> None:
        super().setUp()
        if reason := why_no_fuse():
            self.skipTest(f"NOTHING IS MOUNTED IN THIS TEST: {reason}")
        make_tree(self.tree, seed=21)
        self.create("--splitter=FIXED-1M")
        self.first = self.save("--compression=zstd-fastest")
        self.mountpoint = self.directory / "mounted"

    def command(self, *words: object) -> list[str]:
        return self.program.command("snapshot", "mount", *words, self.mountpoint)

    def test_snapshots_are_shown_as_they_were_saved(self) -> None:
        env = self.program.environment(self.environment)
        before = facts(self.tree)
        self.salvor("snapshot", "create", self.tree / "a", "--username=user", "--hostname=host")
        with mounted(self.command(self.first), self.mountpoint, env) as salvor:
            self.assertEqual(facts(self.mountpoint), before)
            self.check_reads()
            with self.assertRaises(OSError) as refused:
                (self.mountpoint / "new").write_text("x")
            self.assertEqual(refused.exception.errno, errno.EROFS)
        self.assertEqual(salvor.returncode, 0)
        with mounted(self.command(), self.mountpoint, env) as salvor:
            ours = self.below_sources(self.mountpoint)
            kopia, theirs = self.connected(), self.directory / "stock"
            with mounted([kopia.binary, "mount", "all", theirs], theirs, kopia.environment):
                self.assertEqual(ours, self.below_sources(theirs))
                self.assertEqual(len(ours), 2)
                whole = next(path for path in ours if "_tree/" in path)
                shown, stock = facts(self.mountpoint / whole), facts(theirs / whole)
                self.assertEqual(shown | {".": before["."]}, before)
                # Stock shows times in seconds, for a directory that of what is newest below it, and 0644 for no permissions.
                del shown["mode/0"]
                self.assertEqual({path: (stock[path][:2], fact[:2]) for path, fact in shown.items()
                                  if (*stock[path][:2], stock[path][5]) != (*fact[:2], fact[5])}, {})
            subprocess.run(["fusermount3", "-u", self.mountpoint], check=True)
            self.assertEqual(salvor.wait(60), 0)

    def below_sources(self, root: Path) -> set[str]:
        return {str(path.relative_to(root)) for path in root.glob("*/*/*")}

    def check_reads(self) -> None:
        rng = random.Random(3)
        whole = (self.mountpoint / "twice").read_bytes()
        with open(self.mountpoint / "twice", "rb", buffering=0) as file:
            for _ in range(50):
                at, size = rng.randrange(len(whole)), rng.randrange(300_000)
                self.assertEqual(os.pread(file.fileno(), size, at), whole[at:at + size])

    def test_what_is_damaged_cannot_be_read_and_the_rest_can(self) -> None:
        victim = self.objects(self.first)["many/007"]
        content = next(one for one in self.connected().json("content", "list", "-l") if one["contentID"] == victim)
        pack = self.blobs(content["packFile"])[content["packFile"]]
        damaged = bytearray(pack.read_bytes())
        damaged[content["packOffset"] + 5] ^= 1
        pack.chmod(0o600)
        pack.write_bytes(damaged)
        with mounted(self.command(f"{self.first}/many"), self.mountpoint, self.program.environment(self.environment)) as salvor:
            for path in self.mountpoint.iterdir():
                if path.name == "007":
                    with self.assertRaises(OSError) as failed:
                        path.read_bytes()
                    self.assertEqual(failed.exception.errno, errno.EIO)
                else:
                    self.assertEqual(path.read_bytes(), (self.tree / "many" / path.name).read_bytes())
        said = self.mountpoint.with_suffix(".log").read_text()
        self.assertEqual(salvor.returncode, 3)
        self.assertEqual(len([line for line in said.splitlines() if "007" in line]), 1)
        self.assertIn(content["packFile"], said)
        self.assertIn("is not a directory", self.complaint("snapshot", "mount", f"{self.first}/large", self.mountpoint, expect=1))
        self.assertIn("cannot mount at", self.complaint("snapshot", "mount", self.directory / "nowhere", expect=1))
