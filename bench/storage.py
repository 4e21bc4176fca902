"""Directory location against dd and tar, on the same disk, in one run: /usr/bin/python3 -m bench.storage [DIRECTORY]

    large    one object of 1 GiB           dd bs=1M conv=fsync, and dd to /dev/null
    small    20,000 objects of 4 KiB       tar | tar, and then fsync of every file and directory
             `plain` keeps a location's promise (each object whole, and durable before the next) by bare system calls

Reads are of files that are in the page cache, for both sides: what is compared is the way, not the disk. Each
measurement is repeated in turn; medians count. The machine should be idle, and the directory on the disk that matters.
SALVOR_BENCH_SCALE=0.1 makes a quick run.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "build/release/bench/storage_driver"
SCALE = float(os.environ.get("SALVOR_BENCH_SCALE", "1"))
REPETITIONS = int(os.environ.get("SALVOR_BENCH_REPETITIONS", "3"))
LARGE = int(1024 * SCALE) << 20
SMALL, SMALL_BYTES = int(20_000 * SCALE), 4096
BOUND = 0.9


def seconds(work: Callable[[], None]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def run(*words: object) -> None:
    subprocess.run(list(map(str, words)), check=True, capture_output=True)


def driver(mode: str, directory: Path, count: int, size: int, threads: int = 1) -> float:
    words = [str(DRIVER), mode, str(directory), str(count), str(size), str(threads)]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)["seconds"]


def fsync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def tar_over(source: Path, target: Path, *, durable: bool) -> None:
    with subprocess.Popen(["tar", "cf", "-", "-C", str(source), "."], stdout=subprocess.PIPE) as pack:
        subprocess.run(["tar", "xf", "-", "-C", str(target)], stdin=pack.stdout, check=True)
    if not durable:
        return
    for directory, _, names in os.walk(target):
        for name in names:
            fsync(os.path.join(directory, name))
        fsync(directory)


class Bench:
    def __init__(self, ground: Path) -> None:
        self.ground = ground
        self.made = 0
        self.times: dict[str, list[float]] = {}

    def fresh(self) -> Path:
        """A new, empty directory; nothing of earlier writes is still on its way to the disk."""
        self.made += 1
        path = self.ground / str(self.made)
        path.mkdir()
        os.sync()
        return path

    def note(self, what: str, took: float) -> None:
        self.times.setdefault(what, []).append(took)

    def large(self) -> None:
        ours, theirs = self.fresh(), self.fresh()
        copy = theirs / "copy"
        self.note("large write", driver("write", ours, 1, LARGE))
        os.sync()
        self.note("large dd conv=fsync", seconds(
            lambda: run("dd", "if=/dev/zero", f"of={copy}", "bs=1M", f"count={LARGE >> 20}", "conv=fsync")))
        driver("read", ours, 1, LARGE)
        self.note("large read", driver("read", ours, 1, LARGE))
        run("dd", f"if={copy}", "of=/dev/null", "bs=1M")
        self.note("large dd to /dev/null", seconds(lambda: run("dd", f"if={copy}", "of=/dev/null", "bs=1M")))
        shutil.rmtree(ours)
        shutil.rmtree(theirs)

    def small(self) -> None:
        ours, eight, plain, lazy, tarred = (self.fresh() for _ in range(5))
        self.note("small write", driver("write", ours, SMALL, SMALL_BYTES))
        os.sync()
        self.note("small write, 8 threads", driver("write", eight, SMALL, SMALL_BYTES, 8))
        os.sync()
        self.note("small plain", driver("plain", plain, SMALL, SMALL_BYTES))
        os.sync()
        self.note("small tar | tar, nothing durable", seconds(lambda: tar_over(ours, lazy, durable=False)))
        os.sync()
        self.note("small tar | tar, then fsync of all", seconds(lambda: tar_over(ours, tarred, durable=True)))
        driver("read", ours, SMALL, SMALL_BYTES)
        self.note("small read", driver("read", ours, SMALL, SMALL_BYTES))
        self.note("small tar to a pipe", seconds(lambda: run("sh", "-c", f"tar cf - -C {ours} . | cat >/dev/null")))
        for path in (ours, eight, plain, lazy, tarred):
            shutil.rmtree(path)

    def tell(self) -> None:
        middle = {what: statistics.median(times) for what, times in self.times.items()}
        for what, times in self.times.items():
            print(f"  {what:<40} {middle[what]:8.2f} s  ({min(times):.2f} .. {max(times):.2f})")
        for ours, theirs in (("large write", "large dd conv=fsync"), ("large read", "large dd to /dev/null"),
                             ("small write", "small plain"), ("small write, 8 threads", "small plain"),
                             ("small write, 8 threads", "small tar | tar, then fsync of all"),
                             ("small read", "small tar to a pipe")):
            speed = middle[theirs] / middle[ours]
            print(f"  {ours} at {speed:.0%} of the speed of {theirs}{'' if speed >= BOUND else '   BELOW 90 %'}")


def main() -> None:
    parent = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=parent) as ground:
        bench = Bench(Path(ground))
        for _ in range(REPETITIONS):
            bench.large()
            bench.small()
        print(f"directory location on {ground}, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
        bench.tell()


if __name__ == "__main__":
    main()
