"""kill -9 at random instants: no half backup is ever listed, and what was interrupted ends in the state of a run that was not.

SALVOR_CRASH_ROUNDS (100) runs of each kind are killed, at instants spread over the time that an unharmed run takes.

python3 -m unittest tests.crash.kill_test
"""

import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.harness.api import Api, Object
from tests.harness.control_plane import ControlPlane
from tests.harness.demo_cluster import Difference, Key, differences
from tests.harness.restored import CHANGED_BY_A_RESTORE
from tests.harness.salvor import Salvor

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
ROUNDS = int(os.environ.get("SALVOR_CRASH_ROUNDS", "100"))
_HANG_SECONDS = 120.0
_DRAFT = ".salvor-tmp-"
_LATE = 1.15  # some instants lie after the end, and find a finished run
_MOST_TRIES = 5  # rounds for each run that is really killed
_MANY = 1500  # objects of the restore during which the API server dies

# Given by the server anew to each restored copy: its own addresses, its own name.
_OWN_TO_EACH_COPY = ["services:/spec/clusterIP", "services:/spec/clusterIPs", "services:/spec/ports/*/nodePort",
                     "namespaces:/metadata/name", "namespaces:/metadata/labels/kubernetes.io~1metadata.name",
                     "/metadata/namespace", "rolebindings:/subjects/*/namespace",
                     "events:"]  # what the API server reports about addresses, in its own time


def setUpModule() -> None:
    """One cluster: a small namespace `team` that crashes are quick with, and a backup of it."""
    print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
    Crashes.directory = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    Crashes.cluster = unittest.enterModuleContext(ControlPlane())
    Crashes.api = Api(Crashes.cluster)
    _populate(Crashes.api)
    Crashes.salvor = Salvor(Crashes.cluster.kubeconfig, Crashes.directory / "location")
    Crashes.salvor("backup", "create", "good", "--include-namespaces", "team")


class Crashes(unittest.TestCase):
    directory: Path
    cluster: ControlPlane
    api: Api
    salvor: Salvor

    def setUp(self) -> None:
        self.random = random.Random(f"{SEED} {self._testMethodName}")

    def seconds_of(self, command: Callable[[str], list[str]]) -> float:
        """How long the unharmed command takes, the middle of five; `command` says it for a name."""
        def once(name: str) -> float:
            begin = time.monotonic()
            self.salvor(*command(name))
            return time.monotonic() - begin
        return statistics.median(once(name) for name in ("unharmed", "calm", "quiet", "still", "whole"))

    def kill_after(self, seconds: float, *args: object) -> bool:
        """Starts the command and kills it; False when it had ended before."""
        running = subprocess.Popen(self.salvor.command(*args), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.salvor.environment())
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(seconds)
        running.kill()
        return running.wait() == -9

    # --- comparing restored namespaces -------------------------------------------------------------------------------

    def contents(self, namespace: str) -> dict[Key, Object]:
        """Everything in a namespace, and the namespace, under keys that do not name it."""
        lists = [r for r in self.api.resources() if r.namespaced and r.preferred and "list" in r.verbs]
        pages = self.api.in_parallel(lambda resource: list(self.api.objects(resource, namespace)), lists)
        found = {Key(str(resource), "", item["metadata"]["name"]): item
                 for resource, items in zip(lists, pages, strict=True) for item in items}
        found[Key("v1/namespaces", "", "it")] = self.cluster.request("GET", f"/api/v1/namespaces/{namespace}")
        return found

    def unlike(self, reference: dict[Key, Object], namespace: str) -> list[Difference]:
        return differences(reference, self.contents(namespace), CHANGED_BY_A_RESTORE + _OWN_TO_EACH_COPY)


class KilledBackups(Crashes):
    def test_a_killed_backup_is_listed_whole_or_not_at_all_and_the_same_command_then_succeeds(self) -> None:
        whole = self.seconds_of(self.backup)
        files = _files(self.salvor, "unharmed")
        killed = 0
        for number in range(ROUNDS * _MOST_TRIES):
            if killed == ROUNDS:
                break
            name, instant = f"b-{number:03}", self.random.uniform(0, whole * _LATE)
            with self.subTest(name=name, instant=instant):
                killed += self.kill_after(instant, *self.backup(name))
                listed = f"backup/{name}" in self.salvor("backup", "get", "-o", "name").stdout.split()
                if not listed:
                    self.salvor("backup", "verify", name, expect=4)
                # One that is there already is refused, and what the killed run may still have held is cleared.
                self.salvor(*self.backup(name), expect=1 if listed else 0)
                self.salvor("backup", "verify", name)
                self.assertEqual(files, _files(self.salvor, name), "files that belong to no backup")
                self.salvor("backup", "delete", name, "--confirm")
        print(f"{killed} backups killed, at instants within {whole * _LATE:.2f} s", file=sys.stderr)
        self.assertEqual(killed, ROUNDS)

    def backup(self, name: str) -> list[str]:
        return ["backup", "create", name, "--include-namespaces", "team"]


class KilledRestores(Crashes):
    def test_a_killed_restore_run_again_ends_as_one_that_was_not(self) -> None:
        whole = self.seconds_of(self.restore)
        reference = self.contents("unharmed")
        self.assertGreater(len(reference), 50)
        killed = 0
        for number in range(ROUNDS * _MOST_TRIES):
            if killed >= ROUNDS:
                break
            name = f"r-{number:03}"
            instants = [self.random.uniform(0, whole * _LATE) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
            with self.subTest(name=name, instants=instants):
                interrupted = [self.kill_after(instant, *self.restore(name)) for instant in instants]
                killed += sum(interrupted)
                self.run_again(name)
                self.assertEqual([], [str(d) for d in self.unlike(reference, name)][:10])
        print(f"{killed} restores killed, at instants within {whole * _LATE:.2f} s", file=sys.stderr)
        self.assertGreaterEqual(killed, ROUNDS)

    def test_a_restore_during_which_the_api_server_dies_ends_as_one_in_peace(self) -> None:
        _fill(self.api, "large", _MANY)
        self.salvor("backup", "create", "large", "--include-namespaces", "large")
        reference = self.contents("large")
        for number in range(max(1, ROUNDS // 33)):
            name, most = f"s-{number:03}", self.random.randrange(1, _MANY * 2 // 3)
            with self.subTest(name=name, objects=most):
                running = self.salvor.start(*self.restore(name, "large"))
                self.await_objects(name, most, running)
                self.cluster.restart_apiserver()
                output, errors = running.communicate(timeout=_HANG_SECONDS * 3)
                self.assertIn(running.returncode, {0, 1, 3}, output + errors)
                if running.returncode == 1:
                    self.run_again(name, "large")
                elif running.returncode == 3:
                    self.salvor(*self.restore(name + "-again", "large", target=name))
                self.assertEqual([], [str(d) for d in self.unlike(reference, name)][:10])

    def restore(self, name: str, source: str = "team", *, target: str = "") -> list[str]:
        return ["restore", "create", name, "--from-backup", "good" if source == "team" else source,
                "--include-namespaces", source, "--namespace-mappings", f"{source}:{target or name}"]

    def run_again(self, name: str, source: str = "team") -> None:
        """The same command; when the first one had ended, its name is taken and that is said."""
        running = self.salvor.start(*self.restore(name, source))
        output, errors = running.communicate(timeout=_HANG_SECONDS)
        if running.returncode == 1 and "has already run" in errors:
            record = self.salvor("restore", "get", name, "-o", "json").stdout
            self.assertIn('"Completed"', record)
            return
        self.assertEqual(running.returncode, 0, output + errors)

    def await_objects(self, namespace: str, count: int, running: subprocess.Popen) -> None:
        deadline = time.monotonic() + _HANG_SECONDS
        while running.poll() is None and time.monotonic() < deadline:
            page = self.cluster.request("GET", f"/api/v1/namespaces/{namespace}/configmaps?limit=1")
            if len(page["items"]) + page["metadata"].get("remainingItemCount", 0) >= count:
                return


def _files(salvor: Salvor, backup: str) -> set[str]:
    """Names of the files of a backup, hidden ones as well, as if it were called B. Drafts of killed writers stay for a day:
    nobody can know sooner that their writer is dead and not slow."""
    return {path.name.replace(backup, "B") for path in salvor.folder(backup).rglob("*") if not path.name.startswith(_DRAFT)}


def _populate(api: Api) -> None:
    """The namespace `team`: a few objects of the kinds that a restore treats in a way of its own."""
    resources = {r.plural: r for r in api.resources() if r.preferred and r.group in ("", "apps", "batch", "rbac.authorization.k8s.io")}
    api.request("POST", resources["namespaces"].path(), {"metadata": {"name": "team", "labels": {"tier": "home"}}})
    for plural, body in _team_objects():
        resource = resources[plural]
        api.request("POST", resource.path("team"), {"apiVersion": resource.api_version, "kind": resource.kind} | body)


def _team_objects() -> list[tuple[str, dict[str, Any]]]:
    labels = {"app": "web"}
    pod = {"containers": [{"name": "web", "image": "web:1"}], "serviceAccountName": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    selected = {"selector": {"matchLabels": labels}, "template": template}
    objects: list[tuple[str, dict[str, Any]]] = [
        ("serviceaccounts", {"metadata": {"name": "web"}}),
        ("services", {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}], "selector": labels}}),
        ("services", {"metadata": {"name": "node"}, "spec": {"type": "NodePort", "ports": [{"port": 80}], "selector": labels}}),
        ("deployments", {"metadata": {"name": "web"}, "spec": {"replicas": 1, **selected}}),
        ("statefulsets", {"metadata": {"name": "db"}, "spec": {"serviceName": "db", **selected}}),
        ("pods", {"metadata": {"name": "bare", "labels": labels}, "spec": pod}),
        ("cronjobs", {"metadata": {"name": "tick"}, "spec": {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": {
            "spec": pod | {"restartPolicy": "Never"}}}}}}),
        ("roles", {"metadata": {"name": "reader"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
        ("rolebindings", {"metadata": {"name": "readers"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
                                                                       "name": "reader"},
                          "subjects": [{"kind": "ServiceAccount", "name": "web", "namespace": "team"}]}),
    ]
    for number in range(25):
        objects.append(("configmaps", {"metadata": {"name": f"c-{number}"}, "data": {"n": str(number) * 200}}))
        objects.append(("secrets", {"metadata": {"name": f"s-{number}"}, "stringData": {"n": str(number) * 200}}))
    return objects


def _fill(api: Api, namespace: str, count: int) -> None:
    resources = {str(r): r for r in api.resources()}
    api.request("POST", resources["v1/namespaces"].path(), {"metadata": {"name": namespace}})
    api.in_parallel(lambda number: api.request("POST", resources["v1/configmaps"].path(namespace),
                                               {"metadata": {"name": f"c-{number}"}, "data": {"n": "x" * 500}}), range(count))


if __name__ == "__main__":
    unittest.main()
