"""S3 against rclone and the AWS CLI, on one MinIO on loopback without TLS, in one run: /usr/bin/python3 -m bench.s3 [DIRECTORY]

    large    one object of 4 GiB
    middle   1,000 objects of 1 MiB
    small    20,000 objects of 4 KiB

Each program uploads the same files, and downloads them into files that nobody fsyncs. rclone gets as many transfers as salvor
has threads, the AWS CLI as many requests. Without TLS salvor signs the payload unless it is told not to: both are shown. Wall time, CPU time of the client alone, and its peak memory; medians of repetitions
in an order drawn anew. SALVOR_BENCH_SCALE=0.1 makes a quick run. What is not installed is left out, and said.
"""

import contextlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.s3_server import S3Server

ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "build/release/bench/s3_driver"
SCALE = float(os.environ.get("SALVOR_BENCH_SCALE", "1"))
REPETITIONS = int(os.environ.get("SALVOR_BENCH_REPETITIONS", "3"))
THREADS = 16
UNSIGNED = "salvor, payload not signed"
WORKS = {"large": (1, int(4096 * SCALE) << 20), "middle": (int(1000 * SCALE), 1 << 20), "small": (int(20_000 * SCALE), 4096)}


@dataclass
class Series:
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    def run(self, environment: dict[str, str], *words: object) -> None:
        # A program's peak begins with that of who starts it, and this one is larger than some: time(1) is small.
        with tempfile.NamedTemporaryFile("r") as figures:
            timed = ["/usr/bin/time", "--quiet", "-f", "%e %U %S %M", "-o", figures.name, *map(str, words)]
            done = subprocess.run(timed, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"{words[0]} failed: {done.stderr.decode(errors='replace')[-1000:]}")
            elapsed, user, system, peak_kib = map(float, figures.read().split())
        self.seconds.append(elapsed)
        self.cpu.append(user + system)
        self.peak_mib = max(self.peak_mib, peak_kib / 1024)


class Bench:
    def __init__(self, server: S3Server, ground: Path) -> None:
        self.server, self.ground = server, ground
        self.results: dict[tuple[str, str, str], Series] = {}
        self.programs = {"salvor": self.salvor, UNSIGNED: self.salvor_unsigned}
        for name, program in (("rclone", self.rclone), ("aws", self.aws)):
            if shutil.which(name, path="/usr/bin"):
                self.programs[name] = program
            else:
                print(f"  {name} is not installed: left out (apt-get install {'awscli' if name == 'aws' else name})")

    def environment(self) -> dict[str, str]:
        endpoint = self.server.endpoint
        config = self.ground / "aws.config"
        config.write_text(f"[default]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = {THREADS}\n")
        return self.server.environment() | {
            "HOME": str(self.ground), "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": str(config),
            "RCLONE_CONFIG_BENCH_TYPE": "s3", "RCLONE_CONFIG_BENCH_PROVIDER": "Minio", "RCLONE_CONFIG_BENCH_ENDPOINT": endpoint,
            "RCLONE_CONFIG_BENCH_ENV_AUTH": "true", "RCLONE_CONFIG_BENCH_REGION": "us-east-1"}

    def salvor(self, series: Series, way: str, directory: Path, bucket: str, **parameters: str) -> None:
        url = self.server.location(bucket, **parameters)
        ends = (directory, url) if way == "upload" else (url, directory)
        series.run(self.environment(), DRIVER, way, *ends, THREADS)
        if way == "download" and not parameters:
            nowhere = self.results.setdefault((next(w for w in WORKS if bucket.startswith(w)), "download to nowhere", "salvor"), Series())
            nowhere.run(self.environment(), DRIVER, way, url, "-", THREADS)

    def salvor_unsigned(self, series: Series, way: str, directory: Path, bucket: str) -> None:
        self.salvor(series, way, directory, bucket, payload_signing="false")

    def rclone(self, series: Series, way: str, directory: Path, bucket: str) -> None:
        remote = f"bench:{bucket}/files"
        ends = (directory, remote) if way == "upload" else (remote, directory)
        series.run(self.environment(), "/usr/bin/rclone", "copy", "--transfers", THREADS, "--checkers", THREADS,
                   "--s3-no-check-bucket", "--multi-thread-streams", THREADS, *ends)

    def aws(self, series: Series, way: str, directory: Path, bucket: str) -> None:
        remote = f"s3://{bucket}/files"
        ends = (directory, remote) if way == "upload" else (remote, directory)
        series.run(self.environment(), "/usr/bin/aws", "--endpoint-url", self.server.endpoint, "s3", "cp", "--recursive", "--quiet",
                   *ends)

    @contextlib.contextmanager
    def bucket(self, name: str) -> Iterator[str]:
        self.server.make_bucket(name)
        yield name
        with contextlib.closing(self.server.client()) as client:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
                keys = [{"Key": one["Key"]} for one in page.get("Contents", [])]
                if keys:  # the last page may be empty
                    client.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
            client.delete_bucket(Bucket=name)

    def measure(self, work: str, repetition: int) -> None:
        count, size = WORKS[work]
        source = self.ground / "source"
        source.mkdir()
        block = random.randbytes(1 << 20)
        for number in range(count):
            with (source / f"object-{number}").open("wb") as file:
                for at in range(0, size, len(block)):
                    file.write(block[:min(len(block), size - at)])
        for name in random.sample(list(self.programs), len(self.programs)):
            with self.bucket(f"{work}-{repetition}-{list(self.programs).index(name)}") as bucket:
                for way in ("upload", "download"):
                    target = source
                    if way == "download":
                        target = self.ground / "target"
                        target.mkdir()
                    os.sync()
                    self.programs[name](self.results.setdefault((work, way, name), Series()), way, target, bucket)
                if sum(file.stat().st_size for file in target.iterdir()) != count * size:
                    raise RuntimeError(f"{name} did not bring everything back")
                shutil.rmtree(target)
        shutil.rmtree(source)

    def tell(self) -> None:
        print("\n| work | way | program | time | client CPU | CPU a GiB | peak memory | against the fastest other |")
        print("|---|---|---|---|---|---|---|---|")
        for (work, way, name), series in sorted(self.results.items()):
            took, cpu = statistics.median(series.seconds), statistics.median(series.cpu)
            others = [statistics.median(other.seconds) for (w, y, n), other in self.results.items()
                      if (w, y) == (work, way) and not n.startswith("salvor")]
            ratio = f"{min(others) / took:.2f}" if others and name.startswith("salvor") else ""
            gib = WORKS[work][0] * WORKS[work][1] / (1 << 30)
            print(f"| {work} | {way} | {name} | {took:.2f} s | {cpu:.2f} s | {cpu / gib:.2f} s | {series.peak_mib:.0f} MiB | {ratio} |")


def main() -> None:
    parent = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=parent, prefix="salvor-bench-") as ground, S3Server("minio") as server:
        bench = Bench(server, Path(ground))
        for repetition in range(REPETITIONS):
            for work in WORKS:
                bench.measure(work, repetition)
        bench.tell()


if __name__ == "__main__":
    main()
