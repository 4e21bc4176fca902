"""Formats of repositories: salvor upgrades what stock made and stock goes on with it, both stop for each other's upgrades, and what
salvor makes of older formats and with error correction is whole for stock.

python3 -m unittest tests.peer.kopia_format_test
"""

import os
import random
import shutil
import signal
import subprocess
import unittest

from tests.harness.awkward_tree import change_tree, facts, make_tree
from tests.harness.both_kopias import BothKopias
from tests.harness.stock_kopia import KopiaError, StockKopia

_US = ("--username=user", "--hostname=host")
_AT_ONCE = ("--io-drain-timeout=100ms", "--max-permitted-clock-drift=100ms", "--allow-unsafe-upgrade")
_SHORT = ("--io-drain-timeout=1s", "--max-permitted-clock-drift=1s", "--allow-unsafe-upgrade", "--status-poll-interval=100ms")
_QUICK_KEY = "--format-block-key-derivation-algorithm=pbkdf2-sha256-600000"


class Formats(BothKopias):
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

    def test_an_upgraded_repository_is_one_of_the_newest_format_for_stock(self) -> None:
        make_tree(self.tree, seed=1)
        expected = {path: fact for path, fact in facts(self.tree).items() if path != "."}
        for version in (1, 2):
            with self.subTest(version=version):
                kopia = self.stock(f"--format-version={version}")
                ids = [str(kopia.snapshot(self.tree)["id"])]
                (self.tree / "more").write_text(str(version))
                if version == 1:
                    kopia("snapshot", "delete", kopia.snapshot(self.tree)["id"], "--delete")
                    kopia("maintenance", "run", "--full", "--safety=none")  # merges indexes
                    self.assertIn("repo upgrade", self.complaint("snapshot", "create", self.tree, expect=1))
                (self.tree / "more").unlink()
                plan = self.answer("repo", "upgrade")
                self.assertEqual((plan["from"], plan["to"], plan["migratesIndexes"], plan["done"]), (version, 3, version == 1, False))
                self.assertEqual(self.version(kopia), version)
                before = kopia("content", "list", "--deleted", "--long")
                self.salvor("repo", "upgrade", "--confirm", *_AT_ONCE, *_US)
                shutil.rmtree(kopia.home / "cache")
                self.assertEqual(self.version(kopia), 3)
                self.assertEqual(kopia("content", "list", "--deleted", "--long"), before)
                self.whole(kopia, *ids)
                ids += [str(kopia.snapshot(self.tree)["id"]), self.save()]
                kopia("maintenance", "run", "--full", "--safety=none")
                self.salvor("repo", "maintain", "--full", "--safety=none", *_US)
                self.whole(kopia, *ids)
                self.assertEqual(self.restored(ids[0]), expected)
        self.assertIn("the newest", self.salvor("repo", "upgrade", "--confirm"))

    def test_while_stock_upgrades_nobody_else_writes_and_its_upgrade_is_ended_or_taken_back(self) -> None:
        make_tree(self.tree, seed=2)
        for ends in (("--confirm", *_AT_ONCE), ("--rollback", "--confirm")):
            with self.subTest(ends=ends):
                kopia = self.stock("--format-version=1")
                snapshot = str(kopia.snapshot(self.tree)["id"])
                kopia("repository", "upgrade", "begin", "--upgrade-owner-id=other", "--lock-only", *_SHORT)
                for words in (["snapshot", "create", self.tree], ["snapshot", "list"], ["repo", "maintain", "--full"]):
                    self.assertIn("the repository is being upgraded by other, who needs it alone", self.complaint(*words, expect=1))
                self.assertIn("by other", self.complaint("repo", "upgrade", *ends, *_US, expect=1))
                self.salvor("repo", "upgrade", "--owner=other", *ends)
                shutil.rmtree(kopia.home / "cache")
                self.assertEqual(self.version(kopia), 1 if "--rollback" in ends else 3)
                self.whole(kopia, snapshot)
                self.assertEqual(self.blobs("kopia.repository.backup"), {})

    def test_while_salvor_upgrades_stock_does_not_write_and_can_end_it(self) -> None:
        make_tree(self.tree, seed=3)
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

    def test_what_salvor_makes_of_older_formats_stock_uses(self) -> None:
        make_tree(self.tree, seed=4)
        for version in (1, 2):
            with self.subTest(version=version):
                for old in (self.repository, self.directory / "kopia"):
                    shutil.rmtree(old, ignore_errors=True)
                self.create(f"--format-version={version}")
                kopia = self.connected()
                self.assertEqual(self.version(kopia), version)
                ids = [str(kopia.snapshot(self.tree)["id"])]
                if version == 2:
                    change_tree(self.tree)
                    ids.append(self.save())
                self.whole(kopia, *ids)

    def test_with_error_correction_stock_and_salvor_read_what_was_damaged(self) -> None:
        make_tree(self.tree, seed=5)
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
        os.utime(self.tree / "large", (1, 1))
        self.whole(kopia, str(kopia.snapshot(self.tree)["id"]), self.save())


if __name__ == "__main__":
    unittest.main()
