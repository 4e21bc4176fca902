"""A real control plane on loopback: etcd and kube-apiserver, started for one test run and gone with it.

    with ControlPlane() as cluster:
        cluster.kubectl("create", "namespace", "team")
        run_salvor(env={"KUBECONFIG": str(cluster.kubeconfig)})

There are no nodes, and no controllers unless asked for: objects stay as they are written, which is what a backup test wants.
Without controllers a deleted namespace stays Terminating and the aggregated ClusterRoles (admin, edit, view) grant nothing;
`controllers=["namespace-controller", "clusterrole-aggregation-controller"]` runs just those two in a real
kube-controller-manager. Everything lives in one directory (certificates, data, kubeconfig, logs); it is removed at the end
unless the caller named it.

Nothing outlives the Python process. Each daemon asks the kernel to be killed with its parent, which holds for kill -9 too;
an orderly end (return, exception, Ctrl-C, SIGTERM) kills the daemons' groups and removes the directory. Data of a test
cluster are worth nothing, so a stop is always SIGKILL and etcd does not fsync.

By hand: python3 -m tests.harness.control_plane up
"""

import argparse
import atexit
import base64
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.harness.certificates import Authority, KeyPair, new_signing_key
from tests.harness.daemon import Daemon, Memory

_BUILD = Path(__file__).resolve().parents[2] / "tools" / "peers" / "build"
_POLL_SECONDS = 0.05
_ACCESS_SECONDS = 30.0


class StartError(Exception):
    """A daemon did not come up; the text holds the end of its log."""


class KubectlError(Exception):
    """kubectl ended with an error; the text holds its command line and what it said."""


@dataclass
class ControlPlane:
    """etcd, one kube-apiserver and, when `controllers` names some, a kube-controller-manager. Use it as a context manager, or
    call start() and stop().

    The methods may be called from any thread, but only one at a time, except `kubectl` and `request`.
    """

    directory: Path | None = None
    controllers: Sequence[str] = ()
    apiserver_flags: Sequence[str] = ()
    etcd_flags: Sequence[str] = ()
    feature_gates: Mapping[str, bool] = field(default_factory=dict)
    max_requests_inflight: int | None = None
    max_mutating_requests_inflight: int | None = None
    start_seconds: float = 120.0
    gogc: int = 400  # the daemons' garbage collection: seldom, which a test's time is better for; Go's own choice is 100

    def __post_init__(self) -> None:
        self._temporary = self.directory is None
        self._programs: dict[str, Path] = {}
        self._daemons: dict[str, Daemon] = {}

    def __enter__(self) -> "ControlPlane":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Makes the certificates and the kubeconfig, starts the daemons and returns when they are ready."""
        _turn_termination_into_exit()
        wanted = ["etcd", "kube-apiserver", "kubectl"] + (["kube-controller-manager"] if self.controllers else [])
        self._programs = find_programs(*wanted)
        if self._temporary:
            self.directory = Path(tempfile.mkdtemp(prefix="salvor-control-plane-"))
        self.directory = self.directory.resolve()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        atexit.register(self.stop)
        try:
            self._make_credentials()
            self._start_on_free_ports()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Kills the daemons and removes the directory unless the caller named it. May be called again."""
        atexit.unregister(self.stop)
        self._kill_all()
        if self._temporary and self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def kill_apiserver(self) -> None:
        """As a crash: clients see their connections reset, nothing is flushed."""
        self._daemons["kube-apiserver"].kill()

    def restart_apiserver(self) -> None:
        """Starts the API server anew on the same port and data, killing it first if it runs; returns when it is ready."""
        self.kill_apiserver()
        self._start_apiserver()

    def kill_etcd(self) -> None:
        """The API server lives on and cannot read or write."""
        self._daemons["etcd"].kill()

    def restart_etcd(self) -> None:
        """Starts etcd anew on the same port and data, killing it first if it runs; returns when the API server is ready."""
        self.kill_etcd()
        self._start_etcd()
        self._await_ready("kube-apiserver", self._port, "/readyz")

    def reset(self) -> None:
        """Back to an empty cluster, with the same address and credentials: the daemons start anew on no data."""
        self._kill_all()
        shutil.rmtree(self.directory / "kubectl-cache", ignore_errors=True)
        self._start_daemons()

    # --- what a test talks to ---------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}"

    @property
    def etcd_endpoint(self) -> str:
        return f"http://127.0.0.1:{self._etcd_port}"

    @property
    def kubeconfig(self) -> Path:
        """For a member of system:masters, to whom RBAC denies nothing."""
        return self.directory / "kubeconfig"

    def kubeconfig_for(self, user: str, groups: Sequence[str] = ()) -> Path:
        """A kubeconfig whose bearer is `user` in `groups` by client certificate: may do what RBAC grants, at first nothing."""
        name = f"user-{len(list(self._pki.glob('user-*.crt')))}"
        return self._write_kubeconfig(self.directory / f"{name}.kubeconfig", self._authority.issue_client(name, user, groups))

    def token_for(self, namespace: str, service_account: str) -> str:
        """A bearer token of an existing service account."""
        return self.kubectl("create", "token", service_account, "--namespace", namespace).stdout.strip()

    def issue_server(self, name: str) -> KeyPair:
        """A serving certificate for loopback that the kubeconfig's authority has signed, for a server in front of this one."""
        return self._authority.issue_server(name, ["DNS:localhost", "IP:127.0.0.1"])

    def await_access(self, user: str, groups: Sequence[str], verb: str, resource: str, namespace: str = "") -> None:
        """Returns when RBAC lets the user do this: the server learns of a new binding by a watch, some ms after the answer."""
        attributes = {"verb": verb, "resource": resource, "namespace": namespace}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                  "spec": {"user": user, "groups": list(groups), "resourceAttributes": attributes}}
        deadline = time.monotonic() + _ACCESS_SECONDS
        while not self.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)["status"]["allowed"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{user} of {list(groups)} still may not {verb} {resource} in {namespace or 'the cluster'}")
            time.sleep(_POLL_SECONDS)

    def kubectl(self, *args: object, input: str | None = None, check: bool = True,
                kubeconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs kubectl, as the administrator unless another kubeconfig is given; raises KubectlError when it fails."""
        command = [str(self._programs["kubectl"]), *map(str, args)]
        environment = os.environ | {"KUBECONFIG": str(kubeconfig or self.kubeconfig),
                                    "KUBECACHEDIR": str(self.directory / "kubectl-cache")}
        done = subprocess.run(command, input=input, stdin=None if input is not None else subprocess.DEVNULL,
                              capture_output=True, text=True, env=environment, check=False)
        if check and done.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(command[1:])}: exit {done.returncode}: {done.stderr.strip()}")
        return done

    def connect(self, timeout: float = 60.0) -> http.client.HTTPSConnection:
        """A connection of the administrator's, for loads that kubectl is too slow for; one per thread."""
        return self._connect(self._port, timeout)

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """One JSON request as the administrator; the decoded answer, or an OSError that holds the server's."""
        with contextlib.closing(self.connect()) as connection:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 400:
                raise OSError(f"{method} {path}: {answer.status}: {text.decode(errors='replace')}")
            return json.loads(text)

    def rss(self) -> dict[str, Memory]:
        """Memory of each running daemon by program name."""
        return {name: daemon.memory() for name, daemon in self._daemons.items() if daemon.is_running()}

    @property
    def pids(self) -> dict[str, int]:
        return {name: daemon.pid for name, daemon in self._daemons.items()}

    # --- parts ------------------------------------------------------------------------------------------------------

    def _connect(self, port: int, timeout: float) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", port, context=self._tls, timeout=timeout)

    @property
    def _pki(self) -> Path:
        return self.directory / "pki"

    @property
    def _data(self) -> Path:
        return self.directory / "etcd"

    def _make_credentials(self) -> None:
        self._authority = Authority(self._pki)
        self._serving = self._authority.issue_server("apiserver", ["DNS:localhost", "IP:127.0.0.1"])
        self._admin = self._authority.issue_client("admin", "admin", ["system:masters"])
        new_signing_key(self._pki / "tokens.key", self._pki / "tokens.pub")
        self._tls = ssl.create_default_context(cafile=str(self._authority.certificate))
        self._tls.load_cert_chain(self._admin.certificate, self._admin.key)

    def _start_on_free_ports(self) -> None:
        """A port that was free may be taken before its daemon binds it; then all of them are chosen again."""
        for attempt in range(3):
            self._port, self._etcd_port, self._etcd_peer_port, self._controller_port = free_ports(4)
            self._write_kubeconfig(self.kubeconfig, self._admin)
            try:
                self._start_daemons()
                return
            except StartError as error:
                if attempt == 2 or "address already in use" not in str(error):
                    raise
                self._kill_all()

    def _start_daemons(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._start_etcd()
        self._start_apiserver()
        if self.controllers:
            self._start_controllers()

    def _kill_all(self) -> None:
        for name in reversed(list(self._daemons)):
            self._daemons.pop(name).kill()

    def _run(self, program: str, *flags: str) -> None:
        log = self.directory / f"{program}.log"
        self._daemons[program] = Daemon([self._programs[program], *flags], log, _daemon_environment(self.gogc))

    def _start_etcd(self) -> None:
        peer = f"http://127.0.0.1:{self._etcd_peer_port}"
        self._run("etcd", f"--data-dir={self._data}", "--name=test", f"--initial-cluster=test={peer}",
                  f"--listen-client-urls={self.etcd_endpoint}", f"--advertise-client-urls={self.etcd_endpoint}",
                  f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
                  "--unsafe-no-fsync", "--quota-backend-bytes=8589934592", "--log-level=warn", *self.etcd_flags)

    def _start_apiserver(self) -> None:
        pki = self._pki
        flags = [
            f"--etcd-servers={self.etcd_endpoint}", "--bind-address=127.0.0.1", f"--secure-port={self._port}",
            "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/16",
            f"--tls-cert-file={self._serving.certificate}", f"--tls-private-key-file={self._serving.key}",
            f"--client-ca-file={self._authority.certificate}", "--authorization-mode=Node,RBAC", "--allow-privileged=true",
            f"--service-account-key-file={pki / 'tokens.pub'}", f"--service-account-signing-key-file={pki / 'tokens.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            # Without a controller-manager no service account exists, and this plugin would refuse every pod.
            "--disable-admission-plugins=ServiceAccount",
        ]
        if self.feature_gates:
            flags.append("--feature-gates=" + ",".join(f"{gate}={str(on).lower()}" for gate, on in self.feature_gates.items()))
        if self.max_requests_inflight is not None:
            flags.append(f"--max-requests-inflight={self.max_requests_inflight}")
        if self.max_mutating_requests_inflight is not None:
            flags.append(f"--max-mutating-requests-inflight={self.max_mutating_requests_inflight}")
        self._run("kube-apiserver", *flags, *self.apiserver_flags)
        self._await_ready("kube-apiserver", self._port, "/readyz")

    def _start_controllers(self) -> None:
        self._run("kube-controller-manager", "--controllers=" + ",".join(self.controllers), f"--kubeconfig={self.kubeconfig}",
                  "--leader-elect=false", "--kube-api-qps=500", "--kube-api-burst=1000",
                  "--bind-address=127.0.0.1", f"--secure-port={self._controller_port}",
                  f"--tls-cert-file={self._serving.certificate}", f"--tls-private-key-file={self._serving.key}",
                  f"--root-ca-file={self._authority.certificate}",
                  f"--service-account-private-key-file={self._pki / 'tokens.key'}")
        self._await_ready("kube-controller-manager", self._controller_port, "/healthz")

    def _await_ready(self, program: str, port: int, path: str) -> None:
        deadline = time.monotonic() + self.start_seconds
        answer = "no answer"
        while True:
            for name, daemon in self._daemons.items():
                if not daemon.is_running():
                    raise StartError(f"{name} ended instead of starting; the end of its log:\n{daemon.log_tail()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                with contextlib.closing(self._connect(port, timeout=5.0)) as connection:
                    connection.request("GET", path)
                    response = connection.getresponse()
                    answer = response.read().decode(errors="replace").strip()
                    if response.status == 200:
                        return
            if time.monotonic() > deadline:
                tails = "\n".join(f"--- {name}\n{daemon.log_tail()}" for name, daemon in self._daemons.items())
                raise StartError(f"{program} is not ready after {self.start_seconds:.0f} s: {answer}\n{tails}")
            time.sleep(_POLL_SECONDS)

    def _write_kubeconfig(self, path: Path, pair: KeyPair) -> Path:
        document = {
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": self.url, "certificate-authority-data": _encoded(self._authority.certificate)}}],
            "users": [{"name": "test", "user": {
                "client-certificate-data": _encoded(pair.certificate), "client-key-data": _encoded(pair.key)}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }
        with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yaml.safe_dump(document, file, sort_keys=False)
        return path


def find_programs(*names: str) -> dict[str, Path]:
    """Where the peers are that tools/peers/build has built or found."""
    done = subprocess.run([_BUILD, "--print", *names], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StartError(done.stderr.strip())
    return dict(zip(names, map(Path, done.stdout.splitlines()), strict=True))


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on, from below the range the kernel hands to outgoing connections, so that a
    daemon that restarts finds its port still free."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", random.SystemRandom().randrange(20000, 32000)))
                ports.append(probe.getsockname()[1])
        return ports


def _turn_termination_into_exit() -> None:
    """SIGTERM and SIGHUP become SystemExit, so that `with` blocks end in order; a handler that somebody set stays."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda received, _: sys.exit(128 + received))


def _daemon_environment(gogc: int) -> dict[str, str]:
    """Daemons see neither the user's proxies nor ETCD_* settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"GOGC": str(gogc)}


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.harness.control_plane", description="A control plane on loopback.")
    parser.add_argument("command", choices=["up"])
    parser.add_argument("--directory", type=Path, help="keep everything here (default: a temporary directory)")
    parser.add_argument("--controllers", default="", metavar="NAME,...", help="controllers to run, * for the default ones")
    parser.add_argument("--apiserver-flag", action="append", default=[], metavar="FLAG", help="passed on; may be repeated")
    arguments = parser.parse_args()
    begin = time.monotonic()
    try:
        with ControlPlane(directory=arguments.directory, apiserver_flags=arguments.apiserver_flag,
                          controllers=[name for name in arguments.controllers.split(",") if name]) as cluster:
            print(f"export KUBECONFIG={cluster.kubeconfig}", flush=True)
            print(f"# {cluster.url} ready after {time.monotonic() - begin:.1f} s; Ctrl-C ends it", flush=True)
            while all(Path(f"/proc/{pid}").exists() for pid in cluster.pids.values()):
                time.sleep(0.5)
    except KeyboardInterrupt:
        return 130
    except StartError as error:
        print(f"control plane: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
