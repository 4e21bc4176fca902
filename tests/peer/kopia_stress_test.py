"""Two salvors and one stock kopia on one repository, in random order, beside a plain model of what must be in it.

    save (each, or two at a time) | delete | full maintenance without margins | kill -9 while saving | restore and compare

What was saved and not deleted comes back from whoever is asked, at any time; at the end both programs verify all of it. The seed
is told when it fails: STRESS_SEED=7 python3 -m unittest tests.peer.kopia_stress_test; STRESS_STEPS=500 makes a long run.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from tests.harness.program import Program
from tests.harness.stock_kopia import PASSWORD, StockKopia

SEEDS = [int(os.environ["STRESS_SEED"])] if "STRESS_SEED" in os.environ else [1, 2]
STEPS = int(os.environ.get("STRESS_STEPS", "22"))
IDENTITY = ("--username=user", "--hostname=host")
Tree = dict[str, bytes]


def tree_in(directory: Path) -> Tree:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


class Stress:
    def __init__(self, test: unittest.TestCase, directory: Path, seed: int) -> None:
        self.test, self.directory, self.chance = test, directory, random.Random(seed)
        self.repository = directory / "repository"
        self.environment = {"SALVOR_PASSWORD": PASSWORD, "SALVOR_LOCATION": str(self.repository), "TMPDIR": str(directory)}
        self.salvors = [Program(directory / f"home-{number}") for number in range(2)]
        for program in self.salvors:
            program.home.mkdir()
        self.trees = [directory / f"tree-{number}" for number in range(3)]
        for tree in self.trees:
            tree.mkdir()
            self.change(tree)
        self.held: dict[str, Tree] = {}  # the model: what each snapshot holds
        self.said: list[str] = []
        self.salvors[0]("repo", "create", "--splitter=DYNAMIC-128K-BUZHASH", *IDENTITY, env=self.environment)
        self.kopia = StockKopia(directory / "kopia")
        self.kopia("repository", "connect", "filesystem", "--path", self.repository, "--override-username=user", "--override-hostname=host")
        self.kopia("maintenance", "set", "--enable-full=false", "--enable-quick=false")
        # Stock expires snapshots whenever it takes one.
        self.kopia.policy("--keep-latest=100000")

    def salvor(self, *words: object) -> str:
        return self.chance.choice(self.salvors)(*words, env=self.environment).stdout

    def change(self, tree: Path) -> None:
        for _ in range(self.chance.randint(1, 8)):
            path = tree / f"d{self.chance.randrange(3)}" / f"file-{self.chance.randrange(12)}"
            path.parent.mkdir(exist_ok=True)
            if path.exists() and self.chance.random() < 0.3:
                path.unlink()
            else:
                # Some contents come again: what was deleted and collected must be written anew.
                size = self.chance.choice([0, 10, 5000, 400_000])
                path.write_bytes(random.Random(self.chance.randrange(6)).randbytes(size))

    def save_by(self, who: int, tree: Path) -> str:
        if who == 2:
            return str(self.kopia.snapshot(tree)["id"])
        return self.salvors[who]("snapshot", "create", tree, *IDENTITY, env=self.environment).stdout.split()[1]

    # --- steps ------------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        tree = self.chance.choice(self.trees)
        self.change(tree)
        self.held[self.save_by(self.chance.randrange(3), tree)] = tree_in(tree)

    def save_two_at_a_time(self) -> None:
        first, second = self.chance.sample(self.trees, 2)
        whose = self.chance.sample(range(3), 2)
        self.change(first)
        self.change(second)
        saved: dict[str, Tree] = {}

        def run(who: int, tree: Path) -> None:
            saved[self.save_by(who, tree)] = tree_in(tree)

        threads = [threading.Thread(target=run, args=pair) for pair in zip(whose, (first, second), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.test.assertEqual(len(saved), 2)
        self.held |= saved

    def delete(self) -> None:
        if len(self.held) < 2:
            return
        name = self.chance.choice(sorted(self.held))
        if self.chance.random() < 0.5:
            self.kopia("snapshot", "delete", name, "--delete")
        else:
            self.salvor("snapshot", "delete", name, "--confirm", *IDENTITY)
        del self.held[name]

    def maintain(self) -> None:
        if self.chance.random() < 0.5:
            self.kopia("maintenance", "run", "--full", "--safety=none")
        else:
            self.salvor("repo", "maintain", "--full", "--safety=none", *IDENTITY)

    def kill(self) -> None:
        """A salvor that dies while it saves. Its snapshot is there whole, or not at all."""
        tree = self.chance.choice(self.trees)
        self.change(tree)
        program = self.chance.choice(self.salvors)
        command = program.command("snapshot", "create", tree, *IDENTITY)
        with subprocess.Popen(command, env=program.environment(self.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dying:
            time.sleep(self.chance.uniform(0.1, 0.5))
            dying.send_signal(signal.SIGKILL)
        for name in self.listed() - self.held.keys():
            self.held[name] = tree_in(tree)

    def restore(self) -> None:
        if self.held:
            self.compare(self.chance.choice(sorted(self.held)))

    # --- what must hold ---------------------------------------------------------------------------------------------------

    def listed(self) -> set[str]:
        return {one["id"] for one in json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"]}

    def compare(self, name: str) -> None:
        target = self.directory / "restored"
        shutil.rmtree(target, ignore_errors=True)
        if self.chance.random() < 0.3:
            self.kopia("snapshot", "restore", name, target)
        else:
            self.salvor("snapshot", "restore", name, target)
        self.test.assertEqual(tree_in(target), self.held[name], f"snapshot {name} after: {', '.join(self.said)}")

    def run(self) -> None:
        steps = [self.save, self.save_two_at_a_time, self.delete, self.maintain, self.kill, self.restore]
        for _ in range(STEPS):
            step = self.chance.choices(steps, weights=[4, 2, 3, 2, 2, 3])[0]
            self.said.append(step.__name__)
            step()
        self.test.assertEqual(self.listed(), set(self.held), ", ".join(self.said))
        self.test.assertEqual({one["id"] for one in self.kopia.snapshots()}, set(self.held), ", ".join(self.said))
        self.kopia("cache", "clear")
        self.kopia("snapshot", "verify", "--verify-files-percent=100")
        self.kopia("content", "verify", "--full")
        self.salvor("snapshot", "verify", "--full")
        for name in sorted(self.held):
            self.compare(name)


class ThreeProgramsOnOneRepository(unittest.TestCase):
    def test_what_was_saved_and_not_deleted_comes_back(self) -> None:
        for seed in SEEDS:
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as directory:
                Stress(self, Path(directory), seed).run()


if __name__ == "__main__":
    unittest.main()
