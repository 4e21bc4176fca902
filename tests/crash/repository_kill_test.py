"""kill -9 of the real program at a change of the repository's files: every earlier snapshot is whole for stock kopia, and the same
command then ends what it began.

A run that nobody harms tells how many changes a command makes: writes, of which half is done then, renames, removals, synchronizations.
SALVOR_CRASH_STEPS (2) of them are chosen for each command, 0 takes every one.

python3 -m unittest tests.crash.repository_kill_test
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.harness.program import Program
from tests.harness.salvor import ROOT, SalvorError
from tests.harness.stock_kopia import PASSWORD, StockKopia

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
STEPS = int(os.environ.get("SALVOR_CRASH_STEPS", "2"))
_LIBRARY = Path(os.environ.get("KILL_AT_CHANGE", ROOT / "build/dev/tests/crash/libkill_at_change.so"))
_US = ("--username=user", "--hostname=host")
_QUICK_KEY = "--format-block-key-derivation-algorithm=pbkdf2-sha256-600000"


class KilledRepositories(unittest.TestCase):
    """Snapshots `first` and `second` of a tree, and garbage, in a repository of stock's; each run begins with a copy of it."""

    @classmethod
    def setUpClass(cls) -> None:
        print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory())).resolve()
        cls.program = Program(cls.directory)
        cls.tree, cls.repository, cls.log = cls.directory / "tree", cls.directory / "repository", cls.directory / "changes"
        cls.new_password = cls.directory / "new"
        cls.new_password.write_text("another one")
        cls.kopia = StockKopia(cls.directory / "kopia")

    def begin(self, *format_flags: str) -> None:
        """A repository with the same snapshots, of the format."""
        for old in (self.tree, self.repository, self.kopia.home):
            shutil.rmtree(old, ignore_errors=True)
        self.kopia = StockKopia(self.directory / "kopia")
        chance = random.Random(5)
        for number in range(12):
            path = self.tree / str(number % 3) / str(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(chance.randbytes(5000))
        self.kopia.create("filesystem", "--path", self.repository, _QUICK_KEY, *format_flags)
        self.first = str(self.kopia.snapshot(self.tree)["id"])
        (self.tree / "waste").write_bytes(chance.randbytes(50_000))
        waste = str(self.kopia.snapshot(self.tree)["id"])
        (self.tree / "waste").unlink()
        (self.tree / "0/new").write_bytes(chance.randbytes(5000))
        self.second = str(self.kopia.snapshot(self.tree)["id"])
        self.kopia("snapshot", "delete", waste, "--delete")
        (self.tree / "1/newer").write_bytes(chance.randbytes(5000))
        (self.tree / "1/1").unlink()
        self.before = self.directory / "before"
        shutil.rmtree(self.before, ignore_errors=True)
        shutil.copytree(self.repository, self.before)

    def reset(self) -> None:
        shutil.rmtree(self.repository)
        shutil.copytree(self.before, self.repository)

    def environment(self, password: str = PASSWORD) -> dict[str, str]:
        return {"SALVOR_PASSWORD": password, "SALVOR_LOCATION": str(self.repository), "TMPDIR": str(self.directory)}

    def run_killed(self, words: list[str], at: int) -> int:
        """The exit status of the command that ends at that change."""
        self.log.unlink(missing_ok=True)
        extra = {"LD_PRELOAD": str(_LIBRARY), "KILL_BELOW": str(self.repository), "KILL_LOG": str(self.log), "KILL_AT": str(at)}
        done = subprocess.run(self.program.command(*words), env=self.program.environment(self.environment() | extra), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if done.returncode not in (0, -signal.SIGKILL):
            raise SalvorError(f"{words} ended with {done.returncode}: {done.stderr}")
        return done.returncode

    def verify(self, *snapshots: str, passwords: tuple[str, ...] = (PASSWORD,)) -> str:
        """Every byte of them, by stock, which has no cache; the password of those that opened the repository."""
        shutil.rmtree(self.kopia.home / "cache", ignore_errors=True)
        said = ""
        for password in passwords:
            done = StockKopia(self.kopia.home, password).run("snapshot", "verify", "--verify-files-percent=100", *snapshots)
            if done.returncode == 0:
                return password
            said += done.stderr
        self.fail(f"stock does not find them whole: {said[-2000:]}")

    def kill_everywhere(self, words: list[str], *kept: str, passwords: tuple[str, ...] = (PASSWORD,), again: re.Pattern[str] | None = None) -> None:
        """`again` is what the repeated command may complain of, when the killed one had done all but its last steps."""
        self.reset()
        self.assertEqual(self.run_killed(words, 0), 0)
        changes = self.log.read_text().splitlines()
        self.verify(*kept, passwords=passwords)
        points = list(range(1, len(changes) + 1))
        if 0 < STEPS < len(points):
            points = sorted(random.Random(f"{SEED} {words}").sample(points, STEPS))
        for at in points:
            with self.subTest(command=" ".join(words[:2]), at=at, of=len(changes), change=changes[at - 1]):
                self.reset()
                self.run_killed(words, at)
                password = self.verify(*kept, passwords=passwords)
                done = subprocess.run(self.program.command(*words), env=self.program.environment(self.environment(password)), check=False,
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
                if done.returncode != 0:
                    self.assertTrue(again and again.search(done.stderr), f"the same again: {done.returncode} {done.stderr}")
        self.verify(*kept, passwords=passwords)
        print(f"{' '.join(words[:2])}: killed at {len(points)} of {len(changes)} changes", file=sys.stderr)

    def test_commands_of_a_repository_of_the_newest_format(self) -> None:
        self.begin()
        self.kill_everywhere(["snapshot", "create", str(self.tree), *_US], self.first, self.second)
        self.kill_everywhere(["snapshot", "delete", self.second, "--confirm"], self.first, again=re.compile("no snapshot"))
        self.kill_everywhere(["repo", "maintain", "--full", "--safety=none", *_US], self.first, self.second)
        self.kill_everywhere(["repo", "passwd", "--new-password-file", str(self.new_password)], self.first, self.second,
                             passwords=(PASSWORD, "another one"))

    def test_an_upgrade_is_gone_on_with(self) -> None:
        self.begin("--format-version=1")
        words = ["repo", "upgrade", "--confirm", "--io-drain-timeout=1ms", "--max-permitted-clock-drift=1ms", "--allow-unsafe-upgrade", *_US]
        self.reset()
        self.assertEqual(self.run_killed(words, 0), 0)
        changes = self.log.read_text().splitlines()
        self.verify(self.first, self.second)
        points = list(range(1, len(changes) + 1))
        if 0 < STEPS < len(points):
            points = sorted(random.Random(f"{SEED} upgrade").sample(points, STEPS))
        for at in points:
            for back in ([], ["--rollback"]) if at % 2 else ([],):
                with self.subTest(at=at, of=len(changes), change=changes[at - 1], back=back):
                    self.reset()
                    self.run_killed(words, at)
                    done = subprocess.run(self.program.command(*words, *back), env=self.program.environment(self.environment()), check=False,
                                          capture_output=True, text=True, timeout=300)
                    if done.returncode != 0:
                        self.assertRegex(done.stderr, "nobody is upgrading the repository")
                    self.verify(self.first, self.second)


if __name__ == "__main__":
    unittest.main()
