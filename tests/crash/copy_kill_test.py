"""kill -9 at random instants of a copy: it is listed whole or not at all, the near end stays as it is, and the same command
then ends it.

SALVOR_CRASH_ROUNDS (100) runs are killed, at instants spread over the time that an unharmed run takes.

python3 -m unittest tests.crash.copy_kill_test
"""

import contextlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.program import Program
from tests.harness.salvor import Salvor

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
ROUNDS = int(os.environ.get("SALVOR_CRASH_ROUNDS", "100"))
_LATE = 1.1  # some instants lie after the end, and find a finished run
_MOST_TRIES = 5  # rounds for each run that is really killed
_OBJECTS = 400
_DRAFT = ".salvor-tmp-"


class KilledCopies(unittest.TestCase):
    def setUp(self) -> None:
        print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
        self.random = random.Random(f"{SEED} {self._testMethodName}")
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.near, self.far = self.directory / "near", self.directory / "far"
        with ControlPlane() as cluster:
            api = Api(cluster)
            cluster.kubectl("create", "namespace", "team")
            secrets = next(r for r in api.resources() if str(r) == "v1/secrets")
            api.in_parallel(lambda number: api.request("POST", secrets.path("team"), {
                "metadata": {"name": f"s-{number}"}, "stringData": {"n": random.Random(number).randbytes(3000).hex()}}), range(_OBJECTS))
            Salvor(cluster.kubeconfig, self.near)("backup", "create", "b", "--include-namespaces", "team")
        self.program = Program(self.directory)
        self.copy = ["backup", "copy", "b", "--location", self.near, "--to", self.far]

    def test_a_killed_copy_is_listed_whole_or_not_at_all_and_the_same_command_then_ends_it(self) -> None:
        original = _files(self.near)
        whole = statistics.median(self.seconds_of_a_copy() for _ in range(5))
        killed = 0
        for _ in range(ROUNDS * _MOST_TRIES):
            if killed == ROUNDS:
                break
            shutil.rmtree(self.far)
            instants = [self.random.uniform(0, whole * _LATE) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
            with self.subTest(instants=instants):
                harmed = False
                for instant in instants:
                    harmed |= self.kill_after(instant)
                    self.assert_whole_or_unlisted()
                killed += harmed
                self.program(*self.copy)
                self.assertEqual(_files(self.far), original)
                self.program("backup", "verify", "b", "--location", self.far)
                self.assertEqual(_files(self.near), original, "the near end was written to")
        print(f"{killed} copies killed, at instants within {whole * _LATE:.3f} s", file=sys.stderr)
        self.assertEqual(killed, ROUNDS)

    def seconds_of_a_copy(self) -> float:
        shutil.rmtree(self.far, ignore_errors=True)
        begin = time.monotonic()
        self.program(*self.copy)
        return time.monotonic() - begin

    def kill_after(self, seconds: float) -> bool:
        running = subprocess.Popen(self.program.command(*self.copy), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.program.environment())
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(seconds)
        running.kill()
        return running.wait() == -9

    def assert_whole_or_unlisted(self) -> None:
        self.far.mkdir(exist_ok=True)
        if self.program("backup", "get", "--location", self.far, "-o", "name").stdout.split():
            self.program("backup", "verify", "b", "--location", self.far)
            self.assertEqual(_files(self.far), _files(self.near))


def _files(location: Path) -> dict[str, bytes]:
    """The files of the backup. Drafts stay for a day, and a claim until its holder is known to be gone."""
    return {str(path.relative_to(location)): path.read_bytes() for path in location.rglob("*")
            if path.is_file() and not path.name.startswith(_DRAFT) and not path.name.endswith(("-salvor-copy", "-salvor-claim"))}


if __name__ == "__main__":
    unittest.main()
