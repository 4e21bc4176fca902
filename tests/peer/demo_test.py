"""`make demo` keeps its promises: it ends well, and however it ends, nothing of it is left, neither files nor processes."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.harness.salvor import ROOT, find_binary

_END_SECONDS = 120


class Demo(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_proves_what_it_claims_and_ends_with_the_line_to_type(self) -> None:
        demo = self._start()
        said, _ = demo.communicate(timeout=_END_SECONDS)
        self.assertEqual(demo.returncode, 0, said)
        self.assertIn("field by field, with what was there before: no difference", said)
        self.assertTrue(said.rstrip().endswith("salvor backup create nightly --location /mnt/nas/backups"), said)
        self._assert_nothing_left()

    def test_ctrl_c_leaves_nothing_behind(self) -> None:
        for moment in ("Everything this demo", "API server and its etcd run", "$ salvor backup create", "$ salvor restore create"):
            with self.subTest(moment), self._start() as demo:
                for line in demo.stdout:
                    if moment in line:
                        break
                os.killpg(demo.pid, signal.SIGINT)  # a terminal sends it to the programs that the demo runs as well
                rest = demo.stdout.read()
                self.assertEqual(demo.wait(_END_SECONDS), 130, rest)
                self.assertIn("Everything was cleaned up", rest)
                self.assertNotIn("Traceback", rest)
                self._assert_nothing_left()

    def test_a_failure_is_told_and_leaves_nothing_behind(self) -> None:
        demo = self._start(SALVOR_BINARY="/bin/false")
        said, _ = demo.communicate(timeout=_END_SECONDS)
        self.assertEqual(demo.returncode, 1, said)
        self.assertIn("The demo failed: `salvor backup create` ended with exit status 1", said)
        self._assert_nothing_left()

    def _start(self, **environment: str) -> subprocess.Popen[str]:
        settings = os.environ | {"TMPDIR": str(self.directory), "SALVOR_BINARY": str(find_binary())} | environment
        return subprocess.Popen([sys.executable, "-m", "demo.run"], cwd=ROOT, env=settings, text=True, start_new_session=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def _assert_nothing_left(self) -> None:
        self.assertEqual([], list(self.directory.iterdir()))
        mine = str(self.directory).encode()
        left = []
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if mine in command.read_bytes():
                    left.append(command.read_bytes())
            except OSError:
                continue  # it ended meanwhile
        self.assertEqual([], left)


if __name__ == "__main__":
    unittest.main()
