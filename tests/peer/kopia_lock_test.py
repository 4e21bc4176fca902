"""Repositories whose blobs a bucket locks: salvor locks what stock kopia locks, as long and as hard, and extends it.

python3 -m unittest tests.peer.kopia_lock_test
"""

import contextlib
import tempfile
import unittest
from datetime import datetime, timedelta
from pathlib import Path

from tests.harness.awkward_tree import change_tree, make_tree
from tests.harness.program import Program
from tests.harness.s3_server import REGION, S3Server
from tests.harness.stock_kopia import PASSWORD, StockKopia

BUCKET = "locked"
IDENTITY = ("--username=user", "--hostname=host")
LOCKED = ("p", "q", "x", "n", "kopia.repository", "kopia.blobcfg")
_SLACK = timedelta(seconds=20)


class LockedRepositories(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.server = self.enterContext(S3Server("minio"))
        self.server.make_bucket(BUCKET, lock=True)
        self.boto = self.enterContext(contextlib.closing(self.server.client()))
        self.program = Program(self.directory)
        self.tree = self.directory / "tree"
        make_tree(self.tree, seed=3)

    def salvor(self, prefix: str, *words: object, expect: int = 0) -> str:
        place = {"SALVOR_PASSWORD": PASSWORD, "SALVOR_LOCATION": self.server.location(BUCKET, prefix)}
        done = self.program(*words, expect=expect, env=self.server.environment() | place)
        return done.stdout if expect == 0 else done.stderr

    def stock(self, prefix: str, verb: str, *words: object) -> StockKopia:
        kopia = StockKopia(self.directory / f"kopia-{prefix}")
        where = ("s3", f"--bucket={BUCKET}", f"--endpoint=127.0.0.1:{self.server.port}", "--disable-tls", f"--region={REGION}", f"--prefix={prefix}/",
                 f"--access-key={self.server.access_key}", f"--secret-access-key={self.server.secret_key}")
        kopia("repository", verb, *where, "--override-hostname=host", "--override-username=user", *words)
        return kopia

    def locks(self, prefix: str) -> dict[str, tuple[str, datetime, datetime] | None]:
        """Of each blob how it is locked, until when, and when it was written."""
        found: dict[str, tuple[str, datetime, datetime] | None] = {}
        for one in self.boto.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", []):
            head = self.boto.head_object(Bucket=BUCKET, Key=one["Key"])
            mode = head.get("ObjectLockMode")
            found[one["Key"].removeprefix(f"{prefix}/")] = (mode, head["ObjectLockRetainUntilDate"], head["LastModified"]) if mode else None
        return found

    def check_locks(self, prefix: str, mode: str, period: timedelta) -> None:
        found = self.locks(prefix)
        self.assertEqual({name for name, lock in found.items() if lock}, {name for name in found if name.startswith(LOCKED)})
        for name, lock in found.items():
            if lock:
                self.assertEqual(lock[0], mode, name)
                self.assertLess(abs(lock[1] - lock[2] - period), _SLACK, name)

    def test_salvor_locks_what_it_writes_into_stocks_repository_and_extends_it(self) -> None:
        kopia = self.stock("stock", "create", "--retention-mode=COMPLIANCE", "--retention-period=48h")
        kopia("maintenance", "set", "--enable-quick=false", "--extend-object-locks=true")
        kopia.snapshot(self.tree)
        by_stock = set(self.locks("stock"))
        change_tree(self.tree)
        self.salvor("stock", "snapshot", "create", self.tree, *IDENTITY)
        self.assertLessEqual({"p", "q", "x"}, {name[0] for name in set(self.locks("stock")) - by_stock})
        self.check_locks("stock", "COMPLIANCE", timedelta(hours=48))
        self.assertIn("COMPLIANCE, 48h0m0s", self.salvor("stock", "repo", "status"))
        before = self.locks("stock")
        said = self.salvor("stock", "repo", "maintain", "--full", *IDENTITY)
        self.assertIn("blobs hold for 48h0m0s from now on", said)
        after = self.locks("stock")
        for name, lock in before.items():
            now = after[name]
            self.assertEqual(lock is None, now is None, name)
            if lock and now:
                self.assertGreaterEqual(now[1], lock[1], name)
        first_before, first_after = before["kopia.repository"], after["kopia.repository"]
        self.assertTrue(first_before and first_after and first_after[1] > first_before[1])
        self.assertIn("extend-blob-retention-time", kopia("maintenance", "info"))
        kopia("snapshot", "verify", "--verify-files-percent=100")

    def test_stock_locks_what_it_writes_into_salvors_repository(self) -> None:
        self.assertIn("a day at least", self.salvor("ours", "repo", "create", "--retention-mode=GOVERNANCE", "--retention-period=1h", expect=2))
        self.salvor("ours", "repo", "create", *IDENTITY, "--retention-mode=GOVERNANCE", "--retention-period=24h")
        self.salvor("ours", "snapshot", "create", self.tree, *IDENTITY)
        kopia = self.stock("ours", "connect")
        status = kopia("repository", "status")
        self.assertIn("GOVERNANCE", status)
        self.assertIn("24h0m0s", status)
        change_tree(self.tree)
        kopia.snapshot(self.tree)
        self.check_locks("ours", "GOVERNANCE", timedelta(hours=24))
        kopia("snapshot", "verify", "--verify-files-percent=100")
        where = self.directory / "plain"
        self.assertIn("cannot be locked", self.program("repo", "create", "--location", where, "--retention-mode=GOVERNANCE", "--retention-period=24h",
                                                       env={"SALVOR_PASSWORD": PASSWORD}, expect=1).stderr)


if __name__ == "__main__":
    unittest.main()
