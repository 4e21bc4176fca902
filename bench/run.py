"""`make bench`: salvor and raw access to the same API server, on the same objects, in one run.

    raw list    the fastest paged LIST of all Secrets that any client could do (several page sizes, the best counts), as
                JSON, which is what a backup holds, and as protobuf, which salvor asks for
    raw write   Secrets created by a plain parallel writer (32 workers)

Every measurement is repeated, in an order drawn anew each time; medians and ratios are printed, absolute seconds only
beside them. The API server collects its garbage before each one: a collection that falls into a LIST doubles its CPU time,
and it would be charged with what the runs before it left. One Secret is written before each one, as in a cluster that
lives: five minutes after the last write the server compacts its history and lists from etcd, which takes twice as long, and
the runs before that moment and after it would be compared with each other. The machine should be idle. SALVOR_BENCH_OBJECTS=9000 makes a
quick run, SALVOR_BENCH_PARTS=backup leaves the restores out; docs/benchmarks.md keeps the table of a full one.
"""

import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.control_plane import ControlPlane
from tests.harness.salvor import ROOT, Salvor

OBJECTS = int(os.environ.get("SALVOR_BENCH_OBJECTS", "90000"))
REPETITIONS = int(os.environ.get("SALVOR_BENCH_REPETITIONS", "9"))
PARTS = os.environ.get("SALVOR_BENCH_PARTS", "backup restore").split()
NAMESPACES = 5
SECRET_BYTES = 1024
PAGES = (5000, 10000, 50000)
FORMS = ("json", "protobuf")


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
        self.count = 0  # Secrets in the cluster

    def row(self, what: str, result: str) -> None:
        self.rows.append((what, result))
        say(f"  {what:<58} {result}")

    def settle(self) -> None:
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bench-living"}}
        self.cluster.request("POST", "/api/v1/namespaces/default/secrets", secret)
        self.cluster.request("DELETE", "/api/v1/namespaces/default/secrets/bench-living")
        with contextlib.closing(self.cluster.connect()) as connection:
            connection.request("GET", "/debug/pprof/heap?gc=1")
            connection.getresponse().read()

    def write(self, count: int, kind: str = "bare") -> float:
        self.count = count
        return raw(self.raw_program, "write", self.cluster.kubeconfig, NAMESPACES, count, 32, SECRET_BYTES, kind)["seconds"]

    def list(self, limit: int, series: Series, form: str = "json") -> None:
        self.settle()
        done = raw(self.raw_program, "list", self.cluster.kubeconfig, "/api/v1/secrets", limit, form)
        if done["bytes"] < SECRET_BYTES * 3 // 4 * self.count:
            raise RuntimeError(f"a raw LIST at limit={limit} ended after {done['bytes']} bytes")
        series.seconds.append(done["seconds"])

    def run(self, series: Series, *words: object) -> None:
        self.settle()
        timed(self.salvor, series, *words)

    def backup(self) -> None:
        say(f"backup of {OBJECTS} Secrets of {SECRET_BYTES} bytes in {NAMESPACES} namespaces")
        self.write(OBJECTS)
        lists = {(form, limit): Series() for form in FORMS for limit in PAGES}
        saved = Series()
        for repetition in range(REPETITIONS):
            name = f"bench-{repetition}"
            steps = [lambda: self.run(saved, "backup", "create", name, "--include-resources", "secrets")]
            steps += [lambda form=form, limit=limit, series=series: self.list(limit, series, form)
                      for (form, limit), series in lists.items()]
            random.shuffle(steps)
            for step in steps:
                step()
            shutil.rmtree(self.salvor.folder(name))
        for (form, limit), series in lists.items():
            self.row(f"raw LIST as {form}, limit={limit}", str(series))
        self.row("salvor backup create", str(saved))
        for form in FORMS:
            best = min(series.median for (of, _), series in lists.items() if of == form)
            self.row(f"ratio to the fastest raw LIST as {form} (bound 1.15)", f"{saved.median / best:7.2f}")
        self.row("peak memory of the backup (bound 64 MiB)", f"{saved.peak_mib:7.0f} MiB")

    def restore(self, count: int) -> None:
        say(f"restore of {count} Secrets into new namespaces")
        self.cluster.reset()
        self.write(count)
        self.run(Series(), "backup", "create", "source")
        bare, whole, restored, again, planned, listed = (Series() for _ in range(6))
        self.count = count

        def write(kind: str, series: Series) -> None:
            self.cluster.reset()
            self.settle()
            series.seconds.append(self.write(count, kind))

        def restore(name: str) -> None:
            self.cluster.reset()
            self.run(restored, "restore", "create", name, "--from-backup", "source")
            for _ in range(3):
                self.list(10000, listed)
                self.run(planned, "restore", "plan", "--from-backup", "source")
            self.run(again, "restore", "create", f"{name}-again", "--from-backup", "source")

        for repetition in range(max(REPETITIONS * 2 // 3, 1)):
            steps = [lambda name=f"restore-{repetition}": restore(name), lambda: write("whole", whole)]
            steps += [lambda: write("bare", bare)] if repetition % 2 == 0 else []
            random.shuffle(steps)
            for step in steps:
                step()
        self.row("plain writer, 32 workers, bare objects", f"{bare}  {count / bare.median:6.0f}/s")
        self.row("the same with labels and managedFields, as salvor", f"{whole}  {count / whole.median:6.0f}/s")
        self.row("salvor restore create", f"{restored}  {count / restored.median:6.0f}/s")
        self.row("rate against the writer of the same (bound 0.90)", f"{whole.median / restored.median:7.2f}")
        self.row("rate against the writer of bare objects", f"{bare.median / restored.median:7.2f}")
        self.row("peak memory of the restore (bound 128 MiB)", f"{restored.peak_mib:7.0f} MiB")
        self.row("the same restore over unchanged objects", str(again))
        self.row("raw LIST limit=10000", str(listed))
        self.row("salvor restore plan", str(planned))
        self.row("plan against listing (bound 2)", f"{planned.median / listed.median:7.2f}")


def start_up(program: str) -> str:
    """The time of `salvor --version`, before a cluster keeps the machine busy."""
    series = Series()
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    for _ in range(40):
        begun = time.monotonic()
        child = os.posix_spawn(program, [program, "--version"], os.environ, file_actions=nowhere)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
            raise RuntimeError("salvor --version failed")
        series.seconds.append(time.monotonic() - begun)
    return f"{series.median * 1000:7.1f} ms"


def main() -> int:
    os.environ.setdefault("SALVOR_BINARY", str(ROOT / "build/release/salvor"))
    started = start_up(os.environ["SALVOR_BINARY"])
    cluster = ControlPlane(gogc=100, etcd_flags=[f"--quota-backend-bytes={8 << 30}"])
    with tempfile.TemporaryDirectory(prefix="salvor-bench-") as directory, cluster:
        bench = Bench(cluster, Path(directory))
        bench.row("salvor --version (bound 10 ms)", started)
        if "backup" in PARTS:
            bench.backup()
        if "restore" in PARTS:
            bench.restore(OBJECTS // 3)
    say("\n| what | result |\n|---|---|")
    for what, result in bench.rows:
        say(f"| {what} | {result.strip()} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
