"""salvor finds what is damaged in a repository and names what needs it; stock kopia finds the same files bad.

python3 -m unittest tests.peer.kopia_verify_test
"""

import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from tests.harness.awkward_tree import change_tree, make_tree
from tests.harness.both_kopias import BothKopias
from tests.harness.stock_kopia import PASSWORD, StockKopia

# What stock says of a path: after the source and the time of the snapshot, before the reason.
_STOCK_ERROR = re.compile(r"error processing user@host:\S+@\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+/?(.*?): (?:verify object|error verifying|object "
                          r"\S+ is backed|error reading)", re.DOTALL)


class DamagedRepositories(BothKopias):
    def setUp(self) -> None:
        super().setUp()
        make_tree(self.tree, seed=1)
        self.create()
        before = set(self.blobs("xn"))
        self.first = self.save()
        self.indexes = {name: path for name, path in self.blobs("xn").items() if name not in before}
        self.first_packs = set(self.blobs("p"))
        change_tree(self.tree)
        (self.tree / "many/unlike").write_bytes(bytes(range(256)) * 40_000)
        self.second = self.save()
        self.all_objects = {self.first: self.objects(self.first), self.second: self.objects(self.second)}

    def place(self, content: str) -> tuple[Path, int]:
        """The pack of a content, and where it begins there."""
        listed = self.connected("index").json("content", "list", "-l")
        found = next(one for one in listed if one["contentID"] == content)
        return self.blobs(found["packFile"])[found["packFile"]], found["packOffset"]

    @staticmethod
    def rewrite(path: Path, data: bytes) -> None:
        path.chmod(0o600)
        path.write_bytes(data)

    def flip(self, content: str) -> None:
        path, offset = self.place(content)
        data = bytearray(path.read_bytes())
        data[offset + 20] ^= 8
        self.rewrite(path, bytes(data))

    def found(self, *words: object) -> dict[str, set[str]]:
        """The paths that salvor names, by snapshot."""
        problems = self.answer("snapshot", "verify", *words, expect=5)["problems"]
        paths: dict[str, set[str]] = {self.first: set(), self.second: set()}
        for one in problems:
            self.assertNotIn(one["path"], paths[one["snapshot"]], "each path is told once")
            paths[one["snapshot"]].add(one["path"])
        return paths

    def check_as_stock(self, *words: object, snapshots: tuple[str, ...] = ()) -> dict[str, set[str]]:
        """Asserts that salvor names every path of what stock finds to be bad, and nothing else."""
        paths = self.found(*words, *snapshots)
        done = self.connected("verifying").run("snapshot", "verify", "--verify-files-percent=100", "--max-errors=-1", *snapshots)
        self.assertNotEqual(done.returncode, 0)
        named = set(_STOCK_ERROR.findall(done.stderr))
        self.assertTrue(named, done.stderr[-2000:])
        # Stock looks at each object once, under one of its paths in one of the snapshots.
        bad = {objects[path] for objects in self.all_objects.values() for path in named if path in objects} & self.bad_objects(paths)
        for name in named:
            self.assertTrue(any(objects.get(name) in bad for objects in self.all_objects.values()), f"stock alone says that {name} is bad")
        self.assertEqual(bad, self.bad_objects(paths), "salvor alone says that these are bad")
        for snapshot in snapshots or (self.first, self.second):
            objects = self.all_objects[snapshot]
            if "" not in paths[snapshot]:
                below = tuple(f"{path}/" for path in paths[snapshot])
                expected = {path for path, one in objects.items() if one in bad and not path.startswith(below)}
                self.assertEqual(paths[snapshot], expected, snapshot)
        return paths

    def bad_objects(self, paths: dict[str, set[str]]) -> set[str]:
        return {self.all_objects[snapshot][path] for snapshot, bad in paths.items() for path in bad}

    def test_what_is_whole_has_no_problems(self) -> None:
        for command in ("snapshot", "repo"):
            for words in ((), ("--full",), ("--share", "30", "--run", "2")):
                self.assertEqual(self.answer(command, "verify", *words)["problems"], [])
        full = self.answer("snapshot", "verify", "--full")
        self.assertEqual((full["readContents"], full["readBytes"]), (full["contents"], full["packedBytes"]))

    def test_a_flipped_bit_is_found_by_reading(self) -> None:
        self.flip(self.all_objects[self.first]["many/007"])
        self.assertEqual(self.answer("snapshot", "verify")["problems"], [], "nothing was read")
        paths = self.check_as_stock("--full")
        self.assertEqual(paths, {self.first: {"many/007"}, self.second: {"many/007"}})
        slices = [self.problems_of_slice(run) for run in range(4)]
        self.assertEqual(sorted(map(len, slices)), [0, 0, 0, 2], "one of the slices finds both paths")

    def problems_of_slice(self, run: int) -> list[dict[str, str]]:
        command = self.program.command("snapshot", "verify", "--share", 25, "--run", run, "-o", "json")
        done = subprocess.run(command, env=self.program.environment(self.environment), capture_output=True, text=True, check=False, timeout=300)
        problems: list[dict[str, str]] = json.loads(done.stdout)["problems"]
        self.assertEqual(done.returncode, 5 if problems else 0)
        return problems

    def test_a_damaged_directory_is_named(self) -> None:
        self.flip(self.all_objects[self.first]["a"])
        paths = self.check_as_stock()
        self.assertEqual(paths, {self.first: {"a"}, self.second: {"a"}})

    def test_a_cut_pack_costs_what_lies_behind_the_cut(self) -> None:
        for name in self.first_packs:
            path = self.blobs("p")[name]
            self.rewrite(path, path.read_bytes()[:path.stat().st_size // 2])
        self.check_as_stock()
        self.check_as_stock("--full")

    def test_a_missing_pack_costs_what_it_held(self) -> None:
        self.blobs("p")[min(self.first_packs)].unlink()
        self.check_as_stock()

    def test_packs_that_were_swapped_hold_nothing_of_theirs(self) -> None:
        mine, other = self.blobs("p")[min(self.first_packs)], self.blobs("p")[min(set(self.blobs("p")) - self.first_packs)]
        one, two = mine.read_bytes(), other.read_bytes()
        self.rewrite(mine, two)
        self.rewrite(other, one)
        self.check_as_stock("--full")

    def test_a_missing_index_costs_what_only_it_named_and_is_made_again(self) -> None:
        lost = max(self.indexes.values(), key=lambda path: path.stat().st_size)
        lost.unlink()
        self.assertEqual(self.found()[self.first], {""})
        paths = self.check_as_stock(snapshots=(self.second,))  # the other one's root ends stock's whole run
        self.assertIn("many/007", paths[self.second])
        self.assertNotIn("many/new", paths[self.second])
        self.assertGreater(self.answer("repo", "repair")["lostContents"], 300)
        self.answer("snapshot", "verify", expect=5)
        self.assertTrue(self.answer("repo", "repair", "--confirm")["written"])
        self.assertEqual(self.answer("snapshot", "verify", "--full")["problems"], [])
        kopia = self.connected("repaired")
        kopia("snapshot", "verify", "--verify-files-percent=100")
        kopia("content", "verify", "--full")
        self.assertEqual(self.answer("repo", "repair")["lostContents"], 0)

    def test_repositories_of_stock_are_verified(self) -> None:
        for kind, flags in {"default": [], "format 1": ["--format-version=1"], "error correction": ["--ecc=REED-SOLOMON-CRC32", "--ecc-overhead-percent=2"],
                            "small chunks": ["--object-splitter=DYNAMIC-128K-BUZHASH", "--block-hash=HMAC-SHA3-256"]}.items():
            with self.subTest(kind=kind):
                shutil.rmtree(self.repository)
                shutil.rmtree(self.directory / "stock", ignore_errors=True)
                kopia = StockKopia(self.directory / "stock")
                kopia.create("filesystem", "--path", self.repository, *flags)
                kopia.policy("--compression=zstd")
                kopia.snapshot(self.tree)
                whole = self.answer("repo", "verify", "--full")
                self.assertEqual((whole["problems"], whole["readContents"]), ([], whole["contents"]))


class Passwords(BothKopias):
    def write(self, name: str, password: str) -> Path:
        path = self.directory / name
        path.write_text(password)
        return path

    def test_stock_opens_with_the_new_password_and_not_with_the_old(self) -> None:
        make_tree(self.tree, seed=2)
        self.create()
        self.save()
        self.salvor("repo", "passwd", "--new-password-file", self.write("new", "battery staple\n"))
        self.assertIn("password", self.complaint("snapshot", "list", expect=1))
        self.connected("new home", "battery staple")("snapshot", "verify", "--verify-files-percent=100")
        with self.assertRaisesRegex(Exception, "password|decrypt"):
            self.connected("old home", PASSWORD)
        self.environment["SALVOR_PASSWORD"] = "battery staple"
        self.assertEqual(self.answer("repo", "verify", "--full")["problems"], [])

    def test_a_password_that_stock_changed_opens(self) -> None:
        make_tree(self.tree, seed=3)
        self.create()
        self.save()
        self.connected()("repository", "change-password", "--new-password", "by stock")
        self.assertIn("password", self.complaint("snapshot", "list", expect=1))
        self.environment["SALVOR_PASSWORD"] = "by stock"
        self.assertEqual(len(self.answer("snapshot", "list")["items"]), 1)

    def test_the_same_words_say_how_far_a_connection_comes_and_how_the_repository_is(self) -> None:
        make_tree(self.tree, seed=4)
        self.create()
        self.save()
        checked = self.answer("repo", "connect-check")
        self.assertEqual((checked["password"], checked["canWrite"], checked["formatVersion"]), ("right", True, 3))
        self.environment["SALVOR_PASSWORD"] = "wrong"
        self.assertIn("password", self.complaint("repo", "connect-check", expect=1))
        self.environment["SALVOR_PASSWORD"] = PASSWORD
        health = self.answer("repo", "health")
        self.assertEqual((health["snapshots"], health["lostContents"], health["unneeded"]["contents"]), (1, 0, 0))
        self.assertIn("user@host", health["maintainer"])


if __name__ == "__main__":
    unittest.main()
