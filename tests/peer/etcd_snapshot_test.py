"""Snapshots of a real etcd: salvor tells of them what etcdutl and the server tell, and etcd starts on what it restores.

python3 -m unittest tests.peer.etcd_snapshot_test
"""

import hashlib
import os
import random
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import Any

from tests.harness.control_plane import free_ports
from tests.harness.etcd_member import EtcdMember, encoded
from tests.harness.program import Program

_SEED = 20261201
_CHANGES = 260
_COMPACTED_AT = 200
_BUMP = 1_000_000_000


def work(member: EtcdMember, rng: random.Random) -> None:
    """Puts of all sizes, transactions, deletions of one and of many, leases, and a compaction towards the end."""
    for number in range(3):
        member.ask("lease/grant", TTL=3600 + number, ID=1000 + number)
    for step in range(_CHANGES):
        key = f"/registry/things/n{rng.randrange(4)}/t{rng.randrange(25)}"
        kind = rng.randrange(10)
        if kind < 5:
            size = rng.choice([1, 30, 300, 5000]) if step != 50 else 1_200_000
            member.put(key, rng.choice("abc") * size, lease=rng.choice([0, 0, 1000, 1001]))
        elif kind < 7:
            puts = [{"requestPut": {"key": encoded(f"{key}/{i}"), "value": encoded(str(step))}} for i in range(rng.randrange(1, 6))]
            member.ask("kv/txn", success=[*puts, {"requestDeleteRange": {"key": encoded(key)}}])
        elif kind < 9:
            member.delete(key)
        else:
            member.delete(f"/registry/things/n{rng.randrange(4)}/", f"/registry/things/n{rng.randrange(4)}0")
        if step == _COMPACTED_AT:
            member.ask("kv/compaction", revision=member.revision() - 5, physical=True)
    member.ask("lease/revoke", ID=1001)


class Snapshots(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.program = Program(cls.directory)
        cls.member = EtcdMember(cls.directory)
        cls.member.start()
        cls.addClassCleanup(cls.member.kill)
        cls.member.await_health()
        work(cls.member, random.Random(_SEED))
        cls.file = cls.member.save(cls.directory / "snapshot.db")
        cls.state = cls.member.everything()
        cls.latest = cls.member.revision()
        # For the compaction's own revision the server has kept the number from before it.
        begin = cls.member.hash_kv()["compactRevision"] + 1
        cls.hashes = {revision: cls.member.hash_kv(revision) for revision in range(begin, cls.latest + 1)}
        cls.leases = sorted(lease["ID"] for lease in cls.member.ask("lease/leases")["leases"])
        cls.member.kill()  # what the snapshot is compared with is known; the files are enough for the rest

    def show(self, *words: object) -> Any:
        return self.program.json("etcd", "show", self.file, *words)

    def restore(self, directory: Path, name: str, members: dict[str, str], *words: object) -> None:
        cluster = ",".join(f"{member}={url}" for member, url in members.items())
        self.program("etcd", "restore", self.file, "--data-dir", directory, "--name", name, "--initial-cluster", cluster,
                     "--initial-advertise-peer-urls", members[name], *words)

    def test_the_numbers_are_those_of_etcdutl_and_of_the_server_at_every_revision(self) -> None:
        before = hashlib.sha256(self.file.read_bytes()).digest()
        shown, status = self.show(), self.member.status(self.file)
        self.assertEqual({name: shown[name] for name in status}, status)
        self.assertEqual([member["name"] for member in shown["members"]], ["test"])
        self.assertGreater(len(self.hashes), 40)
        for revision, expected in self.hashes.items():
            self.assertEqual(self.show("--revision", revision)["hashKV"], expected, f"seed {_SEED}, revision {revision}")
        self.assertEqual(hashlib.sha256(self.file.read_bytes()).digest(), before)

    def test_a_changed_bit_and_a_missing_end_are_found(self) -> None:
        self.assertIn("intact", self.program("etcd", "verify", self.file).stdout)
        whole = self.file.read_bytes()
        rng = random.Random(_SEED)
        damaged = self.directory / "damaged.db"
        for _ in range(25):
            bit = rng.randrange(8 * len(whole))
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            damaged.write_bytes(changed)
            self.program("etcd", "verify", damaged, expect=5)
        for size in [0, 1, 4096, 8192, len(whole) - 1, len(whole) - 32, len(whole) - 512, *(rng.randrange(len(whole)) for _ in range(8))]:
            damaged.write_bytes(whole[:size])
            self.program("etcd", "verify", damaged, expect=5)

    def test_the_restored_directory_is_what_etcdutl_makes_but_for_free_pages(self) -> None:
        url = "http://127.0.0.1:12380"
        for bump in (0, _BUMP):
            ours, stock = self.directory / f"ours-{bump}", self.directory / f"stock-{bump}"
            ours.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(ours, 12345, 12346)
            owner = (ours.stat().st_uid, ours.stat().st_gid)
            self.restore(ours, "n", {"n": url}, "--bump-revision", bump)
            flags = ["--bump-revision", bump, "--mark-compacted"] if bump else []
            self.member.etcdutl("snapshot", "restore", self.file, "--data-dir", stock, "--name", "n", "--initial-cluster", f"n={url}",
                                "--initial-advertise-peer-urls", url, *flags)
            db = Path("member/snap/db")
            by_stock, by_us = self.member.status(stock / db), self.member.status(ours / db)
            # The hash covers every bucket, key and value.
            self.assertEqual(by_us | {"totalSize": 0}, by_stock | {"totalSize": 0})
            self.assertLessEqual(by_us["totalSize"], by_stock["totalSize"])
            log = Path("member/wal/0000000000000000-0000000000000000.wal")
            written = (ours / log).read_bytes()
            self.assertEqual((stock / log).read_bytes()[: len(written)], written)
            self.assertEqual((stock / log).read_bytes()[len(written):].strip(b"\0"), b"")
            modes = {path.relative_to(ours): path.stat().st_mode & 0o777 for path in [ours, *ours.rglob("*")]}
            self.assertEqual(set(modes.values()), {0o700, 0o600}, modes)
            self.assertEqual({(path.stat().st_uid, path.stat().st_gid) for path in ours.rglob("*")}, {owner})

    def test_etcd_starts_on_it_with_the_state_of_the_snapshot(self) -> None:
        with self.started("--bump-revision", 0) as member:
            self.assertEqual(member.everything(), self.state)
            self.assertEqual(member.hash_kv(self.latest), self.hashes[self.latest])
            self.assertEqual(sorted(lease["ID"] for lease in member.ask("lease/leases")["leases"]), self.leases)
            for revision in (min(self.hashes), self.latest - 3):
                self.assertEqual(member.hash_kv(revision)["hash"], self.hashes[revision]["hash"])
            member.put("after", "1")
            member.save(self.directory / "again.db")
            self.program("etcd", "verify", self.directory / "again.db")

    def test_after_the_bump_old_watches_are_refused_and_revisions_are_new(self) -> None:
        with self.started() as member:
            self.assertEqual(member.everything(), self.state)
            answer = member.watch_once("/registry", self.latest)
            self.assertTrue(answer["canceled"], answer)
            self.assertEqual(int(answer["compact_revision"]), self.latest + _BUMP)
            member.put("after", "1")
            self.assertEqual(member.revision(), self.latest + _BUMP + 1)

    def started(self, *words: object) -> EtcdMember:
        directory = self.directory / f"one-{len(words)}"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        member = EtcdMember(directory)
        self.restore(member.data, "test", {"test": member.peer_url}, *words)
        self.program("etcd", "restore", self.file, "--data-dir", member.data, "--name", "test", "--initial-cluster",
                     f"test={member.peer_url}", "--initial-advertise-peer-urls", member.peer_url, expect=1)
        return member

    def test_members_that_etcd_would_not_start_with_are_wrong_usage(self) -> None:
        target = self.directory / "refused"
        self.program("etcd", "restore", self.file, "--data-dir", target, "--name", "x", "--initial-cluster", "n=http://127.0.0.1:1",
                     "--initial-advertise-peer-urls", "http://127.0.0.1:1", expect=2)
        self.assertFalse(target.exists())

    def test_three_members_find_each_other_and_serve_the_snapshot(self) -> None:
        ports = free_ports(3)
        members = {f"n{i}": f"http://127.0.0.1:{port}" for i, port in enumerate(ports)}
        cluster = ",".join(f"{name}={url}" for name, url in members.items())
        directory = self.directory / "three"
        directory.mkdir()
        started = [EtcdMember(directory, port, name, cluster) for name, port in zip(members, ports, strict=True)]
        for member in started:
            self.addCleanup(member.kill)
            self.restore(member.data, member.name, members, "--initial-cluster-token", "new")
            member.start()
        for member in started:
            member.await_health()
            self.assertEqual(member.everything(), self.state)
        listed = started[0].ask("cluster/member/list")["members"]
        self.assertEqual({member["name"]: member["peerURLs"] for member in listed}, {name: [url] for name, url in members.items()})
        started[0].put("after", "1")
        self.assertEqual(len({member.hash_kv(self.latest + _BUMP + 1)["hash"] for member in started}), 1)


if __name__ == "__main__":
    unittest.main()
