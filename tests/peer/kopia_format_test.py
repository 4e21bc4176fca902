"""Formats of repositories: salvor upgrades what stock made and stock goes on with it, both stop for each other's upgrades, and what
salvor makes of older formats and with error correction is whole for stock.

python3 -m unittest tests.peer.kopia_format_test
"""

import random
import shutil
import signal
import subprocess
import unittest

from tests.harness.awkward_tree import facts
from tests.harness.both_kopias import BothKopias
from tests.harness.stock_kopia import KopiaError, StockKopia

_US = ("--username=user", "--hostname=host")
_AT_ONCE = ("--io-drain-timeout=100ms", "--max-permitted-clock-drift=100ms", "--allow-unsafe-upgrade")
_SHORT = ("--io-drain-timeout=1s", "--max-permitted-clock-drift=1s", "--allow-unsafe-upgrade", "--status-poll-interval=100ms")
_QUICK_KEY = "--format-block-key-derivation-algorithm=pbkdf2-sha256-600000"


class Formats(BothKopias):
    def grow(self, seed: int) -> None:
        """A small tree: what stock takes for each file of it is most of the time."""
        chance = random.Random(seed)
        for number in range(9):
            (self.tree / str(number % 3)).mkdir(parents=True, exist_ok=True)
            (self.tree / str(number % 3) / str(number)).write_bytes(chance.randbytes(30_000))

    def stock(self, *flags: str) -> StockKopia:
        """Stock's repository of such a format."""
        for old in (self.repository, self.directory / "kopia"):
            shutil.rmtree(old, ignore_errors=True)
        kopia = StockKopia(self.directory / "kopia")
        kopia.create("filesystem", "--path", self.repository, _QUICK_KEY, *flags)
        return kopia

    def whole(self, kopia: StockKopia, *snapshots: str) -> None:
        shutil.rmtree(kopia.home / "cache", ignore_errors=True)
        kopia("snapshot", "verify", "--verify-files-percent=100", *snapshots)

    def version(self, kopia: StockKopia) -> int:
        return int(kopia.json("repository", "status")["contentFormat"]["version"])

    def restored(self, snapshot: str) -> dict[str, tuple[object, ...]]:
        target = self.directory / "restored"
        shutil.rmtree(target, ignore_errors=True)
        self.salvor("snapshot", "restore", snapshot, target)
        return {path: fact for path, fact in facts(target).items() if path != "."}

    def made_by_salvor(self, version: int) -> StockKopia:
        """Its repository of such a format, and stock beside it."""
        self.create(f"--format-version={version}")
        return self.connected()

    def test_an_upgraded_repository_is_one_of_the_newest_format_for_stock(self) -> None:
        self.grow(1)
        expected = {path: fact for path, fact in facts(self.tree).items() if path != "."}
        kopia = self.stock("--format-version=1")
        ids = [str(kopia.snapshot(self.tree)["id"])]
        (self.tree / "more").write_text("more")
        kopia("snapshot", "delete", kopia.snapshot(self.tree)["id"], "--delete")
        kopia("maintenance", "run", "--full", "--safety=none")  # merges indexes
        self.assertIn("repo upgrade", self.complaint("snapshot", "create", self.tree, expect=1))
        plan = self.answer("repo", "upgrade")
        self.assertEqual((plan["from"], plan["to"], plan["migratesIndexes"], plan["done"]), (1, 3, True, False))
        before = kopia("content", "list", "--deleted", "--long")
        self.salvor("repo", "upgrade", "--confirm", *_AT_ONCE, *_US)
        shutil.rmtree(kopia.home / "cache")
        self.assertEqual(kopia("content", "list", "--deleted", "--long"), before)
        ids += [str(kopia.snapshot(self.tree)["id"]), self.save()]
        kopia("maintenance", "run", "--full", "--safety=none")
        self.salvor("repo", "maintain", "--full", "--safety=none", *_US)
        self.whole(kopia, *ids)
        self.assertEqual(self.version(kopia), 3)
        self.assertEqual(self.restored(ids[0]), expected)
        self.assertIn("the newest", self.salvor("repo", "upgrade", "--confirm"))

    def test_format_2_is_made_for_stock_and_upgraded_without_a_wait(self) -> None:
        self.grow(4)
        kopia = self.made_by_salvor(2)
        ids = [str(kopia.snapshot(self.tree)["id"]), self.save()]
        self.assertEqual(self.version(kopia), 2)
        self.salvor("repo", "upgrade", "--confirm")
        self.whole(kopia, *ids, self.save())

    def test_while_stock_upgrades_nobody_else_writes_and_its_upgrade_is_taken_back_or_ended(self) -> None:
        self.grow(2)
        kopia = self.made_by_salvor(1)
        snapshot = str(kopia.snapshot(self.tree)["id"])
        for ends in (("--rollback", "--confirm"), ("--confirm", *_AT_ONCE)):
            so_far = ("--lock-only", *_SHORT) if "--rollback" in ends else ("--commit-mode=never", "--status-poll-interval=50ms", *_AT_ONCE)
            kopia("repository", "upgrade", "begin", "--upgrade-owner-id=other", *so_far)  # the second time all but its last step
            for words in (["snapshot", "create", self.tree], ["repo", "maintain", "--full"]) if "--rollback" in ends else (["snapshot", "list"],):
                self.assertIn("the repository is being upgraded by other, who needs it alone", self.complaint(*words, expect=1))
            self.assertIn("by other", self.complaint("repo", "upgrade", *ends, *_US, expect=1))
            self.salvor("repo", "upgrade", "--owner=other", *ends)
            self.whole(kopia, snapshot)
            self.assertEqual(self.version(kopia), 1 if "--rollback" in ends else 3)
            self.assertEqual(self.blobs("kopia.repository.backup"), {})

    def test_while_salvor_upgrades_stock_does_not_write_and_can_end_it(self) -> None:
        self.grow(3)
        kopia = self.stock("--format-version=1")
        snapshot = str(kopia.snapshot(self.tree)["id"])
        with subprocess.Popen(self.program.command("repo", "upgrade", "--confirm", *_SHORT, *_US), env=self.program.environment(self.environment),
                              stderr=subprocess.PIPE, text=True) as running:
            assert running.stderr
            self.assertIn("Waiting", running.stderr.readline())
            running.send_signal(signal.SIGINT)
            self.assertIn("--rollback", running.stderr.read())
        shutil.rmtree(kopia.home / "cache")
        with self.assertRaisesRegex(KopiaError, "upgrade"):
            kopia("snapshot", "create", self.tree, "--upgrade-no-block")
        kopia("repository", "upgrade", "begin", "--upgrade-owner-id=user@host", *_SHORT)
        self.assertEqual(self.version(kopia), 3)
        self.whole(kopia, snapshot, self.save())

    def test_with_error_correction_stock_and_salvor_read_what_was_damaged(self) -> None:
        self.grow(5)
        (self.tree / "large").write_bytes(random.Random(5).randbytes(1 << 20))
        expected = {path: fact for path, fact in facts(self.tree).items() if path != "."}
        self.create("--ecc=REED-SOLOMON-CRC32", "--ecc-overhead-percent=10")
        snapshot = self.save()
        damaged = 0
        for name, path in self.blobs("").items():
            if name[0] in "pqx":
                data = bytearray(path.read_bytes())
                data[len(data) // 2 if name[0] == "x" else 200] ^= 0x40
                path.write_bytes(data)
                damaged += 1
        self.assertGreaterEqual(damaged, 3)
        kopia = self.connected()
        self.whole(kopia, snapshot)
        self.assertEqual(self.restored(snapshot), expected)


if __name__ == "__main__":
    unittest.main()
