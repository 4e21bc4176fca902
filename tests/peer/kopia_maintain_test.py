"""What salvor's maintenance leaves of a repository is whole for stock kopia, whoever wrote it, and stock goes on from there.

python3 -m unittest tests.peer.kopia_maintain_test
"""

import json
import os
import shutil
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

from tests.harness.awkward_tree import change_tree, facts, make_tree
from tests.harness.program import Program
from tests.harness.stock_kopia import PASSWORD, KopiaError, StockKopia

_HOUR = 3600


class MaintainedRepositories(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = Program(self.directory)
        self.tree = self.directory / "tree"
        self.repository = self.directory / "repository"
        self.environment = {"SALVOR_PASSWORD": PASSWORD, "SALVOR_LOCATION": str(self.repository), "TMPDIR": str(self.directory)}
        self.kopia = StockKopia(self.directory / "kopia")

    def salvor(self, *words: object, expect: int = 0) -> str:
        return self.program(*words, expect=expect, env=self.environment).stdout

    def maintain(self, *words: object) -> Any:
        return json.loads(self.salvor("repo", "maintain", "--username=user", "--hostname=host", "-o", "json", *words))

    def save(self, writer: str, *words: object) -> str:
        """The id of a new snapshot of the tree."""
        if writer == "stock":
            return str(self.kopia.snapshot(self.tree)["id"])
        return self.salvor("snapshot", "create", self.tree, "--username=user", "--hostname=host", *words).split()[1]

    def create(self, writer: str, *words: object) -> None:
        if writer == "stock":
            self.kopia.create("filesystem", "--path", self.repository, *words)
            return
        self.salvor("repo", "create", "--username=user", "--hostname=host", *words)
        self.kopia("repository", "connect", "filesystem", "--path", self.repository, "--override-username=user", "--override-hostname=host")
        self.kopia("maintenance", "set", "--enable-full=false", "--enable-quick=false")

    def verify(self) -> None:
        self.kopia("cache", "clear")
        self.kopia("snapshot", "verify", "--verify-files-percent=100")
        self.kopia("content", "verify", "--full")
        self.kopia("index", "inspect", "--all")
        self.kopia("index", "epoch", "list")

    def restored(self, snapshot: str) -> dict[str, tuple[object, ...]]:
        target = self.directory / "restored"
        shutil.rmtree(target, ignore_errors=True)
        self.salvor("snapshot", "restore", snapshot, target)
        return self.below(target)

    @staticmethod
    def below(tree: Path) -> dict[str, tuple[object, ...]]:
        return {path: fact for path, fact in facts(tree).items() if path != "."}

    def stored_bytes(self, prefix: str = "") -> int:
        return sum(path.stat().st_size for path in self.repository.rglob("*.f") if self.blob(path).startswith(prefix))

    def blob(self, path: Path) -> str:
        return "".join(path.relative_to(self.repository).parts).removesuffix(".f")

    def blobs(self, prefix: str) -> list[Path]:
        return sorted(path for path in self.repository.rglob("*.f") if self.blob(path).startswith(prefix))

    def runs(self) -> dict[str, list[Any]]:
        return dict(self.kopia.json("maintenance", "info")["schedule"]["runs"])

    def test_what_a_deleted_snapshot_held_is_freed_and_the_rest_is_whole(self) -> None:
        for writer in ("stock", "salvor"):
            with self.subTest(writer=writer):
                for old in (self.tree, self.repository, self.directory / "kopia"):
                    shutil.rmtree(old, ignore_errors=True)
                self.kopia = StockKopia(self.directory / "kopia")
                make_tree(self.tree, seed=1)
                (self.tree / "waste").write_bytes(os.urandom(8 << 20))
                self.create(writer)
                first = self.save(writer)
                (self.tree / "waste").unlink()
                change_tree(self.tree)
                kept, second = self.below(self.tree), self.save(writer)
                self.kopia("snapshot", "delete", first, "--delete")
                before = self.stored_bytes()
                self.assertEqual(self.maintain("--full")["freed"]["bytes"], 0, "it is too young")
                self.verify()
                for _ in range(3):  # what was written in the second of the run goes with the next
                    self.maintain("--full", "--safety=none")
                    self.verify()
                self.assertLess(self.stored_bytes(), before - (8 << 20) + (1 << 20))
                self.assertEqual(self.restored(second), kept)
                runs = self.runs()
                for task in ("snapshot-gc", "full-drop-deleted-content", "full-delete-blobs", "advance-epoch", "cleanup-logs"):
                    self.assertTrue(all(run["success"] for run in runs[task]), task)
                self.assertIn("unreferenced contents", self.kopia("maintenance", "info"))
                self.kopia("maintenance", "run", "--full", "--safety=none")
                self.verify()
                third = self.save("stock")
                self.maintain("--full", "--safety=none")
                self.verify()
                self.assertEqual(self.restored(third), kept)

    def test_both_maintain_in_turns_and_nothing_is_lost(self) -> None:
        make_tree(self.tree, seed=2)
        self.create("salvor")
        ids = [self.save("salvor")]
        for turn in range(4):
            (self.tree / "more").write_bytes(os.urandom(3 << 20))
            (self.tree / f"a/{turn}").write_text("new")
            ids.append(self.save("stock" if turn % 2 else "salvor"))
            self.kopia("snapshot", "delete", ids.pop(0), "--delete")
            if turn % 2:
                self.maintain("--full", "--safety=none")
            else:
                self.kopia("maintenance", "run", "--full", "--safety=none")
            self.verify()
        self.assertEqual(self.restored(ids[-1]), self.below(self.tree))

    def test_it_runs_while_stock_writes_a_snapshot(self) -> None:
        make_tree(self.tree, seed=3)
        self.create("stock")
        gone = self.save("stock")
        self.save("stock")
        self.kopia("snapshot", "delete", gone, "--delete")
        many = self.tree / "many"
        for folder in range(20):
            (many / str(folder)).mkdir(parents=True)
            for number in range(50):
                (many / str(folder) / str(number)).write_bytes(os.urandom(100_000))
        failures: list[KopiaError] = []

        def write() -> None:
            try:
                self.kopia.snapshot(self.tree)
            except KopiaError as error:
                failures.append(error)

        writing = threading.Thread(target=write)
        writing.start()
        runs = 0
        while writing.is_alive() or runs < 2:
            self.maintain("--full")
            runs += 1
        writing.join()
        self.assertEqual(failures, [])
        self.verify()
        self.maintain("--full")
        self.verify()

    def age(self, path: Path, hours: int) -> None:
        """By the file's time, which is the storage's clock."""
        then = time.time() - hours * _HOUR
        os.utime(path, (then, then))

    def test_epochs_end_and_are_merged_as_stock_does(self) -> None:
        self.tree.mkdir()
        self.create("stock")
        self.kopia("repository", "set-parameters", "--epoch-advance-on-count=10")
        for epoch in range(3):
            for number in range(11):
                (self.tree / "file").write_text(f"{epoch} {number}")
                self.save("stock")
            self.age(self.blobs(f"xn{epoch}_")[0], 25)
            self.maintain()
            self.assertEqual(len(self.blobs(f"xe{epoch + 1}")), 1)
            self.verify()
        merged = {task["task"]: task for task in self.maintain()["tasks"]}["compact-single-epoch"]
        self.assertIn(merged["state"], ("done", "nothing to do"))
        self.assertGreaterEqual(len(self.blobs("xs0_")), 1)
        self.verify()
        for path in self.blobs("xs0_"):
            self.age(path, 5)
        for path in self.blobs("xn0_"):
            self.age(path, 30)
        (self.tree / "file").write_text("last")
        self.save("stock")
        self.maintain("--full")
        self.assertEqual(self.blobs("xn0_"), [])
        self.verify()
        self.kopia("maintenance", "run", "--full")
        self.verify()

    def test_whoever_is_not_the_owner_is_refused_until_he_takes_it_over(self) -> None:
        make_tree(self.tree, seed=4)
        self.create("stock")
        self.save("stock")
        done = self.program("repo", "maintain", "--username=other", "--hostname=host", expect=1, env=self.environment)
        self.assertIn("maintained by user@host", done.stderr)
        self.salvor("repo", "maintain", "--full", "--username=other", "--hostname=host", "--take-ownership")
        self.assertEqual(self.kopia.json("maintenance", "info")["owner"], "other@host")
        with self.assertRaisesRegex(KopiaError, "designated user"):
            self.kopia("maintenance", "run", "--full")
        self.kopia("maintenance", "set", "--owner=me")
        self.kopia("maintenance", "run", "--full")
        self.verify()

    def test_a_dry_run_changes_nothing(self) -> None:
        make_tree(self.tree, seed=5)
        self.create("stock")
        gone = self.save("stock")
        self.kopia("snapshot", "delete", gone, "--delete")
        before = {path: path.stat().st_mtime_ns for path in self.repository.rglob("*.f")}
        told = self.maintain("--full", "--safety=none", "--dry-run")
        stats = {task["task"]: task["stats"] for task in told["tasks"]}
        self.assertGreater(stats["snapshot-gc"]["deletedContentCount"], 0)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.repository.rglob("*.f")}, before)

    def test_a_damaged_directory_stops_it_and_is_named(self) -> None:
        make_tree(self.tree, seed=6)
        self.create("salvor")
        kept, gone = self.save("salvor"), ""
        (self.tree / "other").write_bytes(os.urandom(1 << 20))
        gone = self.save("salvor")
        self.kopia("snapshot", "delete", gone, "--delete")
        root = next(one["root"] for one in json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"] if one["id"] == kept)
        entry = next(line.split() for line in self.kopia("content", "list", "--long", "--prefix=k").splitlines() if line.startswith(root))
        pack = next(path for path in self.blobs("q") if self.blob(path) in entry)
        pack.write_bytes(b"")
        packs = self.blobs("p") + self.blobs("q")
        done = self.program("repo", "maintain", "--full", "--safety=none", "--username=user", "--hostname=host", expect=5, env=self.environment)
        self.assertIn(kept, done.stderr)
        self.assertIn("nothing was taken away", done.stderr)
        self.assertEqual(self.blobs("p") + self.blobs("q"), packs)
        self.assertEqual(self.kopia("content", "list", "--deleted-only"), "")


if __name__ == "__main__":
    unittest.main()
