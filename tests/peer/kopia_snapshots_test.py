"""Snapshots of a Kopia repository are deleted, compared and searched, and stock kopia agrees about each.

python3 -m unittest tests.peer.kopia_snapshots_test
"""

import json
import os
import re
import shutil
import unittest
from pathlib import Path

from tests.harness.awkward_tree import facts, make_tree
from tests.harness.both_kopias import BothKopias
from tests.harness.stock_kopia import StockKopia

_ADDED = re.compile(r"^added (file|directory) \./(.*?)(?: \(\d+ bytes\))?$", re.MULTILINE)
_REMOVED = re.compile(r"^removed (file|directory) \./(.*?)(?: \(\d+ bytes\))?$", re.MULTILINE)
_RETYPED = re.compile(r"^changed \./(.*) from (?:directory to non-directory|non-directory to a directory)$", re.MULTILINE)
_CONTENT = re.compile(r"^changed \./(.*) at .* \(size \d+ -> \d+\)$", re.MULTILINE)
_MODES = re.compile(r"^\./(.*) modes differ: ", re.MULTILINE)
_OWNERS = re.compile(r"^\./(.*) owner (?:users|groups) differ: ", re.MULTILINE)


def change_every_way(root: Path) -> None:
    """Every difference that an entry can have, alone and with others, in files, directories and links."""
    (root / "many/000").unlink()
    (root / "many/new").write_bytes(b"new\n")
    (root / "new directory/below").mkdir(parents=True)
    (root / "new directory/below/file").write_bytes(b"in it\n")
    shutil.rmtree(root / "a/b/c")
    (root / "a/one").chmod(0o600)                                      # the mode alone
    (root / "many/001").chmod(0o755)
    os.utime(root / "many/002", ns=(0, 1_700_000_000_000_000_001))     # the time alone
    (root / "many/003").write_bytes((root / "many/003").read_bytes()[::-1] + b"!")
    (root / "many/004").unlink()
    (root / "many/004").mkdir()                                        # a file that became a directory
    (root / "many/004/x").write_bytes(b"x")
    (root / "empty").rmdir()
    (root / "empty").write_bytes(b"a file now")                        # and the other way round
    (root / "dangling").unlink()
    (root / "dangling").symlink_to("/somewhere/else")
    (root / "a/link").unlink()
    (root / "a/link").write_bytes(b"a file in the place of a link")
    (root / "mode").chmod(0o700)
    with open(root / "large", "r+b") as large:
        large.seek(4_000_000)
        large.write(b"changed in the middle")
    if os.geteuid() == 0:
        os.chown(root / "many/005", 1234, 0)
        os.chown(root / "many/006", 0, 4321)
        os.chown(root / "каталог", 1, 1)


class ManySnapshots(BothKopias):
    def saved_twice(self) -> tuple[str, str]:
        make_tree(self.tree, seed=1)
        self.create()
        first = self.save()
        change_every_way(self.tree)
        return first, self.save()

    def test_the_differences_are_those_that_stock_finds(self) -> None:
        first, second = self.saved_twice()
        kopia = self.connected()
        said = kopia("diff", first, second)
        changes = self.answer("snapshot", "diff", first, second)["items"]
        ours = {kind: {one["path"] for one in changes if one["change"] == kind} for kind in ("added", "removed")}
        self.assertEqual(ours["added"], {path for _, path in _ADDED.findall(said)})
        self.assertEqual(ours["removed"], {path for _, path in _REMOVED.findall(said)})
        what = {kind: {one["path"] for one in changes if kind in one["what"]} for kind in ("type", "mode", "owner", "time", "content")}
        types = {one["path"]: {one[side]["type"] for side in ("before", "after")} for one in changes if "type" in one["what"]}
        self.assertEqual({path for path, both in types.items() if "directory" in both}, set(_RETYPED.findall(said)))
        # Stock calls no link changed, and says of entries with the same content only in its sums that their mode is another.
        self.assertEqual({one["path"] for one in changes if "content" in one["what"]
                          and one["before"]["type"] == one["after"]["type"] == "file"}, set(_CONTENT.findall(said)))
        leaves = {one["path"] for one in changes if one["change"] == "changed" and "content" not in one["what"] and "type" not in one["what"]
                  and one["before"]["type"] != "directory"}
        directories = {one["path"] for one in changes if one["change"] == "changed" and one["before"]["type"] == one["after"]["type"] == "directory"}
        self.assertEqual(what["mode"] - leaves - self.same(changes), set(_MODES.findall(said)))
        self.assertEqual(what["owner"] - leaves - self.same(changes), set(_OWNERS.findall(said)))
        sums = json.loads(said[said.rindex('{"fileEntries"'):])["fileEntries"]
        self.assertEqual(len(what["mode"] & leaves), sums["sameContentButDifferentMode"])
        self.assertEqual(len(what["time"] & leaves), sums["sameContentButDifferentModificationTime"])
        self.assertEqual(len(leaves), sums["sameContentButDifferentMetadata"])
        self.assertIn("mode", directories)
        self.assertEqual(self.salvor("snapshot", "diff", second, second), "")

    @staticmethod
    def same(changes: list[dict[str, object]]) -> set[str]:
        """Of directories that hold the same: stock tells nothing of them."""
        pairs = ((one["path"], one["before"], one["after"]) for one in changes if one["change"] == "changed")
        return {str(path) for path, before, after in pairs
                if isinstance(before, dict) and isinstance(after, dict) and before["type"] == "directory" and before["object"] == after["object"]}

    def test_the_differences_are_those_of_the_trees(self) -> None:
        make_tree(self.tree, seed=2)
        self.create()
        before, first = facts(self.tree), self.save()
        change_every_way(self.tree)
        after, second = facts(self.tree), self.save()
        changes = {one["path"] or ".": set(one["what"]) for one in self.answer("snapshot", "diff", first, second)["items"]}
        # What became something else is one change; what was in a directory that became a file is not told again.
        gone = {path for path in before.keys() - after.keys() if not path.startswith("empty/")}
        new = {path for path in after.keys() - before.keys() if not path.startswith("many/004/")}
        self.assertEqual(changes.keys() - before.keys(), new)
        self.assertEqual(changes.keys() - after.keys(), gone)
        for path in before.keys() & after.keys():
            old, now = before[path], after[path]
            kinds = {"type"} if old[0] != now[0] else set()
            kinds |= {"mode"} if old[1] != now[1] and not kinds else set()
            kinds |= {"owner"} if old[2:4] != now[2:4] else set()
            kinds |= {"time"} if old[4] != now[4] else set()
            told = changes.get(path, set())
            self.assertEqual(told - {"size", "content"} - ({"mode"} if "type" in told else set()), kinds, path)
            if isinstance(old[5], tuple) and isinstance(now[5], tuple):
                self.assertEqual("content" in told, old[5] != now[5], path)

    def test_parts_of_snapshots_are_compared(self) -> None:
        first, second = self.saved_twice()
        paths = {one["path"] for one in self.answer("snapshot", "diff", f"{first}/many", f"{second}/many")["items"]}
        self.assertEqual(paths & {"000", "new", "004", "001"}, {"000", "new", "004", "001"})
        one = self.answer("snapshot", "diff", f"{first}/large", f"{second}/large")["items"]
        self.assertEqual([(each["path"], each["what"]) for each in one], [("", ["time", "content"])])
        self.assertIn("nowhere", self.complaint("snapshot", "diff", f"{first}/nowhere", second, expect=4))

    def test_a_name_is_found_in_every_snapshot_that_has_it(self) -> None:
        first, second = self.saved_twice()
        trees = {first: set(self.objects(first)), second: set(self.objects(second))}
        for pattern, test in {"many": r"many", "0*": r"0[^/]*", "*.*": r"[^/]*\.[^/]*", "?": r"[^/]", "файл*": r"файл[^/]*", "below": r"below",
                              "[lt]*": r"[lt][^/]*"}.items():
            found = {(one["snapshot"], one["path"]) for one in self.answer("snapshot", "find", pattern)["items"]}
            expected = {(snapshot, path) for snapshot, paths in trees.items() for path in paths
                        if path and re.fullmatch(test, path.rsplit("/", 1)[-1], re.DOTALL)}
            expected |= {(snapshot, "") for snapshot in trees if re.fullmatch(test, "tree")}
            self.assertEqual(found, expected, pattern)

    def test_what_is_deleted_is_gone_for_stock_which_maintains_after_it(self) -> None:
        first, second = self.saved_twice()
        kopia = self.connected()
        self.assertEqual({one["id"] for one in kopia.snapshots()}, {first, second})
        self.assertIn("nobody is there to be asked", self.complaint("snapshot", "delete", first, expect=1))
        self.assertIn("there is no snapshot", self.complaint("snapshot", "delete", first, "0123456789ab", "--confirm", expect=4))
        self.assertEqual(len(kopia.snapshots()), 2, "nothing was deleted so far")
        self.salvor("snapshot", "delete", first[:10], "--confirm")
        fresh = self.connected("fresh")
        self.assertEqual({one["id"] for one in fresh.snapshots()}, {second})
        self.assertEqual([one["id"] for one in self.answer("snapshot", "list")["items"]], [second])
        # Not the bytes of packs: which contents share one is the threads' luck, and stock leaves a large one that is partly needed.
        def contents() -> set[str]:
            return {one["contentID"] for one in json.loads(fresh("content", "list", "--json")) if one["contentID"][0] != "m"}
        before = contents()
        unneeded = self.answer("repo", "health")["unneeded"]["contents"]
        self.assertGreater(unneeded, 0)
        for _ in range(3):
            fresh("maintenance", "run", "--full", "--safety=none")
        self.assertEqual(len(before - contents()), unneeded)
        fresh("snapshot", "verify", "--verify-files-percent=100")
        self.assertEqual(self.answer("repo", "verify", "--full")["problems"], [])
        self.assertEqual(self.answer("repo", "health")["unneeded"]["contents"], 0)

    def test_pinned_snapshots_are_deleted_by_force_only(self) -> None:
        make_tree(self.tree, seed=3)
        kopia = StockKopia(self.directory / "kopia")
        kopia.create("filesystem", "--path", self.repository)
        snapshot = kopia.snapshot(self.tree)["id"]
        kopia("snapshot", "pin", snapshot, "--add=keep")
        snapshot = kopia.snapshots()[0]["id"]  # which pinning made another one
        self.assertIn("is pinned (keep)", self.complaint("snapshot", "delete", snapshot, "--confirm", expect=1))
        self.salvor("snapshot", "delete", snapshot, "--confirm", "--force")
        self.assertEqual(self.connected("fresh").snapshots(), [])

    def test_an_estimate_is_what_a_snapshot_then_holds(self) -> None:
        make_tree(self.tree, seed=4)
        os.mkfifo(self.tree / "pipe")
        estimated = json.loads(self.program("snapshot", "estimate", self.tree, "-o", "json").stdout)
        (self.tree / "pipe").unlink()
        self.create()
        self.save()
        saved = self.answer("snapshot", "list")["items"][0]
        self.assertEqual((estimated["files"], estimated["bytes"], estimated["leftOut"]), (saved["files"], saved["bytes"], 1))


if __name__ == "__main__":
    unittest.main()
