"""Clusters that do not behave: absent, foreign, forbidding, half dead, dying in the middle. In each case the backup is
complete, or the command says what is missing; never a silent loss.

python3 -m unittest tests.e2e.cluster_faults_test
"""

import base64
import os
import random
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from tests.harness import completeness, demo_cluster, kubeconfigs
from tests.harness.api import Api
from tests.harness.certificates import Authority
from tests.harness.control_plane import ControlPlane, free_ports
from tests.harness.fault_proxy import Answer, Cut, Ending, FaultProxy, Late, Request, expired, status
from tests.harness.salvor import Salvor

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
_HANG_SECONDS = 240.0
_EVERYTHING = ["--include-cluster-resources=true"]  # without it stock Velero 1.18 leaves cluster-scoped objects out
_MANY = 1100  # of 8 KB: a LIST of more than one page, since the first asks for 500


def setUpModule() -> None:
    """One cluster for all tests: many large ConfigMaps in a namespace, and a few objects of other kinds."""
    print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
    Clusters.directory = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    Clusters.cluster = unittest.enterModuleContext(ControlPlane())
    _populate(Api(Clusters.cluster))


class Clusters(unittest.TestCase):
    """What the tests have in common. Each has a location, and random numbers, of its own."""

    directory: Path
    cluster: ControlPlane

    def setUp(self) -> None:
        self.random = random.Random(f"{SEED} {self._testMethodName}")
        self.location = self.directory / self._testMethodName
        self.salvor = Salvor(self.cluster.kubeconfig, self.location)

    # --- what the tests say ----------------------------------------------------------------------------------------------

    def back_up(self, salvor: Salvor, *flags: str, name: str = "b") -> str:
        """Runs a backup that must end in one of the ways that hide nothing; returns what it said."""
        before = demo_cluster.snapshot(self.cluster)
        running = salvor.start("backup", "create", name, *_EVERYTHING, *flags)
        output, errors = running.communicate(timeout=_HANG_SECONDS)
        said = output + errors
        self.assertIn(running.returncode, {0, 3, 1}, said)
        if running.returncode == 1:
            self.assertFalse(self.salvor.folder(name).exists(), said)
            self.assertIn("salvor:", errors)
        else:
            lost = completeness.losses(self.cluster, before, demo_cluster.snapshot(self.cluster), salvor.archive(name))
            told = completeness.errors_of(salvor, name)
            self.assertEqual([], completeness.unnamed(lost, told)[:10], said)
            self.assertEqual(running.returncode == 3, told != "{}" and "[" in told, f"{running.returncode}: {told}")
            self.salvor("backup", "verify", name)
        self.status = running.returncode
        return said

    def assert_complete(self, said: str) -> None:
        self.assertEqual(self.status, 0, said)

    def assert_no_backup(self) -> None:
        if self.location.exists():
            self.assertEqual("", self.salvor("backup", "get", "-o", "name").stdout)

    def refusal(self, salvor: Salvor, *flags: str) -> str:
        said = salvor("backup", "create", "b", *flags, expect=1, timeout=_HANG_SECONDS).stderr
        self.assert_no_backup()
        return said

    def with_kubeconfig(self, **changes: dict[str, object]) -> Salvor:
        target = self.directory / f"{self._testMethodName}.kubeconfig"
        return Salvor(kubeconfigs.changed(self.cluster.kubeconfig, target, **changes), self.location)


class UnreachableClusters(Clusters):
    def test_a_closed_port_is_named_and_leaves_nothing(self) -> None:
        port = free_ports(1)[0]
        said = self.refusal(self.with_kubeconfig(cluster={"server": f"https://127.0.0.1:{port}"}))
        self.assertIn(f"127.0.0.1:{port}", said)
        self.assertRegex(said.lower(), "refused|connect")

    def test_a_host_that_does_not_exist_is_named(self) -> None:
        said = self.refusal(self.with_kubeconfig(cluster={"server": "https://no-such-host.invalid:6443"}))
        self.assertIn("no-such-host.invalid", said)

    def test_a_server_with_another_certificate_is_not_trusted(self) -> None:
        stranger = Authority(self.directory / "another-authority").certificate.read_bytes()
        said = self.refusal(self.with_kubeconfig(
            cluster={"certificate-authority-data": base64.b64encode(stranger).decode()}))
        self.assertIn("certificate", said.lower())
        self.assertIn(self.cluster.url.removeprefix("https://"), said)

    def test_a_server_of_another_name_is_not_trusted(self) -> None:
        said = self.refusal(self.with_kubeconfig(cluster={"tls-server-name": "somebody.else"}))
        self.assertIn("certificate", said.lower())

    def test_a_server_that_is_no_kubernetes_is_recognised(self) -> None:
        with FaultProxy(self.cluster, lambda _: Answer(200, "hello", {"Content-Type": "text/html"})) as proxy:
            said = self.refusal(Salvor(proxy.kubeconfig(self.directory), self.location))
        self.assertRegex(said, "127.0.0.1|Kubernetes")

    def test_credentials_that_ended_are_refused_and_named(self) -> None:
        self.cluster.kubectl("create", "serviceaccount", "gone")
        token = self.cluster.token_for("default", "gone")
        self.cluster.kubectl("delete", "serviceaccount", "gone")
        said = self.refusal(self.with_kubeconfig(user={"token": token}))
        self.assertRegex(said.lower(), "unauthorized|credentials|401")
        self.assertNotIn(token, said)

    def test_a_user_without_any_permission_gets_an_error_and_no_backup(self) -> None:
        said = self.refusal(Salvor(self.cluster.kubeconfig_for("nobody"), self.location))
        self.assertRegex(said, 'User "nobody" cannot list')

    def test_a_user_who_may_list_some_resources_saves_these_and_is_told_the_rest(self) -> None:
        self.cluster.kubectl("create", "clusterrole", "some", "--verb=get,list", "--resource=namespaces,configmaps,services")
        self.cluster.kubectl("create", "clusterrolebinding", "some", "--clusterrole=some", "--user=halfway")
        self.cluster.await_access("halfway", [], "list", "services")
        said = self.back_up(Salvor(self.cluster.kubeconfig_for("halfway"), self.location))
        self.assertEqual(self.status, 3, said)
        self.assertEqual(said.count("list secrets"), 1, said)
        self.assertEqual(self.salvor("backup", "logs", "b").stdout.count("list secrets"), 1)
        self.assertIn("PartiallyFailed", self.salvor("backup", "get").stdout)
        restored = self.salvor("restore", "create", "--from-backup", "b", "--include-namespaces", "some",
                               "--namespace-mappings", "some:again")
        self.assertIn("salvor: warning:", restored.stderr)
        self.assertRegex(restored.stdout, r"\b[1-9]\d* created")
        self.cluster.kubectl("get", "configmap", "plain", "--namespace", "again")


class HalfDeadClusters(Clusters):
    def test_an_aggregated_api_without_a_server_is_named_and_the_rest_saved(self) -> None:
        path = demo_cluster.MANIFESTS / "optional/dead-apiservice.yaml"
        self.cluster.kubectl("apply", "-f", path)
        self.addCleanup(self.cluster.kubectl, "delete", "-f", path)
        said = self.back_up(self.salvor)
        self.assertEqual(self.status, 3, said)
        self.assertIn("metrics.k8s.io", said)

    def test_a_server_that_answers_500_loses_nothing_silently(self) -> None:
        def script(request: Request) -> Answer | None:
            broken = status(500, "InternalError", "etcdserver: request timed out")
            return Answer(500, broken) if request.path.endswith("/configmaps") else None
        with FaultProxy(self.cluster, script) as proxy:
            said = self.back_up(Salvor(proxy.kubeconfig(self.directory), self.location))
        self.assertEqual(self.status, 3, said)
        self.assertIn("configmaps", said)
        self.assertIn("etcdserver: request timed out", said)

    def test_a_list_that_never_comes_whole_is_named_after_a_bounded_number_of_requests(self) -> None:
        with FaultProxy(self.cluster, lambda r: Cut(40_000) if r.path.endswith("/configmaps") else None) as proxy:
            said = self.back_up(Salvor(proxy.kubeconfig(self.directory), self.location))
            self.assertLess(sum(r.path.endswith("/configmaps") for r in proxy.seen), 40)
        self.assertEqual(self.status, 3, said)


class DyingClusters(Clusters):
    """The API server is killed in the middle of a long LIST."""

    def test_a_server_that_dies_and_stays_away_leaves_an_error_and_no_backup(self) -> None:
        self.addCleanup(self.cluster.restart_apiserver)
        with FaultProxy(self.cluster, self.once_into_the_list(self.cluster.kill_apiserver)) as proxy:
            said = self.refusal(Salvor(proxy.kubeconfig(self.directory), self.location))
            self.assertEqual(proxy.faults, 1, said)
        self.assertRegex(said, "API server|127.0.0.1")

    def test_a_server_that_restarts_gives_a_complete_backup_or_a_clear_error(self) -> None:
        live = demo_cluster.snapshot(self.cluster)
        back = threading.Thread(target=self.cluster.restart_apiserver)

        def crash() -> None:
            self.cluster.kill_apiserver()
            back.start()
        with FaultProxy(self.cluster, self.once_into_the_list(crash)) as proxy:
            salvor = Salvor(proxy.kubeconfig(self.directory), self.location)
            running = salvor.start("backup", "create", "b", *_EVERYTHING)
            output, errors = running.communicate(timeout=_HANG_SECONDS)
            back.join()
            self.assertEqual(proxy.faults, 1)
        said = output + errors
        self.assertIn(running.returncode, {0, 1, 3}, said)
        if running.returncode == 1:
            self.assert_no_backup()
            said = self.back_up(self.salvor)
            self.assert_complete(said)
            return
        lost = completeness.losses(self.cluster, live, demo_cluster.snapshot(self.cluster), self.salvor.archive("b"))
        self.assertEqual([], completeness.unnamed(lost, completeness.errors_of(self.salvor, "b")), said)

    def once_into_the_list(self, crash) -> object:
        armed = threading.Lock()
        after = self.random.randrange(1_000, 200_000)

        def script(request: Request) -> Cut | None:
            if request.path.endswith("/configmaps") and request.is_list and armed.acquire(blocking=False):
                return Cut(after, Ending.RESET, first=crash)
            return None
        return script


class BrokenConnections(Clusters):
    """A proxy in the middle that breaks each request at most once: everything arrives in the end."""

    def through(self, script) -> str:
        with FaultProxy(self.cluster, script) as proxy:
            said = self.back_up(Salvor(proxy.kubeconfig(self.directory), self.location))
            self.proxy = proxy
        self.assertGreater(proxy.faults, 0, "the proxy broke nothing")
        return said

    def once_per_list(self, fault):
        """fault(request) for the first request of every page of every collection, nothing for its repetitions."""
        seen: set[tuple[str, str]] = set()
        lock = threading.Lock()

        def script(request: Request):
            page = (request.path, request.query.get("continue", ""))
            with lock:
                first = page not in seen and request.is_list
                seen.add(page)
            return fault(request) if first else None
        return script

    def cut_somewhere(self, ending: Ending):
        lock = threading.Lock()

        def fault(_: Request) -> Cut:
            with lock:
                return Cut(self.random.choice([1, 2, 20, 200, 2_000, self.random.randrange(1, 300_000)]), ending)
        return fault

    def test_answers_that_are_reset_midway_are_read_again(self) -> None:
        self.assert_complete(self.through(self.once_per_list(self.cut_somewhere(Ending.RESET))))

    def test_answers_that_end_too_early_are_read_again(self) -> None:
        self.assert_complete(self.through(self.once_per_list(self.cut_somewhere(Ending.SILENT))))

    def test_answers_cut_without_a_promised_length_are_noticed(self) -> None:
        self.assert_complete(self.through(self.once_per_list(self.cut_somewhere(Ending.UNFRAMED))))

    def test_a_broken_discovery_ends_or_is_repeated_but_loses_no_resource(self) -> None:
        for ending in Ending:
            with self.subTest(ending=ending), FaultProxy(self.cluster) as proxy:
                cut = self.random.randrange(1, 5_000)
                proxy.script = lambda r, c=cut, e=ending, p=proxy: (
                    Cut(c, e) if r.path in ("/api", "/apis") and p.faults < 2 else None)
                self.back_up(Salvor(proxy.kubeconfig(self.directory), self.location), name=ending.value)
                self.assertGreater(proxy.faults, 0)

    def test_late_answers_lose_nothing(self) -> None:
        self.assert_complete(self.through(self.once_per_list(lambda _: Late(self.random.uniform(0, 0.3)))))

    def test_a_throttling_server_is_waited_for(self) -> None:
        busy = Answer(429, status(429, "TooManyRequests", "too many requests", ), {"Retry-After": "1"})
        self.assert_complete(self.through(self.once_per_list(lambda _: busy if self.random.random() < 0.3 else None)))

    def test_a_server_that_throttles_everything_for_a_while_is_waited_for(self) -> None:
        busy = Answer(429, status(429, "TooManyRequests", "too many requests"), {"Retry-After": "1"})
        self.assert_complete(self.through(lambda r: busy if r.number <= 3 else None))

    def test_an_expired_list_goes_on_where_it_was(self) -> None:
        said = self.through(self.once_per_list(lambda r: expired(r) if "continue" in r.query else None))
        self.assert_complete(said)
        self.assertIn("more than one snapshot", said)

    def test_an_expired_list_without_a_way_on_is_begun_again_or_named(self) -> None:
        self.through(self.once_per_list(lambda r: expired(r, with_token=False) if "continue" in r.query else None))

    def test_a_list_that_breaks_and_then_expires_hides_nothing_and_doubles_nothing(self) -> None:
        cut: set[str] = set()
        gone: set[str] = set()

        def script(request: Request) -> Cut | Answer | None:
            token = request.query.get("continue")
            if not token or token in gone:
                return None
            if token not in cut:
                cut.add(token)
                return Cut(100_000)
            gone.add(token)
            return expired(request)
        said = self.through(script)
        self.assertIn(self.status, {0, 3}, said)

    def test_random_faults_of_every_kind_hide_nothing(self) -> None:
        lock = threading.Lock()

        def script(request: Request):
            with lock:
                dice = self.random.random()
                after = self.random.randrange(1, 200_000)
                ending = self.random.choice(list(Ending))
            if dice < 0.15:
                return Cut(after, ending)
            if dice < 0.20:
                return Answer(429, status(429, "TooManyRequests", "too many requests"), {"Retry-After": "0"})
            if dice < 0.25:
                return Answer(503, status(503, "ServiceUnavailable", "apiserver is shutting down"))
            if dice < 0.30 and "continue" in request.query:
                return expired(request, with_token=dice < 0.28)
            return None
        for round_number in range(4):
            with self.subTest(round=round_number), FaultProxy(self.cluster, script) as proxy:
                self.back_up(Salvor(proxy.kubeconfig(self.directory), self.location), name=f"b{round_number}")


def _populate(api: Api) -> None:
    resources = {str(r): r for r in api.resources()}
    for name in ("many", "some"):
        api.request("POST", resources["v1/namespaces"].path(), {"metadata": {"name": name}})
    source = random.Random(SEED)
    texts = [source.randbytes(4_000).hex() for _ in range(_MANY)]

    def make(number: int) -> None:
        api.request("POST", resources["v1/configmaps"].path("many"),
                    {"metadata": {"name": f"m-{number:04}"}, "data": {"text": texts[number]}})
    api.in_parallel(make, range(_MANY))
    api.request("POST", resources["v1/configmaps"].path("some"), {"metadata": {"name": "plain"}, "data": {"key": "värde"}})
    api.request("POST", resources["v1/secrets"].path("some"), {"metadata": {"name": "quiet"}, "stringData": {"key": "value"}})
    api.request("POST", resources["v1/services"].path("some"),
                {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}}})


if __name__ == "__main__":
    unittest.main()
