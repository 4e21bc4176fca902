"""Snapshots as archives: GNU tar, unzip and Python read them, and they hold what stock kopia's own archives hold, and more.

python3 -m unittest tests.peer.kopia_archive_test
"""

import hashlib
import os
import shutil
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path

from tests.harness.awkward_tree import facts, make_tree
from tests.harness.both_kopias import BothKopias

Facts = dict[str, tuple[object, ...]]


def below(root: Path) -> Facts:
    return {path: fact for path, fact in facts(root).items() if path != "."}


def in_whole_seconds(all_facts: Facts) -> Facts:
    return {path: (*fact[:4], int(str(fact[4])) // 10**9, fact[5]) for path, fact in all_facts.items()}


def members(archive: Path) -> dict[str, tuple[object, ...]]:
    """What a tar says of its entries, as far as stock's says it: it leaves set-user-id and the like out, and a directory has the
    time of what is newest below it."""
    found = {}
    with tarfile.open(archive) as opened:
        for one in opened:
            content = opened.extractfile(one) if one.isfile() else None
            found[one.name] = (one.type, None if one.issym() else one.mode & 0o777, one.uid, one.gid, None if one.isdir() else int(one.mtime), one.linkname,
                               hashlib.sha256(content.read()).hexdigest() if content else one.size)
    return found


class Archives(BothKopias):
    def setUp(self) -> None:
        super().setUp()
        make_tree(self.tree, seed=11)
        os.chown(self.tree / "text", 3_000_000, 4_000_000)
        deep = self.tree / "a" / ("long" * 50) / ("name" * 50)
        deep.mkdir(parents=True)
        (deep / "file").write_bytes(b"deep\n")
        os.utime(deep / "file", ns=(0, -1_500_000_000))
        self.create()
        self.snapshot = self.save("--compression=zstd-fastest")

    def restore(self, name: str, *words: object, expect: int = 0) -> Path:
        self.salvor("snapshot", "restore", self.snapshot, self.directory / name, *words, expect=expect)
        return self.directory / name

    def unpacked(self, *command: object, stdin: int | None = None) -> Facts:
        target = self.directory / "unpacked"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        subprocess.run([*map(str, command)], cwd=target, check=True, stdin=stdin, timeout=60)
        return below(target)

    def test_archives_hold_the_tree_that_was_saved(self) -> None:
        whole = below(self.tree)
        with self.subTest("a tar"):
            plain = self.restore("whole.tar")
            self.assertEqual(self.unpacked("tar", "--warning=no-timestamp", "-xpf", plain), whole)
            self.assertEqual(stat.S_IMODE(plain.stat().st_mode), 0o600)
        with self.subTest("a tar that is packed"):
            self.assertEqual(self.unpacked("tar", "--warning=no-timestamp", "-xpzf", self.restore("whole.tar.gz")), whole)
        with self.subTest("a tar through a pipe"):
            command = [self.program.binary, "snapshot", "restore", self.snapshot, "-"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | self.environment) as salvor:
                assert salvor.stdout is not None
                self.assertEqual(self.unpacked("tar", "--warning=no-timestamp", "-xp", stdin=salvor.stdout.fileno()), whole)
            self.assertEqual(salvor.returncode, 0)
        with self.subTest("a tar says what stock's says"):
            kopia = self.connected()
            kopia("restore", self.snapshot, self.directory / "stock.tar")
            ours, theirs = members(plain), members(self.directory / "stock.tar")
            self.assertEqual({path: (fact, theirs.get(path)) for path, fact in ours.items() if theirs.get(path) != fact}, {})
        with self.subTest("a zip"):
            self.check_zip(self.restore("whole.zip"), whole)
        with self.subTest("a zip holds the files of stock's"):
            kopia("restore", self.snapshot, self.directory / "stock.zip")
            with zipfile.ZipFile(self.directory / "stock.zip") as theirs, zipfile.ZipFile(self.directory / "whole.zip") as ours:
                for one in theirs.infolist():
                    mine = ours.getinfo(one.filename)
                    self.assertEqual((mine.CRC, mine.file_size, mine.external_attr >> 16 & 0o777),
                                     (one.CRC, one.file_size, one.external_attr >> 16 & 0o777), one.filename)

    def check_zip(self, archive: Path, whole: Facts) -> None:
        with zipfile.ZipFile(archive) as opened:
            self.assertIsNone(opened.testzip())
            for one in opened.infolist():
                kind, mode, _, _, _, _ = whole[one.filename.removesuffix("/")]
                self.assertEqual(stat.S_IFMT(one.external_attr >> 16), kind, one.filename)
                if kind != stat.S_IFLNK:
                    self.assertEqual(stat.S_IMODE(one.external_attr >> 16), mode, one.filename)
            self.assertEqual({one.filename.removesuffix("/") for one in opened.infolist()}, set(whole))
        # What unzip does not bring back: times of links and of before 1970, and it replaces control characters.
        self.assertEqual(len(in_zip := self.unpacked("unzip", "-qq", "-X", "-K", archive)), len(whole))
        expected = in_whole_seconds({path: fact for path, fact in whole.items()
                                     if fact[0] != stat.S_IFLNK and int(str(fact[4])) > 0 and "\n" not in path})
        unzipped = in_whole_seconds(in_zip)
        self.assertEqual({path: (fact, unzipped.get(path)) for path, fact in expected.items() if fact != unzipped.get(path)}, {})
        self.assertEqual(sorted(str(fact[5]) for fact in unzipped.values()), sorted(str(fact[5]) for fact in whole.values()))

    def test_a_part_of_a_snapshot_and_what_stands_in_the_way(self) -> None:
        part = self.directory / "part"
        self.salvor("snapshot", "restore", f"{self.snapshot}/a/b", part, "--format=tar")
        self.assertEqual(self.unpacked("tar", "--warning=no-timestamp", "-xpf", part), below(self.tree / "a/b"))
        self.assertIn("is there already", self.complaint("snapshot", "restore", self.snapshot, part, "--format=tgz", expect=1))
        self.salvor("snapshot", "restore", f"{self.snapshot}/a/one", part, "--format=zip", "--existing=overwrite")
        with zipfile.ZipFile(part) as opened:
            self.assertEqual([(one.filename, opened.read(one)) for one in opened.infolist()], [("one", b"x")])
        self.salvor("snapshot", "restore", f"{self.snapshot}/text", part, "--format=tar", "--existing=overwrite", "--map-uid=*=7,3000000=8",
                    "--map-gid=1=2")
        self.assertEqual([(one[2], one[3]) for one in members(part).values()], [(8, 4_000_000)])
        self.salvor("snapshot", "restore", f"{self.snapshot}/a", self.directory / "mapped", "--map-uid=*=7", "--map-gid=0=9")
        self.assertEqual({(fact[2], fact[3]) for path, fact in facts(self.directory / "mapped").items()}, {(7, 9)})
        self.assertIn("no number", self.complaint("snapshot", "restore", self.snapshot, part, "--map-uid=root=1", expect=2))
        self.assertIn("--existing skip", self.complaint("snapshot", "restore", self.snapshot, "x.tar", "--existing=skip", expect=2))
        with open("/dev/full", "wb") as full:
            said = subprocess.run(self.program.command("snapshot", "restore", self.snapshot, "-"), stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=os.environ | self.environment, check=False)
        self.assertEqual(said.returncode, 1)
        self.assertIn("write standard output: No space left on device", said.stderr)
