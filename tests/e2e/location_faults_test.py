"""Locations that do not behave, and backups that are not what was written: damaged by disks, or made to do harm.

python3 -m unittest tests.e2e.location_faults_test
"""

import gzip
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.api import Api
from tests.harness.control_plane import ControlPlane
from tests.harness.fault_proxy import FaultProxy, Request
from tests.harness.program import Program
from tests.harness.salvor import Salvor, objects_of

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
_HANG_SECONDS = 120.0


def setUpModule() -> None:
    """One cluster with a namespace `team`, and one good backup `good` of it."""
    print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
    Locations.directory = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    Locations.cluster = unittest.enterModuleContext(ControlPlane())
    _populate(Api(Locations.cluster))
    Locations.good = Locations.directory / "good-location"
    Salvor(Locations.cluster.kubeconfig, Locations.good)("backup", "create", "good")


class Locations(unittest.TestCase):
    directory: Path
    cluster: ControlPlane
    good: Path

    def setUp(self) -> None:
        self.random = random.Random(f"{SEED} {self._testMethodName}")
        self.location = self.directory / self._testMethodName
        self.salvor = Salvor(self.cluster.kubeconfig, self.location)

    def names(self) -> list[str]:
        return self.salvor("backup", "get", "-o", "name").stdout.split()

    def run_it(self, *args: object, timeout: float = _HANG_SECONDS) -> tuple[int, str]:
        """Exit status and everything it said; a crash fails the test."""
        running = self.salvor.start(*args)
        output, errors = running.communicate(timeout=timeout)
        self.assertGreaterEqual(running.returncode, 0, f"died of signal {-running.returncode}: {args}\n{output}{errors}")
        return running.returncode, output + errors

    def namespaces(self) -> set[str]:
        return {item["metadata"]["name"] for item in self.cluster.request("GET", "/api/v1/namespaces")["items"]}


class LocationsThatCannotTakeABackup(Locations):
    def test_a_file_is_no_location(self) -> None:
        self.location.write_text("mine")
        said = self.salvor("backup", "create", "b", expect=1).stderr
        self.assertIn(str(self.location), said)
        self.assertEqual(self.location.read_text(), "mine")

    def test_a_missing_disk_is_not_made_up(self) -> None:
        self.salvor.location = self.location / "below"
        said = self.salvor("backup", "create", "b", expect=1).stderr
        self.assertIn("mount", said)
        self.assertIn("mount", self.salvor("backup", "get", "b", expect=1).stderr)
        self.assertFalse(self.location.exists())

    def test_a_read_only_disk_is_named(self) -> None:
        self.location.mkdir()
        with mounted(self, self.location, "size=16m", read_only=True):
            said = self.salvor("backup", "create", "b", expect=1).stderr
            self.assertRegex(said.lower(), "read-only")
            self.assertIn(str(self.location), said)
            self.assertEqual([], self.names())

    def test_a_directory_that_others_own_is_named(self) -> None:
        self.location.mkdir(mode=0o755)
        kubeconfig = self.directory / "readable.kubeconfig"
        shutil.copy(self.cluster.kubeconfig, kubeconfig)
        kubeconfig.chmod(0o644)
        self.directory.chmod(0o755)
        command = [*_as_nobody(self), *Salvor(kubeconfig, self.location).command("backup", "create", "b")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_HANG_SECONDS,
                              env=Salvor(kubeconfig, self.location).environment())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("denied", done.stderr.lower())
        self.assertEqual([], list(self.location.iterdir()))

    def test_a_disk_that_fills_up_ends_the_backup_and_keeps_the_older_one(self) -> None:
        self.location.mkdir()
        with mounted(self, self.location, "size=640k"):
            self.salvor("backup", "create", "small", "--include-namespaces", "team", "--include-resources", "configmaps")
            said = self.salvor("backup", "create", "large", expect=1).stderr
            self.assertRegex(said.lower(), "space")
            self.assertEqual(["backup/small"], self.names())
            self.salvor("backup", "verify", "small")
            self.assertEqual([], [str(path) for path in self.location.glob("backups/large/*")])

    def test_a_name_that_exists_is_refused_and_the_backup_untouched(self) -> None:
        shutil.copytree(self.good, self.location)
        before = _contents(self.location)
        said = self.salvor("backup", "create", "good", expect=1).stderr
        self.assertIn("good", said)
        self.assertEqual(before, _contents(self.location))


class BackupsThatMeet(Locations):
    """Several runs under one name."""

    def test_of_two_at_once_one_wins_and_nothing_is_mixed(self) -> None:
        for round_number in range(6):
            name = f"same-{round_number}"
            choices = [["--include-resources", kind] for kind in ("configmaps", "secrets", "services")]
            running = [(choice, self.salvor.start("backup", "create", name, *choice)) for choice in choices]
            ended = [(choice, process.communicate(timeout=_HANG_SECONDS), process.returncode) for choice, process in running]
            self.assert_at_most_one_won(name, ended)

    def test_one_that_was_overtaken_does_not_replace_the_other(self) -> None:
        """The first waits in the middle of its reading until the second one has published."""
        inside, go_on = threading.Event(), threading.Event()

        def script(request: Request) -> None:
            if request.path.endswith("/configmaps"):
                inside.set()
                go_on.wait(_HANG_SECONDS)
        with FaultProxy(self.cluster, script) as proxy:
            slow = Salvor(proxy.kubeconfig(self.directory), self.location)
            first = slow.start("backup", "create", "same", "--include-resources", "configmaps")
            self.assertTrue(inside.wait(_HANG_SECONDS))
            second = self.salvor.start("backup", "create", "same", "--include-resources", "secrets")
            second_said = second.communicate(timeout=_HANG_SECONDS)
            go_on.set()
            first_said = first.communicate(timeout=_HANG_SECONDS)
        self.assert_at_most_one_won("same", [(["", "configmaps"], first_said, first.returncode),
                                             (["", "secrets"], second_said, second.returncode)])

    def assert_at_most_one_won(self, name: str, ended: list) -> None:
        said = str(ended)
        winners = [choice[1] for choice, _, status in ended if status == 0]
        self.assertTrue(all(status in (0, 1) for _, _, status in ended), said)
        self.assertLessEqual(len(winners), 1, said)
        self.assertEqual([f"backup/{name}"] if winners else [], [n for n in self.names() if n.endswith(name)], said)
        if winners:
            self.salvor("backup", "verify", name)
            self.assertEqual(self.salvor.metadata(name)["spec"]["includedResources"], winners)
            self.assertLessEqual({kind for kind, _, _ in objects_of(self.salvor.archive(name))}, {*winners, "namespaces"})

    def crash(self, *others: str) -> None:
        """A run is killed while it reads; `others` are the backups that there are."""
        inside = threading.Event()

        def script(request: Request) -> None:
            if request.path.endswith("/secrets"):
                inside.set()
                threading.Event().wait(_HANG_SECONDS)
        with FaultProxy(self.cluster, script) as proxy:
            crashing = Salvor(proxy.kubeconfig(self.directory), self.location).start("backup", "create", "b")
            self.assertTrue(inside.wait(_HANG_SECONDS))
            crashing.kill()
            crashing.communicate()
        self.assertTrue(any(self.location.rglob("*")))
        self.assertEqual(list(others), self.names())

    def test_the_leftovers_of_a_crash_are_not_in_the_way(self) -> None:
        self.crash()
        self.salvor("backup", "create", "b")
        self.salvor("backup", "verify", "b")

    def test_the_leftovers_of_a_crash_are_told_and_removed_when_they_are_old(self) -> None:
        shutil.copytree(self.good, self.location)
        before = _contents(self.location)
        self.crash("backup/good")
        left = _contents(self.location)
        program = Program(self.directory)
        self.assertIn("Nothing", program("location", "clean", self.location).stderr)  # they are young
        told = program.json("location", "clean", self.location, "--older-than", "0s", "--dry-run")["items"]
        self.assertEqual({item["result"] for item in told}, {"found"})
        self.assertIn("unpublished backup b", [item["leftover"] for item in told])
        self.assertEqual(left, _contents(self.location))
        said = program("location", "clean", self.location, "--older-than", "0s")
        self.assertIn(f"{len(told)} leftovers", said.stderr)
        self.assertEqual(before, _contents(self.location))

    def test_files_of_a_backup_that_was_never_listed_are_not_in_the_way(self) -> None:
        shutil.copytree(self.good, self.location)
        (self.location / "backups/good/velero-backup.json").unlink()
        self.assertEqual([], self.names())
        self.salvor("backup", "verify", "good", expect=4)
        self.salvor("backup", "create", "good", "--include-resources", "secrets")
        self.salvor("backup", "verify", "good")


class DamagedBackups(Locations):
    """Each test damages one file in many places. What a restore brings back from it is all, or not called a success."""

    FILES = {"archive": "good.tar.gz", "index": "good-salvor-index", "resource list": "good-resource-list.json.gz"}
    _round = 0

    def test_a_flipped_bit_in_any_file_is_found(self) -> None:
        for what, file in self.FILES.items():
            for _ in range(8):
                with self.subTest(file=what), self.damaged(file, self.flip_a_bit):
                    # The list has no hash: when and by which system its gzip header says that it was made is no damage.
                    if what == "resource list" and self.reads_as_before(file):
                        self.assert_whole()
                    else:
                        self.assert_found(file)

    def test_a_truncated_file_is_found(self) -> None:
        for what, file in self.FILES.items():
            for _ in range(4):
                with self.subTest(file=what), self.damaged(file, lambda data: data[:self.random.randrange(len(data))]):
                    self.assert_found(file)

    def test_a_missing_file_is_found(self) -> None:
        with self.damaged("good.tar.gz", lambda _: None):
            self.assert_found("good.tar.gz")

    def test_trailing_bytes_are_found(self) -> None:
        with self.damaged("good.tar.gz", lambda data: data + b"more"):
            self.assert_found("good.tar.gz")

    def test_a_swapped_archive_is_found(self) -> None:
        self.salvor.location = self.good
        if not (self.good / "backups/other").exists():
            self.salvor("backup", "create", "other", "--include-resources", "configmaps,namespaces")
        other = (self.good / "backups/other/other.tar.gz").read_bytes()
        with self.damaged("good.tar.gz", lambda _: other):
            self.assert_found("good.tar.gz")

    def test_damaged_metadata_is_found_and_nothing_restored(self) -> None:
        for damage in (lambda data: data[:self.random.randrange(len(data) - 1)], lambda _: b"", lambda _: b"[]",
                       lambda data: b"\xff" + data[1:]):
            with self.damaged("velero-backup.json", damage):
                self.assertEqual(5, self.run_it("backup", "verify", "good")[0])
                self.assertEqual(5, self.run_it("restore", "create", "--from-backup", "good")[0])
                status, said = self.run_it("backup", "get")
                self.assertIn("good", said)
                self.assertLess(status, 6)

    def test_damaged_companions_are_found(self) -> None:
        for file in ("good-results.gz", "good-volumeinfo.json.gz", "good-itemoperations.json.gz"):
            with self.subTest(file=file), self.damaged(file, lambda data: data[:len(data) // 2]):
                status, said = self.run_it("backup", "verify", "good")
                self.assertEqual(status, 5, said)
                self.assertIn(file, said)

    @contextmanager
    def damaged(self, file: str, damage: Callable[[bytes], bytes | None]) -> Iterator[None]:
        DamagedBackups._round += 1
        self.location = self.directory / f"damaged-{self._round}"
        self.salvor = Salvor(self.cluster.kubeconfig, self.location)
        shutil.copytree(self.good / "backups/good", self.location / "backups/good")
        path = self.location / "backups/good" / file
        data = damage(path.read_bytes())
        path.unlink() if data is None else path.write_bytes(data)
        yield
        shutil.rmtree(self.location)

    def flip_a_bit(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1:]

    def reads_as_before(self, file: str) -> bool:
        try:
            text = gzip.decompress((self.location / "backups/good" / file).read_bytes())
        except (OSError, EOFError, zlib.error):
            return False
        return text == gzip.decompress((self.good / "backups/good" / file).read_bytes())

    def assert_whole(self) -> None:
        self.salvor("backup", "verify", "good")
        target = f"damaged-{self._round}"
        self.salvor("restore", "create", "--from-backup", "good", "--include-namespaces", "team", "--namespace-mappings", f"team:{target}")
        self.assertEqual(_names(self.cluster, "team"), _names(self.cluster, target))
        Api(self.cluster).delete_namespace(target)

    def assert_found(self, file: str) -> None:
        status, said = self.run_it("backup", "verify", "good")
        self.assertEqual(status, 5, said)
        self.assertIn("good", said)
        self.assertNotIn("all whole", said)
        target = f"damaged-{self._round}"
        status, said = self.run_it("restore", "create", "--from-backup", "good", "--include-namespaces", "team",
                                   "--namespace-mappings", f"team:{target}")
        if status == 0 and "salvor: warning:" not in said:
            self.assertEqual(_names(self.cluster, "team"), _names(self.cluster, target), f"a silent partial restore: {said}")
        else:
            self.assertIn("good", said)
        if target in self.namespaces():
            Api(self.cluster).delete_namespace(target)


class HostileArchives(Locations):
    """Archives that nobody's backup program wrote. Nothing of them may reach the disk, or, half, the cluster."""

    def test_entries_that_leave_their_folder_are_refused(self) -> None:
        for path in ("../../../../tmp/salvor-escaped.json", "/tmp/salvor-escaped.json",
                     "resources/configmaps/namespaces/evil/../../../../../tmp/salvor-escaped.json",
                     "resources/configmaps/namespaces/../x.json", "resources/configmaps/namespaces/evil/a\0b.json"):
            with self.subTest(path=path):
                self.assert_refused([(path, _config_map("x"))])
        self.assertFalse(Path("/tmp/salvor-escaped.json").exists())

    def test_links_and_devices_are_refused(self) -> None:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            with self.subTest(kind=kind):
                entry = tarfile.TarInfo("resources/configmaps/namespaces/evil/link.json")
                entry.type, entry.linkname = kind, "/etc/passwd"
                self.assert_refused([entry])

    def test_two_entries_of_one_name_are_refused(self) -> None:
        path = "resources/configmaps/namespaces/evil/x.json"
        self.assert_refused([(path, _config_map("x", "one")), (path, _config_map("x", "two"))])

    def test_an_entry_that_claims_to_be_giant_is_refused(self) -> None:
        for size in (1 << 33, (1 << 62) + 5):
            entry = tarfile.TarInfo("resources/configmaps/namespaces/evil/x.json")
            entry.size = size
            self.assert_refused([entry])

    def test_a_bomb_is_refused_before_it_is_unpacked(self) -> None:
        self.assert_refused([("resources/configmaps/namespaces/evil/x.json", b" " * (300 << 20))], memory=512 << 20)

    def test_objects_that_are_not_what_their_path_says_are_refused(self) -> None:
        for text in (_config_map("y"), _config_map("x", namespace="kube-system"), b"null", b"[]", b"{", b"", b"\xff\xfe",
                     b"[" * 100_000, json.dumps({"apiVersion": "v1", "kind": "Secret",
                                                "metadata": {"name": "x", "namespace": "evil"}}).encode()):
            with self.subTest(text=text[:80]):
                self.assert_refused([("resources/configmaps/namespaces/evil/x.json", text)])

    def test_names_that_are_not_text_are_refused(self) -> None:
        entry = tarfile.TarInfo("resources/configmaps/namespaces/evil/\udcff\udcfe.json")
        self.assert_refused([entry])

    def test_an_archive_that_is_something_else_is_refused(self) -> None:
        for data in (b"", b"hello", gzip.compress(b""), gzip.compress(b"hello" * 1000), gzip.compress(bytes(10240)),
                     self.random.randbytes(5000), b"\x1f\x8b" + self.random.randbytes(5000)):
            with self.subTest(data=data[:20]):
                self.assert_refused(data)

    def assert_refused(self, entries: list | bytes, *, memory: int | None = None) -> None:
        data = entries if isinstance(entries, bytes) else _tar(entries)
        self.plant(data)
        limits = ["prlimit", f"--as={memory + (1 << 30)}"] if memory else []
        for args in (["backup", "verify", "good"], ["restore", "plan", "--from-backup", "good"],
                     ["restore", "create", "--from-backup", "good"]):
            done = subprocess.run([*limits, *self.salvor.command(*args)], capture_output=True, text=True, check=False,
                                  errors="replace", env=self.salvor.environment(), timeout=_HANG_SECONDS)
            said = f"{args}: exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            self.assertIn(done.returncode, {3, 5} if args[1] == "create" else {5}, said)
            self.assertTrue("problem" in said or "salvor:" in said or "error:" in said, said)
        self.assertNotIn("evil", self.namespaces())

    def plant(self, archive: bytes) -> None:
        """A backup with this archive and, as stock Velero's, no index."""
        shutil.rmtree(self.location, ignore_errors=True)
        folder = self.location / "backups/good"
        shutil.copytree(self.good / "backups/good", folder)
        (folder / "good-salvor-index").unlink()
        (folder / "good-resource-list.json.gz").unlink()
        (folder / "good.tar.gz").write_bytes(archive)


def _config_map(name: str, text: str = "text", namespace: str = "evil") -> bytes:
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
                       "data": {"text": text}}).encode()


def _tar(entries: list) -> bytes:
    """A tar.gz with Velero's version file and these entries: (path, text), or a TarInfo whose size may be a lie."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.GNU_FORMAT, errors="surrogateescape", compresslevel=1) as tar:
        for entry in [("metadata/version", b"1.1.0\n"), *entries]:
            if isinstance(entry, tarfile.TarInfo):
                tar.fileobj.write(entry.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
            else:
                header = tarfile.TarInfo(entry[0])
                header.size = len(entry[1])
                tar.addfile(header, io.BytesIO(entry[1]))
    return packed.getvalue()


def _names(cluster: ControlPlane, namespace: str) -> set[str]:
    """What a namespace holds of the kinds that _populate makes."""
    return {f"{kind}/{item['metadata']['name']}" for kind in ("configmaps", "secrets", "services")
            for item in cluster.request("GET", f"/api/v1/namespaces/{namespace}/{kind}")["items"]}


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def mounted(test: unittest.TestCase, path: Path, options: str, read_only: bool = False) -> Iterator[None]:
    """A small disk of its own at `path`, where this machine lets us mount one."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options + (",ro" if read_only else ""), "salvor-test", path],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        test.skipTest(f"NOT TESTED: this machine does not let us mount a disk: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def _as_nobody(test: unittest.TestCase) -> list[str]:
    if os.geteuid() != 0:
        test.skipTest("NOT TESTED: only root can become another user")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def _populate(api: Api) -> None:
    resources = {str(r): r for r in api.resources()}
    source = random.Random(SEED)
    texts = [source.randbytes(8_000).hex() if number % 2 else "plain" for number in range(60)]
    api.request("POST", resources["v1/namespaces"].path(), {"metadata": {"name": "team"}})

    def make(number: int) -> None:
        meta, text = {"name": f"o-{number:03}"}, texts[number]
        api.request("POST", resources["v1/configmaps"].path("team"), {"metadata": meta, "data": {"text": text}})
        api.request("POST", resources["v1/secrets"].path("team"), {"metadata": meta, "stringData": {"text": text}})
    api.in_parallel(make, range(len(texts)))
    api.request("POST", resources["v1/services"].path("team"),
                {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}}})


if __name__ == "__main__":
    unittest.main()
