"""The program under test, as a user runs it: a process with a kubeconfig and a location.

    salvor = Salvor(cluster.kubeconfig, Path("/tmp/location"))
    salvor("backup", "create", "nightly")              # --location is added; exit status 0 is expected
    done = salvor("backup", "get", "nope", expect=4)   # another exit status is expected
    print(done.stderr)

SALVOR_BINARY names the program; the build of `make build` and then of `make dev` is taken without it.
"""

import gzip
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class SalvorError(AssertionError):
    """The program ended with another exit status than the test expects; holds what it printed."""


def find_binary() -> Path:
    candidates = [os.environ.get("SALVOR_BINARY", ""), ROOT / "build/dev/salvor", ROOT / "build/release/salvor"]
    for candidate in candidates:
        if str(candidate) and Path(candidate).is_file():
            return Path(candidate).resolve()
    raise FileNotFoundError("no salvor program: run `make build`, or set SALVOR_BINARY")


class Salvor:
    def __init__(self, kubeconfig: Path | None, location: Path, *, flags: tuple[str, ...] = ()) -> None:
        self.binary = find_binary()
        self.kubeconfig = kubeconfig
        self.location = location
        self.flags = flags

    def __call__(self, *args: object, expect: int = 0, env: dict[str, str] | None = None, stdin: str = "",
                 timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
        done = self.run(*args, env=env, stdin=stdin, timeout=timeout)
        if done.returncode != expect:
            said = f"{done.stdout[-4000:]}{done.stderr[-4000:]}"
            raise SalvorError(f"salvor {' '.join(map(str, args))}: exit {done.returncode}, not {expect}:\n{said}")
        return done

    def run(self, *args: object, env: dict[str, str] | None = None, stdin: str = "",
            timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
        """The ended process, whatever its exit status."""
        return subprocess.run(self.command(*args), input=stdin, capture_output=True, text=True, check=False,
                              env=self.environment(env), timeout=timeout)

    def start(self, *args: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """The running process, for tests that kill it or break something under it."""
        return subprocess.Popen(self.command(*args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=self.environment(env))

    def command(self, *args: object) -> list[str]:
        return [str(self.binary), *map(str, args), "--location", str(self.location), *self.flags]

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SALVOR_", "KUBE"))}
        if self.kubeconfig:
            kept["KUBECONFIG"] = str(self.kubeconfig)
        return kept | (extra or {})

    def folder(self, backup: str) -> Path:
        return self.location / "backups" / backup

    def gzip_json(self, backup: str, file: str) -> Any:
        """One of the backup's files, e.g. "resource-list.json.gz"."""
        return json.loads(gzip.decompress((self.folder(backup) / f"{backup}-{file}").read_bytes()))

    def metadata(self, backup: str) -> Any:
        return json.loads((self.folder(backup) / "velero-backup.json").read_text())

    def archive(self, backup: str) -> dict[str, bytes]:
        """Every file of the archive, read by another program's reader."""
        return read_archive((self.folder(backup) / f"{backup}.tar.gz").read_bytes())


def read_archive(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def objects_of(archive: dict[str, bytes]) -> dict[tuple[str, str, str], Any]:
    """The archive's objects in the form without a version, by (group resource, namespace, name)."""
    found = {}
    for path, text in archive.items():
        parts = path.split("/")
        if parts[0] != "resources" or parts[2] not in ("namespaces", "cluster"):
            continue
        namespace = parts[3] if parts[2] == "namespaces" else ""
        found[(parts[1], namespace, parts[-1].removesuffix(".json"))] = json.loads(text)
    return found
