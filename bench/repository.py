"""Snapshots against stock kopia, restic and borg, on the same files, in one run: /usr/bin/python3 -m bench.repository [DIRECTORY]

    large       4 files of 1 GiB, random bytes; Velero's settings (BLAKE2B-256-128, AES256-GCM, DYNAMIC-4M-BUZHASH)
    large-zstd  the same amount, half of each file compressible; BLAKE3-256-128 and zstd
    tiny        1,000,000 files of 100 bytes, 1,000 in a directory
    small       100,000 files of 4 KiB

For each: a snapshot into a new repository, a second one of the unchanged tree, a restore into an empty directory, a verification of
all bytes. salvor has no cache; kopia keeps its own, warm from the snapshot. Wall time, CPU time and peak memory; medians of
repetitions in an order drawn anew. The directory should lie on a tmpfs with some 14 GiB free: else the disk is what is measured.
`hardware` is what no program can go below: the files read once and as many bytes written, by dd and tar.

SALVOR_BENCH_SCALE=0.1 makes a quick run, SALVOR_BENCH_WORKS="tiny" leaves the others out, SALVOR_BENCH_PEERS="kopia" likewise.
What is not installed is left out, and said.
"""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.control_plane import find_programs

ROOT = Path(__file__).resolve().parent.parent
SALVOR = ROOT / "build/release/salvor"
SCALE = float(os.environ.get("SALVOR_BENCH_SCALE", "1"))
REPETITIONS = int(os.environ.get("SALVOR_BENCH_REPETITIONS", "3"))
PASSWORD = "bench"
PER_DIRECTORY = 1000


@dataclass(frozen=True)
class Work:
    files: int
    size: int
    hash: str = "BLAKE2B-256-128"
    compression: str = "none"


WORKS = {
    "large": Work(4, int(1024 * SCALE) << 20),
    "large-zstd": Work(4, int(1024 * SCALE) << 20, "BLAKE3-256-128", "zstd"),
    "tiny": Work(int(1_000_000 * SCALE), 100),
    "small": Work(int(100_000 * SCALE), 4096),
}
CHOSEN = os.environ.get("SALVOR_BENCH_WORKS", " ".join(WORKS)).split()


@dataclass
class Series:
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    def run(self, environment: dict[str, str], *words: object) -> str:
        # A program's peak begins with that of who starts it, and this one is larger than some: time(1) is small.
        with tempfile.NamedTemporaryFile("r") as figures:
            timed = ["/usr/bin/time", "--quiet", "-f", "%e %U %S %M", "-o", figures.name, *map(str, words)]
            done = subprocess.run(timed, env=os.environ | environment, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"{' '.join(map(str, words))} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
            elapsed, user, system, peak_kib = map(float, figures.read().split())
        self.seconds.append(elapsed)
        self.cpu.append(user + system)
        self.peak_mib = max(self.peak_mib, peak_kib / 1024)
        return done.stdout


class Program:
    """One program with a repository of its own below `home`."""

    def __init__(self, home: Path, work: Work) -> None:
        self.home, self.work, self.repository = home, work, home / "repository"
        self.password_file = home / "password"
        self.password_file.write_text(PASSWORD)

    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home)}

    def prepare(self) -> None: ...
    def save(self, tree: Path) -> Sequence[object]: raise NotImplementedError
    def bring_back(self, tree: Path, target: Path) -> Sequence[object]: raise NotImplementedError
    def verify(self) -> Sequence[object]: raise NotImplementedError

    def call(self, *words: object) -> str:
        return subprocess.run(list(map(str, words)), env=os.environ | self.environment(), check=True, capture_output=True, text=True).stdout


class Salvor(Program):
    def words(self, *words: object) -> list[object]:
        return [SALVOR, *words, "--location", self.repository, "--password-file", self.password_file]

    def prepare(self) -> None:
        self.call(*self.words("repo", "create", "--hash", self.work.hash))

    def save(self, tree: Path) -> Sequence[object]:
        return self.words("snapshot", "create", tree, "--compression", self.work.compression)

    def bring_back(self, tree: Path, target: Path) -> Sequence[object]:
        identifier = self.call(*self.words("snapshot", "list", "-o", "json"))
        return self.words("snapshot", "restore", _newest(identifier), target)

    def verify(self) -> Sequence[object]:
        return self.words("snapshot", "verify", "--full")


def _newest(listed: str) -> str:
    snapshots = json.loads(listed)
    return str((snapshots if isinstance(snapshots, list) else snapshots["items"])[-1]["id"])


class Kopia(Program):
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "KOPIA_CONFIG_PATH": str(self.home / "repository.config"), "KOPIA_PASSWORD": PASSWORD,
                "KOPIA_CACHE_DIRECTORY": str(self.home / "cache"), "KOPIA_CHECK_FOR_UPDATES": "false", "KOPIA_LOG_DIR": str(self.home / "logs"),
                "KOPIA_PERSIST_CREDENTIALS_ON_CONNECT": "false"}

    def words(self, *words: object) -> list[object]:
        return [find_programs("kopia")["kopia"], "--no-progress", "--log-level=error", "--file-log-level=error", *words]

    def prepare(self) -> None:
        self.repository.mkdir()
        self.call(*self.words("repository", "create", "filesystem", "--path", self.repository, f"--block-hash={self.work.hash}"))
        self.call(*self.words("maintenance", "set", "--enable-full=false", "--enable-quick=false"))
        self.call(*self.words("policy", "set", "--global", f"--compression={self.work.compression}"))

    def save(self, tree: Path) -> Sequence[object]:
        return self.words("snapshot", "create", tree)

    def bring_back(self, tree: Path, target: Path) -> Sequence[object]:
        return self.words("snapshot", "restore", _newest(self.call(*self.words("snapshot", "list", "--all", "--json"))), target)

    def verify(self) -> Sequence[object]:
        return self.words("snapshot", "verify", "--verify-files-percent=100")


class Restic(Program):
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "RESTIC_PASSWORD_FILE": str(self.password_file), "RESTIC_REPOSITORY": str(self.repository)}

    def prepare(self) -> None:
        self.call("/usr/bin/restic", "init")

    def save(self, tree: Path) -> Sequence[object]:
        return ("/usr/bin/restic", "backup", "--quiet", f"--compression={'off' if self.work.compression == 'none' else 'auto'}", tree)

    def bring_back(self, tree: Path, target: Path) -> Sequence[object]:
        return ("/usr/bin/restic", "restore", "--quiet", "latest", "--target", target)

    def verify(self) -> Sequence[object]:
        return ("/usr/bin/restic", "check", "--quiet", "--read-data")


class Borg(Program):
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "BORG_PASSPHRASE": PASSWORD, "BORG_REPO": str(self.repository)}

    def prepare(self) -> None:
        self.call("/usr/bin/borg", "init", "--encryption", "repokey-blake2")

    def save(self, tree: Path) -> Sequence[object]:
        compression = "none" if self.work.compression == "none" else "zstd,3"
        return ("/usr/bin/borg", "create", "--compression", compression, "::{now:%s%f}", tree)

    def bring_back(self, tree: Path, target: Path) -> Sequence[object]:
        newest = self.call("/usr/bin/borg", "list", "--short", "--last", 1).strip()
        return ("/bin/sh", "-c", f'cd "{target}" && exec /usr/bin/borg extract "::{newest}"')

    def verify(self) -> Sequence[object]:
        return ("/usr/bin/borg", "check", "--verify-data")


PROGRAMS: dict[str, Callable[[Path, Work], Program]] = {"salvor": Salvor, "kopia": Kopia, "restic": Restic, "borg": Borg}


def make_tree(tree: Path, work: Work, name: str) -> None:
    """Bytes that occur once; in large-zstd every second MiB is text of few letters."""
    chance = random.Random(name)
    block = 1 << 20
    for number in range(work.files):
        directory = tree / f"d{number // PER_DIRECTORY:04}"
        if number % PER_DIRECTORY == 0:
            directory.mkdir(parents=True)
        if work.size <= block:
            (directory / f"file-{number:07}").write_bytes(chance.randbytes(work.size))
            continue
        with (directory / f"file-{number:07}").open("wb") as file:
            for at in range(0, work.size, block):
                compressible = work.compression != "none" and at // block % 2 == 1
                file.write(chance.randbytes(block // 2).hex().encode() if compressible else chance.randbytes(block))


def measure(work: str, chosen: list[str], ground: Path, results: dict[tuple[str, str, str], Series]) -> None:
    tree = ground / "tree"
    make_tree(tree, WORKS[work], work)
    for name in random.sample(chosen, len(chosen)):
        home, target = ground / name, ground / "target"
        home.mkdir()
        program = PROGRAMS[name](home, WORKS[work])
        program.prepare()

        def timed(what: str, words: Sequence[object], program: Program = program, name: str = name) -> None:
            results.setdefault((work, what, name), Series()).run(program.environment(), *words)

        timed("first snapshot", program.save(tree))
        timed("unchanged snapshot", program.save(tree))
        timed("verify all bytes", program.verify())
        target.mkdir()
        timed("restore", program.bring_back(tree, target))
        held = sum(len(names) for _, _, names in os.walk(target))
        if held != WORKS[work].files:
            raise RuntimeError(f"{name} brought {held} of {WORKS[work].files} files back")
        shutil.rmtree(target)
        shutil.rmtree(home)
    if WORKS[work].files < 100:
        copy = ground / "copy"
        results.setdefault((work, "first snapshot", "hardware: cp"), Series()).run({}, "/bin/cp", "-r", tree, copy)
        shutil.rmtree(copy)
    else:
        results.setdefault((work, "unchanged snapshot", "hardware: find, stat of each"), Series()).run(
            {}, "/usr/bin/find", tree, "-newermt", "2100-01-01")
    shutil.rmtree(tree)


def tell(results: dict[tuple[str, str, str], Series]) -> None:
    print("\n| work | what | program | time | CPU | peak memory | salvor is faster by | memory of salvor |")
    print("|---|---|---|---|---|---|---|---|")
    for (work, what, name), series in sorted(results.items()):
        took = statistics.median(series.seconds)
        ours = results[work, what, "salvor"]
        ratios = "| |" if name == "salvor" else f"| {took / statistics.median(ours.seconds):.2f} | {ours.peak_mib / series.peak_mib:.2f} |"
        print(f"| {work} | {what} | {name} | {took:.2f} s | {statistics.median(series.cpu):.2f} s | {series.peak_mib:.0f} MiB {ratios}")


def main() -> None:
    parent = sys.argv[1] if len(sys.argv) > 1 else None
    chosen = [name for name in os.environ.get("SALVOR_BENCH_PEERS", " ".join(PROGRAMS)).split() if name != "salvor"]
    for name in ("restic", "borg"):
        if name in chosen and not Path("/usr/bin", name).exists():
            print(f"  {name} is not installed: left out (apt-get install {'borgbackup' if name == 'borg' else name})")
            chosen.remove(name)
    results: dict[tuple[str, str, str], Series] = {}
    with tempfile.TemporaryDirectory(dir=parent, prefix="salvor-bench-") as ground:
        for _ in range(REPETITIONS):
            for work in CHOSEN:
                measure(work, ["salvor", *chosen], Path(ground), results)
    tell(results)


if __name__ == "__main__":
    main()
