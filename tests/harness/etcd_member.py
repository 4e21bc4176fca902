"""Stock etcd on loopback, without TLS: one member of a cluster of one or several, asked through its JSON gateway.

    with EtcdMember(directory, peer_port=p) as member:
        member.put("key", "value")
        member.save(directory / "snapshot.db")

Nothing is synced to the disk, and elections are quick: data of a test are worth nothing.
"""

import base64
import contextlib
import http.client
import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.harness.control_plane import find_programs, free_ports
from tests.harness.daemon import Daemon

_START_SECONDS = 60.0
_POLL_SECONDS = 0.02


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class EtcdMember:
    def __init__(self, directory: Path, peer_port: int | None = None, name: str = "test", initial_cluster: str = "",
                 flags: Sequence[str] = ()) -> None:
        self.directory = directory
        self.name = name
        self._programs = find_programs("etcd", "etcdctl", "etcdutl")
        self.port, other = free_ports(2)
        self.peer_url = f"http://127.0.0.1:{peer_port or other}"
        self._initial_cluster = initial_cluster or f"{name}={self.peer_url}"
        self._flags = flags
        self._daemon: Daemon | None = None
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> "EtcdMember":
        self.start()
        self.await_health()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def data(self) -> Path:
        return self.directory / f"{self.name}.etcd"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        self._daemon = Daemon(
            [self._programs["etcd"], f"--data-dir={self.data}", f"--name={self.name}", f"--initial-cluster={self._initial_cluster}",
             f"--listen-client-urls={self.endpoint}", f"--advertise-client-urls={self.endpoint}",
             f"--listen-peer-urls={self.peer_url}", f"--initial-advertise-peer-urls={self.peer_url}", "--unsafe-no-fsync",
             "--heartbeat-interval=20", "--election-timeout=200", "--log-level=warn", *self._flags],
            self.directory / f"{self.name}.log", kept | {"ETCD_VERIFY": "all"})

    def await_health(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                if self._ask("GET", "/health", None).get("health") == "true":
                    return
            assert self._daemon
            if not self._daemon.is_running() or time.monotonic() > deadline:
                raise AssertionError(f"etcd {self.name} does not start:\n{self._daemon.log_tail()}")
            self._hang_up()
            time.sleep(_POLL_SECONDS)

    def kill(self) -> None:
        if self._daemon:
            self._daemon.kill()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def log(self) -> str:
        assert self._daemon
        return self._daemon.log_tail()

    # --- the gateway -------------------------------------------------------------------------------------------------

    def _ask(self, method: str, path: str, body: Any) -> Any:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._connection.request(method, path, None if body is None else json.dumps(body))
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status}: {text.decode(errors='replace')}")
        return json.loads(text)

    def ask(self, path: str, **body: Any) -> Any:
        return self._ask("POST", f"/v3/{path}", body)

    def put(self, key: str, value: str, lease: int = 0) -> None:
        self.ask("kv/put", key=encoded(key), value=encoded(value), lease=lease)

    def delete(self, key: str, end: str = "") -> None:
        self.ask("kv/deleterange", key=encoded(key), range_end=encoded(end))

    def everything(self, revision: int = 0) -> list[Any]:
        """Every key with its value, revisions, version and lease."""
        return list(self.ask("kv/range", key="AA==", range_end="AA==", revision=revision).get("kvs", []))

    def revision(self) -> int:
        return int(self.ask("kv/range", key="AA==", range_end="AA==", limit=1)["header"]["revision"])

    def hash_kv(self, revision: int = 0) -> dict[str, int]:
        answer = self.ask("maintenance/hashkv", revision=revision)
        return {"hash": int(answer["hash"]), "compactRevision": int(answer.get("compact_revision", 0)),
                "hashRevision": int(answer.get("hash_revision", 0))}

    def watch_once(self, key: str, revision: int) -> Any:
        """The second thing that a watch from `revision` says; the first says that it was made."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", "/v3/watch", json.dumps({"create_request": {"key": encoded(key), "start_revision": revision}}))
            stream = connection.getresponse()
            stream.readline()
            return json.loads(stream.readline())["result"]

    # --- the tools ---------------------------------------------------------------------------------------------------

    def save(self, file: Path) -> Path:
        self._run("etcdctl", f"--endpoints={self.endpoint}", "snapshot", "save", file)
        return file

    def etcdutl(self, *words: object) -> str:
        return self._run("etcdutl", *words)

    def status(self, file: Path) -> Any:
        """What `etcdutl snapshot status` says of a database or a snapshot."""
        return json.loads(self.etcdutl("snapshot", "status", file, "-w", "json"))

    def _run(self, program: str, *words: object) -> str:
        done = subprocess.run([str(self._programs[program]), *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"{program} {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout
