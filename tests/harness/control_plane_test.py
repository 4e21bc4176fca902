"""The harness itself: a control plane that is real, that can be broken on purpose, and that leaves nothing behind.

python3 -m unittest tests.harness.control_plane_test
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from tests.harness.control_plane import ControlPlane, KubectlError, StartError, find_programs

_ROOT = Path(__file__).resolve().parents[2]
_HANG_GUARD_SECONDS = 8


class AControlPlane(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(ControlPlane())

    def test_answers_as_the_pinned_version(self) -> None:
        self.assertRegex(self.cluster.request("GET", "/version")["gitVersion"], r"^v1\.3[4-9]\.")
        self.assertIn("kube-system", self.cluster.kubectl("get", "namespaces", "--output=name").stdout)

    def test_keeps_its_kubeconfig_to_the_owner(self) -> None:
        self.assertEqual(self.cluster.kubeconfig.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.cluster.directory.stat().st_mode & 0o777, 0o700)

    def test_reports_what_kubectl_said_when_it_fails(self) -> None:
        with self.assertRaisesRegex(KubectlError, 'configmaps "absent" not found'):
            self.cluster.kubectl("get", "configmap", "absent")
        self.assertEqual(self.cluster.kubectl("get", "configmap", "absent", check=False).returncode, 1)

    def test_forbids_a_user_whatever_rbac_does_not_grant(self) -> None:
        visitor = self.cluster.kubeconfig_for("vis/itor+1", ["guests", "readers"])

        refused = self.cluster.kubectl("get", "--raw", "/api/v1/namespaces/default/secrets", check=False, kubeconfig=visitor)
        self.assertIn('(Forbidden): secrets is forbidden: User "vis/itor+1" cannot list resource', refused.stderr)

        self.cluster.kubectl("create", "role", "reader", "--verb=get,list", "--resource=secrets")
        self.cluster.kubectl("create", "rolebinding", "readers", "--role=reader", "--group=readers")
        self.cluster.await_access("vis/itor+1", ["guests", "readers"], "list", "secrets", "default")
        self.cluster.kubectl("get", "secrets", "--namespace=default", kubeconfig=visitor)

    def test_issues_tokens_of_service_accounts(self) -> None:
        self.cluster.kubectl("create", "serviceaccount", "robot")
        token = self.cluster.token_for("default", "robot")
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
        answer = self.cluster.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review)
        self.assertEqual(answer["status"]["user"]["username"], "system:serviceaccount:default:robot")

    def test_keeps_objects_over_a_crash_of_the_api_server(self) -> None:
        self.cluster.kubectl("create", "configmap", "survivor")
        before = self.cluster.request("GET", "/api/v1/namespaces/default/configmaps/survivor")

        self.cluster.kill_apiserver()
        with self.assertRaises(ConnectionRefusedError):
            self.cluster.request("GET", "/readyz")

        self.cluster.restart_apiserver()
        self.assertEqual(self.cluster.request("GET", "/api/v1/namespaces/default/configmaps/survivor"), before)

    def test_is_empty_and_another_cluster_after_a_reset(self) -> None:
        self.cluster.kubectl("create", "configmap", "forgotten")
        before = self.cluster.request("GET", "/api/v1/namespaces/kube-system")["metadata"]["uid"]

        self.cluster.reset()

        self.assertNotIn("forgotten", self.cluster.kubectl("get", "configmaps", "--output=name").stdout)
        self.assertNotEqual(self.cluster.request("GET", "/api/v1/namespaces/kube-system")["metadata"]["uid"], before)

    def test_measures_the_memory_of_its_daemons(self) -> None:
        memory = self.cluster.rss()
        self.assertEqual(set(memory), {"etcd", "kube-apiserver"})
        for daemon in memory.values():
            self.assertGreater(daemon.resident, 10 * 2**20)
            self.assertGreaterEqual(daemon.peak, daemon.resident)


class Controllers(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = cls.enterClassContext(
            ControlPlane(controllers=["namespace-controller", "clusterrole-aggregation-controller"]))

    def test_finish_the_deletion_of_a_namespace(self) -> None:
        self.cluster.kubectl("create", "namespace", "doomed")
        self.cluster.kubectl("create", "configmap", "cargo", "--namespace=doomed")
        self.cluster.kubectl("delete", "namespace", "doomed", f"--timeout={_HANG_GUARD_SECONDS}s")
        self.assertNotIn("doomed", self.cluster.kubectl("get", "namespaces", "--output=name").stdout)

    def test_aggregate_cluster_roles_also_after_a_reset(self) -> None:
        self.cluster.reset()
        self.cluster.kubectl("create", "clusterrolebinding", "admins", "--clusterrole=admin", "--group=admins")
        self.cluster.await_access("somebody", ["admins"], "list", "secrets", "default")


class Starting(unittest.TestCase):
    def test_outlives_the_thread_that_started_it(self) -> None:
        cluster = ControlPlane()
        self.addCleanup(cluster.stop)
        starter = threading.Thread(target=cluster.start)
        starter.start()
        starter.join()
        self.assertEqual(cluster.request("GET", "/api/v1/namespaces/default")["metadata"]["name"], "default")

    def test_shows_the_end_of_the_log_when_a_daemon_refuses_to_start(self) -> None:
        cluster = ControlPlane(apiserver_flags=["--no-such-flag"])
        with self.assertRaisesRegex(StartError, "kube-apiserver ended instead of starting(?s:.*)unknown flag: --no-such-flag"):
            cluster.start()
        self.assertEqual(_processes_naming(cluster.directory), [])
        self.assertFalse(cluster.directory.exists())

    def test_passes_gates_and_limits_on(self) -> None:
        with ControlPlane(feature_gates={"AllAlpha": False}, max_requests_inflight=77,
                          max_mutating_requests_inflight=33) as cluster:
            command = Path(f"/proc/{cluster.pids['kube-apiserver']}/cmdline").read_text().split("\0")
        for flag in ("--feature-gates=AllAlpha=false", "--max-requests-inflight=77", "--max-mutating-requests-inflight=33"):
            self.assertIn(flag, command)


class NothingIsLeftBehind(unittest.TestCase):
    """A Python process that runs a control plane ends in every way a process can; its daemons end with it."""

    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        environment = os.environ | {"TMPDIR": str(self.directory)}
        self.python = subprocess.Popen([sys.executable, "-m", "tests.harness.control_plane", "up"], cwd=_ROOT, text=True,
                                       env=environment, stdout=subprocess.PIPE)
        self.addCleanup(self.python.stdout.close)
        self.addCleanup(self.python.wait)
        self.addCleanup(self.python.kill)
        self.assertIn("export KUBECONFIG=", self.python.stdout.readline())
        self.daemons = _processes_naming(self.directory)
        self.assertEqual(len(self.daemons), 2)

    def end(self, number: int) -> int:
        self.python.send_signal(number)
        status = self.python.wait(_HANG_GUARD_SECONDS)
        _await_end(self.daemons)
        self.assertEqual(_processes_naming(self.directory), [])
        return status

    def test_after_ctrl_c(self) -> None:
        self.assertEqual(self.end(signal.SIGINT), 130)
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_after_sigterm(self) -> None:
        self.assertEqual(self.end(signal.SIGTERM), 128 + signal.SIGTERM)
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_after_kill_9(self) -> None:
        self.assertEqual(self.end(signal.SIGKILL), -signal.SIGKILL)


class FindingPrograms(unittest.TestCase):
    """tools/peers/build takes a stranger's program only when its own version is new enough."""

    def setUp(self) -> None:
        self.real = find_programs("etcd")["etcd"]
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.assets = self.directory / "assets"
        self.assets.mkdir()

    def find(self, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([_ROOT / "tools/peers/build", "--print", program], env=os.environ | environment,
                              capture_output=True, text=True, check=False)

    def stranger(self, version: str) -> Path:
        program = self.assets / "etcd"
        program.write_text(f"#!/bin/sh\necho etcd Version: {version}\n")
        program.chmod(0o755)
        return program

    def test_prefers_assets_that_suffice(self) -> None:
        program = self.stranger("3.10.1")
        self.assertEqual(self.find("etcd", KUBEBUILDER_ASSETS=str(self.assets)).stdout, f"{program}\n")

    def test_passes_over_assets_that_are_too_old(self) -> None:
        self.stranger("3.4.23")
        self.assertNotIn(str(self.assets), self.find("etcd", KUBEBUILDER_ASSETS=str(self.assets)).stdout)

    def test_accepts_the_real_program_as_an_asset(self) -> None:
        (self.assets / "etcd").symlink_to(self.real)
        self.assertEqual(self.find("etcd", KUBEBUILDER_ASSETS=str(self.assets)).stdout, f"{self.assets}/etcd\n")

    def test_says_how_to_get_what_is_not_built(self) -> None:
        done = self.find("velero", SALVOR_CACHE=str(self.directory))
        self.assertEqual(done.returncode, 1)
        self.assertIn("velero is not built yet\n  hint: run tools/peers/build velero", done.stderr)


def _processes_naming(directory: Path) -> list[int]:
    """Processes with that directory in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str(directory) in (entry / "cmdline").read_text():
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                pass
    return found


def _await_end(pids) -> None:
    """Returns when all of these processes have ended, and fails when one does not."""
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if not select.select([handle], [], [], _HANG_GUARD_SECONDS)[0]:
                raise AssertionError(f"process {pid} did not end")
        finally:
            os.close(handle)


if __name__ == "__main__":
    unittest.main()
