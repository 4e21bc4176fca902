"""Stock Velero 1.18.3 over a directory: the oracle for what a backup holds and what a restore brings back.

    with ControlPlane() as cluster, StockVelero(cluster, Path("/tmp/location")) as velero:
        status = velero.backup("nightly", {"includedNamespaces": ["media"]})
        assert status["phase"] == "Completed"
        print(velero.resource_list("nightly"))

The server runs as a process beside the control plane, with the flags that make it quick, and reads and writes DIR/backups/...
through the directory plugin: the very files that a program under test reads and writes. Restart it after new
CustomResourceDefinitions: it looks for resource types at its start and then only every five minutes.
"""

import contextlib
import gzip
import http.server
import json
import os
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.harness.api import Api, ApiError, Object
from tests.harness.control_plane import Daemon, find_programs, free_ports

NAMESPACE = "velero"
_GROUP = f"/apis/velero.io/v1/namespaces/{NAMESPACE}"
_POLL_SECONDS = 0.05
_TERMINAL = frozenset({"Completed", "PartiallyFailed", "Failed", "FailedValidation"})
_QUICK = (
    "--store-validation-frequency=1h", "--backup-sync-period=1s", "--item-operation-sync-frequency=1s", "--client-qps=1000",
    "--client-burst=2000", "--profiler-address=", "--log-format=json", "--terminating-resource-timeout=30s", "--resource-timeout=60s",
    "--disable-controllers=gc,backup-repo,schedule",
)
T = TypeVar("T")


class StockVeleroError(Exception):
    """Velero did not do what was asked in time, or its CLI failed; the text holds the end of its log or output."""


class StockVelero:
    """One Velero server and its CLI. Use it as a context manager, or call start() and stop()."""

    def __init__(self, control_plane: Any, location: Path, *, features: Sequence[str] = (), concurrent_backups: int = 4,
                 flags: Sequence[str] = ()) -> None:
        self._control_plane = control_plane
        self._api = Api(control_plane)
        self.location = location.resolve()
        self._flags = [*_QUICK, f"--concurrent-backups={concurrent_backups}", *flags]
        if features:
            self._flags.append("--features=" + ",".join(features))
        self._server: Daemon | None = None

    def __enter__(self) -> "StockVelero":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- life -----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Installs Velero's definitions, namespace and location in the cluster and starts the server; returns when it works."""
        self._programs = find_programs("velero", "velero-server", "velero-plugin-directory")
        self.directory = Path(tempfile.mkdtemp(prefix="stock-velero-", dir=self._control_plane.directory))
        plugins = self.directory / "plugins"
        plugins.mkdir()
        (plugins / "velero-plugin-directory").symlink_to(self._programs["velero-plugin-directory"])
        self.location.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._files = _FileServer(self.location)
        try:
            self._install()
            self._start_server()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Kills the server with its plugins. The log stays in `directory`, as long as the control plane's directory does."""
        if self._server:
            self._server.kill()
        self._server = None
        self._files.close()

    def restart(self) -> None:
        """Starts the server anew, in a second or two: it then knows new resource types and has looked into the location."""
        self._server.kill()
        self._start_server()

    @property
    def log(self) -> Path:
        """The server's log, one JSON object a line."""
        return self.directory / "server.log"

    # --- what a test asks for ---------------------------------------------------------------------------------------------

    def backup(self, name: str, spec: Object, timeout: float = 120.0) -> Object:
        """Makes a Backup and returns its status in a terminal phase."""
        self._create("backups", name, spec)
        return self._terminal_status("backups", name, timeout)

    def backups(self, specs: Mapping[str, Object], timeout: float = 600.0) -> dict[str, Object]:
        """Makes many backups at the same time, `concurrent_backups` in parallel, and returns their statuses by name.

        Velero's queue keeps backups apart that share a namespace, so that random specs would run one after the other. These
        are therefore born ReadyToStart, which is what the queue would turn them into; the server acts on an update.
        """
        def submit(entry: tuple[str, Object]) -> None:
            self._create("backups", *entry, status={"phase": "ReadyToStart"})
            self._api.request("PATCH", f"{_GROUP}/backups/{entry[0]}", {"metadata": {"annotations": {"salvor.dev/start": "now"}}},
                              "application/merge-patch+json")
        self._api.in_parallel(submit, specs.items())
        return {name: self._terminal_status("backups", name, timeout) for name in specs}

    def restore(self, name: str, spec: Object, timeout: float = 300.0) -> Object:
        """Makes a Restore and returns its status in a terminal phase."""
        self._create("restores", name, spec)
        return self._terminal_status("restores", name, timeout)

    def wait_for_synced_backup(self, name: str, timeout: float = 60.0) -> Object:
        """Returns the Backup that Velero makes for a backup it finds in the location.

        Velero looks there when it starts and then once a minute, whatever its flags say; so it is started anew.
        """
        if self._find("backups", name) is None:
            self.restart()
        return self._until(lambda: self._find("backups", name), f"a Backup named {name} from the location", timeout)

    def await_gone(self, backup: str, timeout: float = 60.0) -> None:
        """Returns when Velero has no Backup of this name any more."""
        self._until(lambda: self._find("backups", backup) is None, f"the Backup {backup} to go", timeout)

    def resource_list(self, backup: str) -> dict[str, list[str]]:
        """What a backup holds: "group/version/Kind" to sorted "namespace/name" or "name"."""
        return self.read_json(backup, f"{backup}-resource-list.json.gz")

    def results(self, backup: str) -> Object:
        return self.read_json(backup, f"{backup}-results.gz")

    def restore_results(self, restore: str) -> Object:
        return json.loads(gzip.decompress((self.location / "restores" / restore / f"restore-{restore}-results.gz").read_bytes()))

    def backup_log(self, backup: str) -> list[Object]:
        text = gzip.decompress((self._of(backup) / f"{backup}-logs.gz").read_bytes()).decode()
        return [json.loads(line) for line in text.splitlines()]

    def archive(self, backup: str) -> dict[str, bytes]:
        """The files of a backup's archive by name."""
        with tarfile.open(self._of(backup) / f"{backup}.tar.gz") as archive:
            return {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}

    def read_json(self, backup: str, file: str) -> Any:
        return json.loads(gzip.decompress((self._of(backup) / file).read_bytes()))

    def cli(self, *args: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs the velero command line as a user would."""
        done = subprocess.run([str(self._programs["velero"]), *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self._environment(), check=False)
        if check and done.returncode != 0:
            raise StockVeleroError(f"velero {' '.join(map(str, args))}: exit {done.returncode}: {done.stderr.strip() or done.stdout}")
        return done

    # --- parts ------------------------------------------------------------------------------------------------------------

    def _install(self) -> None:
        self.cli("install", "--crds-only")
        self._ensure("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        # Restores look for a Deployment of this name; there is no pod, the server is a process of ours.
        labels = {"component": "velero", "deploy": "velero"}
        self._ensure(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "velero", "namespace": NAMESPACE, "labels": labels},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": "velero", "image": "velero/velero:v1.18.3"}]}}}})
        self._until(self._is_served, "the API server to serve velero.io", 30.0)
        self._ensure(f"{_GROUP}/backupstoragelocations", self._object("BackupStorageLocation", "default", {
            "provider": "salvor.dev/directory", "default": True, "backupSyncPeriod": "1s",
            "objectStorage": {"bucket": self.location.name},
            "config": {"root": str(self.location.parent), "urlBase": self._files.url}}))

    def _is_served(self) -> bool:
        with contextlib.suppress(ApiError):
            self._api.request("GET", f"{_GROUP}/backupstoragelocations")
            return True
        return False

    def _ensure(self, path: str, item: Object) -> None:
        """Creates an object, or replaces the one that an earlier server of this cluster left."""
        try:
            self._api.request("POST", path, item)
        except ApiError as error:
            if error.status != 409:
                raise
            self._api.request("PATCH", f"{path}/{item['metadata']['name']}", item, "application/merge-patch+json")

    def _start_server(self) -> None:
        metrics = free_ports(1)[0]
        location = f"{_GROUP}/backupstoragelocations/default"
        # Only a location that is Available already when the server starts is looked into at once.
        never = "2000-01-01T00:00:00Z"
        self._api.request("PATCH", location, {"status": {"phase": "Available", "lastValidationTime": never, "lastSyncedTime": None}},
                          "application/merge-patch+json")
        self._server = Daemon([self._programs["velero-server"], "server", f"--plugin-dir={self.directory / 'plugins'}",
                               f"--metrics-address=127.0.0.1:{metrics}", *self._flags], self.log, self._environment())
        self._until(lambda: self._api.request("GET", location)["status"].get("lastValidationTime") != never,
                    "it to look at its location", 60.0)
        status = self._api.request("GET", location)["status"]
        if status["phase"] != "Available":
            raise StockVeleroError(f"its location is {status['phase']}: {status.get('message', '')}")

    def _environment(self) -> dict[str, str]:
        """Neither the user's Velero settings nor the machine's temporary directory."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), "TMPDIR": str(self.directory),
                "KUBECONFIG": str(self._control_plane.kubeconfig), "VELERO_NAMESPACE": NAMESPACE, "GOGC": "400"}

    def _of(self, backup: str) -> Path:
        return self.location / "backups" / backup

    def _create(self, plural: str, name: str, spec: Object, status: Object | None = None) -> None:
        item = self._object({"backups": "Backup", "restores": "Restore"}[plural], name, spec)
        self._api.request("POST", f"{_GROUP}/{plural}", item | ({"status": status} if status else {}))

    @staticmethod
    def _object(kind: str, name: str, spec: Object) -> Object:
        return {"apiVersion": "velero.io/v1", "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}

    def _find(self, plural: str, name: str) -> Object | None:
        try:
            return self._api.request("GET", f"{_GROUP}/{plural}/{name}")
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    def _terminal_status(self, plural: str, name: str, timeout: float) -> Object:
        def status() -> Object | None:
            found = (self._find(plural, name) or {}).get("status", {})
            return found if found.get("phase") in _TERMINAL else None
        return self._until(status, f"{plural}/{name} to end", timeout)

    def _until(self, done: Callable[[], T], what: str, timeout: float) -> T:
        """The first truthy answer; StockVeleroError when the server has ended or the time is over."""
        deadline = time.monotonic() + timeout
        while not (answer := done()):
            ended = self._server is not None and not self._server.is_running()
            if ended or time.monotonic() > deadline:
                why = "the server has ended" if ended else f"{timeout:.0f} s are over"
                raise StockVeleroError(f"waited for {what}, but {why}:\n{self._server.log_tail() if self._server else ''}")
            time.sleep(_POLL_SECONDS)
        return answer


class _FileServer:
    """Serves one directory on loopback as http://127.0.0.1:PORT/NAME/..., for the CLI's downloads."""

    def __init__(self, directory: Path) -> None:
        prefix = f"/{directory.name}/"

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args, directory=str(directory))

            def translate_path(self, path: str) -> str:
                return super().translate_path("/" + path.removeprefix(prefix)) if path.startswith(prefix) else "/nonexistent"

            def list_directory(self, _path: Any) -> None:
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
