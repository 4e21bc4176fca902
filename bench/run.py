"""`make bench`: salvor and raw access to the same API server, on the same objects, in one run.

    raw list    the fastest paged LIST of all Secrets that any client could do (several page sizes, the best counts)
    raw write   Secrets created by a plain parallel writer (32 workers)

Every measurement is repeated; medians and ratios are printed, absolute seconds only beside them. The machine should be
idle. SALVOR_BENCH_OBJECTS=9000 makes a quick run; docs/benchmarks.md is to keep the table of a full one.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.control_plane import ControlPlane
from tests.harness.salvor import ROOT, Salvor

OBJECTS = int(os.environ.get("SALVOR_BENCH_OBJECTS", "90000"))
REPETITIONS = int(os.environ.get("SALVOR_BENCH_REPETITIONS", "5"))
NAMESPACES = 5
SECRET_BYTES = 1024
PAGES = (2000, 5000, 10000, 50000)


@dataclass
class Series:
    """Repeated runs of one thing."""

    seconds: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:7.2f} s  ({min(self.seconds):.2f} .. {max(self.seconds):.2f})"


def build_raw(directory: Path) -> Path:
    program = directory / "raw"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=ROOT / "bench/raw", check=True)
    return program


def raw(program: Path, *words: object) -> dict[str, float]:
    done = subprocess.run([str(program), *map(str, words)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def timed(salvor: Salvor, series: Series, *words: object) -> str:
    """One run of salvor, with its peak memory as the kernel counted it."""
    begun = time.monotonic()
    process = subprocess.Popen(salvor.command(*words, "--quiet"), env=salvor.environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    series.seconds.append(time.monotonic() - begun)
    series.peak_mib = max(series.peak_mib, usage.ru_maxrss / 1024)
    if status != 0:
        raise RuntimeError(f"salvor {' '.join(map(str, words))} failed:\n{output[-2000:]}")
    return output


def say(text: str) -> None:
    print(text, flush=True)


class Bench:
    def __init__(self, cluster: ControlPlane, directory: Path) -> None:
        self.cluster = cluster
        self.salvor = Salvor(cluster.kubeconfig, directory / "location")
        self.raw_program = build_raw(directory)
        self.rows: list[tuple[str, str]] = []

    def row(self, what: str, result: str) -> None:
        self.rows.append((what, result))
        say(f"  {what:<58} {result}")

    def backup(self) -> None:
        say(f"backup of {OBJECTS} Secrets of {SECRET_BYTES} bytes in {NAMESPACES} namespaces")
        raw(self.raw_program, "write", self.cluster.kubeconfig, NAMESPACES, OBJECTS, 32, SECRET_BYTES)
        lists = {limit: Series() for limit in PAGES}
        saved = Series()
        for repetition in range(REPETITIONS):
            for limit, series in lists.items():
                found = raw(self.raw_program, "list", self.cluster.kubeconfig, "/api/v1/secrets", limit)
                series.seconds.append(found["seconds"])
            timed(self.salvor, saved, "backup", "create", f"bench-{repetition}", "--include-resources", "secrets")
        for limit, series in lists.items():
            self.row(f"raw LIST limit={limit}", str(series))
        best = min(series.median for series in lists.values())
        self.row("salvor backup create", str(saved))
        self.row("ratio to the fastest raw LIST (bound 1.15)", f"{saved.median / best:7.2f}")
        self.row("peak memory of the backup (bound 64 MiB)", f"{saved.peak_mib:7.0f} MiB")

    def restore(self, count: int) -> None:
        say(f"restore of {count} Secrets into new namespaces")
        self.cluster.reset()
        raw(self.raw_program, "write", self.cluster.kubeconfig, NAMESPACES, count, 32, SECRET_BYTES)
        timed(self.salvor, Series(), "backup", "create", "source")
        written, restored, again, planned, listed = Series(), Series(), Series(), Series(), Series()
        for repetition in range(min(REPETITIONS, 3)):
            self.cluster.reset()
            found = raw(self.raw_program, "write", self.cluster.kubeconfig, NAMESPACES, count, 32, SECRET_BYTES)
            written.seconds.append(found["seconds"])
            self.cluster.reset()
            name = f"restore-{repetition}"
            timed(self.salvor, restored, "restore", "create", name, "--from-backup", "source")
            timed(self.salvor, again, "restore", "create", f"{name}-again", "--from-backup", "source")
            found = raw(self.raw_program, "list", self.cluster.kubeconfig, "/api/v1/secrets", 10000)
            listed.seconds.append(found["seconds"])
            timed(self.salvor, planned, "restore", "plan", "--from-backup", "source")
        self.row("plain writer, 32 workers", f"{written}  {count / written.median:6.0f}/s")
        self.row("salvor restore create", f"{restored}  {count / restored.median:6.0f}/s")
        self.row("rate against the plain writer (bound 0.90)", f"{written.median / restored.median:7.2f}")
        self.row("peak memory of the restore (bound 128 MiB)", f"{restored.peak_mib:7.0f} MiB")
        self.row("the same restore over unchanged objects", str(again))
        self.row("raw LIST limit=10000", str(listed))
        self.row("salvor restore plan", str(planned))
        self.row("plan against listing (bound 2)", f"{planned.median / listed.median:7.2f}")

    def start_up(self) -> None:
        series = Series()
        for _ in range(40):
            begun = time.monotonic()
            subprocess.run([str(self.salvor.binary), "--version"], check=True, capture_output=True)
            series.seconds.append(time.monotonic() - begun)
        self.row("salvor --version (bound 10 ms)", f"{series.median * 1000:7.1f} ms")


def main() -> int:
    measure: list[Callable[[Bench], None]] = [Bench.start_up, Bench.backup, lambda bench: bench.restore(OBJECTS // 3)]
    os.environ.setdefault("SALVOR_BINARY", str(ROOT / "build/release/salvor"))
    with tempfile.TemporaryDirectory(prefix="salvor-bench-") as directory, ControlPlane() as cluster:
        bench = Bench(cluster, Path(directory))
        for one in measure:
            one(bench)
    say("\n| what | result |\n|---|---|")
    for what, result in bench.rows:
        say(f"| {what} | {result.strip()} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
