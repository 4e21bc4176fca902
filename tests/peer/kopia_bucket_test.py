"""Kopia repositories in a bucket: maintained, verified, repaired, upgraded and given another password by salvor, with faults at requests
and ends by kill -9 among them, and whole for stock kopia on the same bucket after each.

SALVOR_FAULT_ROUNDS (3) rounds of a snapshot and a full maintenance meet a fault each, at a request that chance chooses.

python3 -m unittest tests.peer.kopia_bucket_test
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

from tests.harness.program import Program
from tests.harness.s3_fault_proxy import Answer, Drop, Fault, LoseAnswer, Request, S3FaultProxy, Script, Twice, refusal
from tests.harness.s3_server import REGION, S3Server
from tests.harness.stock_kopia import PASSWORD, StockKopia

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
ROUNDS = int(os.environ.get("SALVOR_FAULT_ROUNDS", "3"))
_US = ("--username=user", "--hostname=host")
_BUCKET = "kopia"
_QUICK_KEY = "--format-block-key-derivation-algorithm=pbkdf2-sha256-600000"

# "killed" is no answer of the server's: the program dies when its request arrives, which the server gets or not.
_FAULTS: dict[str, Fault | None] = {
    "dropped": Drop(), "answer lost": LoseAnswer(), "sent twice": Twice(), "500": refusal(500, "InternalError"),
    "503": refusal(503, "SlowDown", Retry_After="0"), "500 after the work": Answer(500, b"", after_work=True),
    "denied": refusal(403, "AccessDenied"), "killed": Drop(), "killed after the work": None}


class Buckets(unittest.TestCase):
    server: S3Server
    boto: Any

    @classmethod
    def setUpClass(cls) -> None:
        print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
        cls.server = cls.enterClassContext(S3Server("minio"))
        cls.server.make_bucket(_BUCKET)
        cls.boto = cls.enterClassContext(contextlib.closing(cls.server.client()))

    def setUp(self) -> None:
        self.random = random.Random(f"{SEED} {self._testMethodName}")
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = Program(self.directory)
        self.tree = self.directory / "tree"
        for number in range(9):  # small: stock reads every byte after each step
            (self.tree / str(number % 3)).mkdir(parents=True, exist_ok=True)
            (self.tree / str(number % 3) / str(number)).write_bytes(self.random.randbytes(3000))
        self.prefix = f"{self._testMethodName}/"
        self.password = PASSWORD
        self.location = self.server.location(_BUCKET, self.prefix)

    def environment(self) -> dict[str, str]:
        return self.server.environment() | {"SALVOR_PASSWORD": self.password, "SALVOR_LOCATION": self.location, "TMPDIR": str(self.directory)}

    def salvor(self, *words: object, expect: int = 0) -> str:
        return self.program(*words, expect=expect, env=self.environment()).stdout

    def save(self) -> str:
        return self.salvor("snapshot", "create", self.tree, *_US).split()[1]

    def place(self) -> tuple[str, ...]:
        return ("s3", f"--bucket={_BUCKET}", f"--prefix={self.prefix}", f"--endpoint=127.0.0.1:{self.server.port}", "--disable-tls",
                f"--region={REGION}", f"--access-key={self.server.access_key}", f"--secret-access-key={self.server.secret_key}")

    def connected(self) -> StockKopia:
        shutil.rmtree(self.directory / "kopia", ignore_errors=True)
        kopia = StockKopia(self.directory / "kopia", self.password)
        kopia("repository", "connect", *self.place(), "--override-username=user", "--override-hostname=host")
        return kopia

    def whole(self, kopia: StockKopia, *snapshots: str) -> None:
        shutil.rmtree(kopia.home / "cache", ignore_errors=True)
        kopia("snapshot", "verify", "--verify-files-percent=100", *snapshots)

    def blobs(self, prefix: str) -> list[str]:
        found = self.boto.list_objects_v2(Bucket=_BUCKET, Prefix=self.prefix + prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def test_maintained_verified_repaired_and_given_another_password(self) -> None:
        self.salvor("repo", "create", *_US)
        first, gone = self.save(), ""
        (self.tree / "waste").write_bytes(os.urandom(4 << 20))
        gone = self.save()
        (self.tree / "waste").unlink()
        (self.tree / "1/more").write_bytes(self.random.randbytes(3000))
        second = self.save()
        self.salvor("snapshot", "delete", gone, "--confirm")
        done = json.loads(self.salvor("repo", "maintain", "--full", "--safety=none", *_US, "-o", "json"))
        self.assertEqual(done["damaged"], 0)
        self.salvor("snapshot", "verify", "--full")
        self.salvor("repo", "verify")
        kopia = self.connected()
        for key in self.blobs("x"):
            self.boto.delete_object(Bucket=_BUCKET, Key=key)
        self.salvor("repo", "repair", "--all-packs", "--confirm")
        self.whole(kopia, first, second)
        (self.directory / "new").write_text("another one")
        self.salvor("repo", "passwd", "--new-password-file", self.directory / "new")
        self.password = "another one"
        kopia = self.connected()
        self.whole(kopia, first, second, str(kopia.snapshot(self.tree)["id"]), self.save())

    def test_upgraded(self) -> None:
        kopia = StockKopia(self.directory / "kopia")
        kopia.create(*self.place(), _QUICK_KEY, "--format-version=1")
        snapshot = str(kopia.snapshot(self.tree)["id"])
        self.salvor("repo", "upgrade", "--confirm", "--io-drain-timeout=1ms", "--max-permitted-clock-drift=1ms", "--allow-unsafe-upgrade", *_US)
        self.whole(kopia, snapshot, self.save())
        self.assertEqual(kopia.json("repository", "status")["contentFormat"]["version"], 3)

    # --- faults ----------------------------------------------------------------------------------------------------------

    def run_with(self, proxy: S3FaultProxy, script: Script, *words: object) -> subprocess.CompletedProcess[str]:
        """Through the proxy; the script may kill it, which knows it as self.running."""
        started = threading.Event()

        def after_start(request: Request) -> Fault | None:
            started.wait(60)
            return script(request)

        proxy.begin(after_start)
        command = self.program.command(*words)
        environment = self.program.environment(self.environment() | {"SALVOR_LOCATION": proxy.location(_BUCKET, self.prefix)})
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as self.running:
            started.set()
            output, errors = self.running.communicate(timeout=120)
        return subprocess.CompletedProcess(command, self.running.returncode, output, errors)

    def fault_at(self, number: int, name: str) -> Script:
        def script(request: Request) -> Fault | None:
            if request.number != number:
                return None
            if name.startswith("killed"):
                self.running.kill()
                self.running.wait(60)
            return _FAULTS[name]
        return script

    def test_no_fault_at_any_request_costs_a_snapshot_that_is_there(self) -> None:
        self.salvor("repo", "create", *_US)
        kept, requests = [self.save()], {"snapshot": 20, "repo": 30}
        kopia = self.connected()
        with S3FaultProxy(self.server) as proxy:
            for number in range(ROUNDS):
                (self.tree / "changing").write_bytes(self.random.randbytes(100_000))
                gone = self.save()
                (self.tree / "changing").write_bytes(self.random.randbytes(100_000))
                self.salvor("snapshot", "delete", gone, "--confirm")
                for words in (("snapshot", "create", self.tree, *_US), ("repo", "maintain", "--full", "--safety=none", *_US)):
                    at, name = self.random.randint(1, requests[words[0]]), self.random.choice(list(_FAULTS))
                    with self.subTest(round=number, command=words[:2], at=at, fault=name):
                        done = self.run_with(proxy, self.fault_at(at, name), *words)
                        requests[words[0]] = max(len(proxy.seen), 2)
                        self.assertIn(done.returncode, (0, 1, 3, 5, -signal.SIGKILL), done.stderr)
                        if done.returncode > 0:
                            self.assertIn("salvor: ", done.stderr)
                        if done.returncode == 0 and words[0] == "snapshot":
                            kept.append(done.stdout.split()[1])
                self.whole(kopia, *kept)
        self.salvor("repo", "maintain", "--full", "--safety=none", *_US)
        self.whole(kopia, *kept, self.save())  # nothing keeps it from going on


if __name__ == "__main__":
    unittest.main()
