"""Restore options, one after the other, by stock Velero into one cluster and by salvor into another: equal after each.

Both clusters start empty and see the same restores of the same backup, so that later ones meet what earlier ones left.
Before each one both clusters are edited alike where the case says so.
"""

import json
import tempfile
import unittest
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.harness import demo_cluster
from tests.harness.api import Api, Object
from tests.harness.control_plane import ControlPlane
from tests.harness.demo_cluster import Key
from tests.harness.salvor import Salvor
from tests.harness.stock_velero import StockVelero
from tests.peer.velero_interop_test import DIFFERS_BETWEEN_TWO_CLUSTERS


class Case(NamedTuple):
    name: str
    spec: Object
    before: Callable[[Api], None] = lambda _: None


def patch(path: str, change: Object) -> Callable[[Api], None]:
    return lambda api: api.request("PATCH", path, change, "application/merge-patch+json")


def both(*steps: Callable[[Api], None]) -> Callable[[Api], None]:
    return lambda api: [step(api) for step in steps] and None


CASES = [
    Case("mapped", {"includedNamespaces": ["team-a"], "namespaceMapping": {"team-a": "team-a-copy"}}),
    Case("ports", {"includedNamespaces": ["home-automation", "ingress-nginx"], "preserveNodePorts": True}),
    Case("status", {"includedNamespaces": ["monitoring"], "restoreStatus": {"includedResources": ["*"]}}),
    Case("selected", {"labelSelector": {"matchLabels": {"app": "postgres"}}}),
    Case("either", {"includedNamespaces": ["git", "team-b"],
                    "orLabelSelectors": [{"matchLabels": {"app": "gitea"}}, {"matchExpressions": [
                        {"key": "app", "operator": "In", "values": ["ledger", "sync"]}]}]}),
    Case("kinds", {"includedResources": ["secrets", "configmaps", "serviceaccounts"], "excludedNamespaces": ["kube-system"]}),
    Case("no-volumes", {"includedNamespaces": ["media"], "restorePVs": False}),
    Case("no-cluster", {"includedNamespaces": ["vault"], "includeClusterResources": False}),
    Case("without", {"includedNamespaces": ["minio", "databases"], "excludedResources": ["persistentvolumes", "pods"],
                     "includeClusterResources": True}),
    Case("left-alone", {"includedNamespaces": ["monitoring"]}, both(
        patch("/apis/apps/v1/namespaces/monitoring/deployments/grafana", {"spec": {"replicas": 7}}),
        patch("/api/v1/namespaces/monitoring/services/grafana", {"spec": {"selector": {"app": "typo"}}}))),
    Case("updated", {"includedNamespaces": ["monitoring", "git"], "existingResourcePolicy": "update"}, both(
        patch("/api/v1/namespaces/git/configmaps/kube-root-ca.crt", {"data": {"mine": "kept?"}}),
        patch("/api/v1/namespaces/git/serviceaccounts/runner", {"imagePullSecrets": [{"name": "another"}], "metadata": {
            "annotations": {"mine": "kept?"}}}))),
    Case("all-the-rest", {"includeClusterResources": True}),
]


class RestoreOptions(unittest.TestCase):
    maxDiff = None

    def test_both_leave_equal_clusters_behind_after_each_restore(self) -> None:
        with ExitStack() as stack:
            location = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "location"
            theirs, ours = (stack.enter_context(ControlPlane()) for _ in range(2))
            demo_cluster.load(ours)
            salvor = Salvor(ours.kubeconfig, location)
            salvor("backup", "create", "demo", "--include-cluster-resources")
            ours.reset()
            with StockVelero(ours, location):
                pass  # both clusters have Velero's definitions
            velero = stack.enter_context(StockVelero(theirs, location))
            velero.wait_for_synced_backup("demo")
            for case in CASES:
                with self.subTest(case.name):
                    for cluster in (theirs, ours):
                        case.before(Api(cluster))
                    self._restore_by_both(case, velero, salvor)
                    found = demo_cluster.differences(content_of(theirs), content_of(ours), DIFFERS_BETWEEN_TWO_CLUSTERS)
                    self.assertEqual([], [str(difference) for difference in found])

    def _restore_by_both(self, case: Case, velero: StockVelero, salvor: Salvor) -> None:
        spec = case.spec | {"backupName": "demo"}
        status = velero.restore(case.name, spec)
        self.assertIn(status["phase"], ("Completed", "PartiallyFailed"))
        manifest = {"apiVersion": "velero.io/v1", "kind": "Restore", "metadata": {"name": case.name, "namespace": "velero"}, "spec": spec}
        # Stock keeps its record in the cluster, salvor in the location; the names do not meet.
        done = salvor.run("restore", "create", case.name, "--from-file", "-", stdin=json.dumps(manifest))
        self.assertIn(done.returncode, (0, 3), done.stderr)


def content_of(cluster: ControlPlane) -> dict[Key, Object]:
    """All objects but two that tell of the API server's own certificate and port."""
    own = (Key("v1/configmaps", "kube-system", "extension-apiserver-authentication"), Key("v1/services", "default", "kubernetes"))
    return {key: item for key, item in demo_cluster.snapshot(cluster).items() if key not in own}


if __name__ == "__main__":
    unittest.main()
