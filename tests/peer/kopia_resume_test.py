"""A snapshot that was cut off is gone on with: by salvor and by stock kopia, whichever of them began it.

python3 -m unittest tests.peer.kopia_resume_test
"""

import json
import random
import shutil
import signal
import subprocess
import unittest
from typing import Any

from tests.harness.both_kopias import BothKopias
from tests.harness.stock_kopia import StockKopia

IDENTITY = ("--username=user", "--hostname=host")


class CutOffSnapshots(BothKopias):
    def setUp(self) -> None:
        super().setUp()
        chance = random.Random(7)
        for i in range(120):
            (self.tree / f"d{i:03}").mkdir(parents=True)
            for name in ("a", "b"):
                (self.tree / f"d{i:03}" / name).write_bytes(chance.randbytes(chance.choice([10, 3000, 60_000])))
        self.create()

    def cut_off(self, how: signal.Signals) -> tuple[int, str]:
        """A snapshot that gets the signal once it has made a checkpoint of some files: its exit status and what it said."""
        command = self.program.command("snapshot", "create", self.tree, *IDENTITY, "--checkpoint-interval=1ms", "--parallel=2")
        with subprocess.Popen(command, env=self.program.environment(self.environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            while running.poll() is None and not any(one["files"] > 10 for one in self.incomplete()):
                pass
            running.send_signal(how)
            _, said = running.communicate(timeout=60)
        return running.returncode, said

    def incomplete(self) -> list[Any]:
        return [one for one in self.answer("snapshot", "list")["items"] if one["incomplete"]]

    @staticmethod
    def stats(kopia: StockKopia, snapshot: str) -> Any:
        manifest = kopia("manifest", "show", snapshot)
        return json.loads(manifest[manifest.index("{"):])["stats"]

    def test_a_killed_snapshot_is_gone_on_with_from_its_last_checkpoint_by_both(self) -> None:
        status, _ = self.cut_off(signal.SIGKILL)
        self.assertEqual(status, -signal.SIGKILL)
        left = self.incomplete()
        self.assertEqual([one["incomplete"] for one in left], ["checkpoint"], "each takes the place of the one before")
        kopia = self.connected()
        self.assertNotIn("incomplete", kopia("snapshot", "list", "--all"))
        self.assertIn("incomplete:checkpoint", kopia("snapshot", "list", "--all", "--incomplete"))
        self.assertNotIn("checkpoint", self.salvor("snapshot", "list"))
        self.assertIn("incomplete: checkpoint", self.salvor("snapshot", "list", "--incomplete"))
        kopia("snapshot", "verify", "--verify-files-percent=100")
        kopia("content", "verify", "--full")
        original = self.repository.rename(self.directory / "original")
        roots = []
        for by_stock in (True, False):
            shutil.copytree(original, self.repository)
            shutil.rmtree(self.directory / "kopia")
            kopia = self.connected()
            snapshot = kopia.snapshot(self.tree)["id"] if by_stock else self.save()
            self.assertEqual(self.stats(kopia, snapshot)["cachedFiles"], left[0]["files"], f"by stock: {by_stock}")
            listed = self.answer("snapshot", "list")["items"]
            self.assertEqual([one["id"] for one in listed], [snapshot], "what is incomplete has gone")
            self.assertEqual(listed, [one | {"incomplete": ""} for one in listed])
            roots.append(listed[0]["root"])
            kopia("snapshot", "verify", "--verify-files-percent=100")
            shutil.rmtree(self.repository)
        self.assertEqual(roots[0], roots[1])

    def test_a_stopped_snapshot_is_kept_as_stock_keeps_it(self) -> None:
        status, said = self.cut_off(signal.SIGINT)
        self.assertEqual(status, 130)
        (left,) = self.incomplete()
        self.assertEqual(left["incomplete"], "canceled")
        self.assertIn(left["id"], said)
        kopia = self.connected()
        self.assertIn("incomplete:canceled", kopia("snapshot", "list", "--all", "--incomplete"))
        kopia("snapshot", "verify", "--verify-files-percent=100")
        for path in self.tree.rglob("b"):
            path.write_bytes(random.Random(str(path)).randbytes(60_000))
        kopia("snapshot", "create", self.tree, "--upload-limit-mb=1", "--parallel=1")
        self.assertEqual({one["incomplete"] for one in self.incomplete()}, {"canceled", "limit reached"})
        begun = max(self.incomplete(), key=lambda one: one["start"])
        fresh = self.stats(kopia, begun["id"])["nonCachedFiles"]
        cached = self.stats(kopia, self.save())["cachedFiles"]
        self.assertGreater(fresh, 0)
        self.assertGreaterEqual(cached, fresh, "files of stock's incomplete snapshot, and more of salvor's")
        self.assertEqual(self.incomplete(), [])


if __name__ == "__main__":
    unittest.main()
