"""Random specs on the demo cluster: salvor selects exactly what stock Velero selects.

Each run draws a seed, prints it, and makes SALVOR_SPECS (60) specs from it; SALVOR_SEED=n makes the same ones again. Stock
Velero backs them all up side by side, salvor takes each as a Backup manifest, and the two resource lists must be equal, as
must the verdict: refused, complete, or with errors. A difference is printed with its spec, smallest spec first.
"""

import json
import os
import random
import re
import tempfile
import unittest
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.harness import demo_cluster
from tests.harness.api import Api, Object
from tests.harness.control_plane import ControlPlane
from tests.harness.salvor import Salvor
from tests.harness.stock_velero import StockVelero

SEED = int(os.environ.get("SALVOR_SEED") or random.SystemRandom().randrange(10**6))
SPECS = int(os.environ.get("SALVOR_SPECS") or 60)

# Backups of Velero's own appear while it works through the specs; salvor runs after that.
_CHANGES_MEANWHILE = frozenset({"velero.io/v1/Backup", "velero.io/v1/ServerStatusRequest", "velero.io/v1/BackupStorageLocation"})
_GLOBS = ("*", "team-*", "*o*", "[m-n]*", "m?nio", "a-namespace-*", "*-*", "nothing-like-*")
_ODD_NAMESPACES = ("missing", "scratch", "parking", "Upper", "")
_ODD_RESOURCES = ("nonsense", "nonsense.example.org", "deploy", "po", "Pod", "secret", "backups", "clusters", "ingresses.extensions",
                  "events.events.k8s.io", "*.apps", "pods.", "componentstatuses", "tokenreviews", "nodes", "bindings", "")


class Vocabulary:
    """Words for specs, taken from the cluster itself and from a list of odd ones."""

    def __init__(self, cluster: ControlPlane) -> None:
        objects = demo_cluster.snapshot(cluster)
        served = [r for r in Api(cluster).resources() if r.preferred and "list" in r.verbs]
        self.namespaces = sorted(key.name for key in objects if key.resource == "v1/namespaces")
        used = {key.resource for key in objects}
        self.namespaced = sorted(self._name(r) for r in served if r.namespaced and str(r) in used)
        self.cluster_scoped = sorted(self._name(r) for r in served if not r.namespaced and str(r) in used)
        self.unused = sorted(self._name(r) for r in served if str(r) not in used)
        self.labels = sorted({pair for item in objects.values() for pair in (item["metadata"].get("labels") or {}).items()})
        self.names: dict[str, list[str]] = {}
        for key in objects:
            plural, group = key.resource.rsplit("/", 1)[1], key.resource.split("/")[0] if key.resource.count("/") == 2 else ""
            self.names.setdefault(f"{plural}.{group}" if group else plural, []).append(
                f"{key.namespace}/{key.name}" if key.namespace else key.name)

    @staticmethod
    def _name(resource: Any) -> str:
        return f"{resource.plural}.{resource.group}" if resource.group else resource.plural


class SpecMaker:
    def __init__(self, words: Vocabulary, rng: random.Random) -> None:
        self._words, self._rng = words, rng

    def make(self) -> Object:
        """One spec. Most are valid and narrow, some are wide, a few are nonsense."""
        rng, spec = self._rng, {}
        if rng.random() < 0.85:
            spec["includedNamespaces"] = self._some(self._namespace, 3)
        if rng.random() < 0.3:
            spec["excludedNamespaces"] = self._some(self._namespace, 2)
        rng.choice((self._old_filters, self._new_filters, lambda _: None, self._old_filters))(spec)
        if rng.random() < 0.02:
            self._new_filters(spec)  # perhaps both sets, which is refused
        if rng.random() < 0.35:
            spec["labelSelector"] = self._selector()
        if rng.random() < (0.03 if "labelSelector" in spec else 0.2):
            spec["orLabelSelectors"] = self._some(self._selector, 3)
        if rng.random() < 0.15:
            spec["orderedResources"] = self._order()
        if rng.random() < 0.1:
            spec["snapshotVolumes"] = rng.random() < 0.5
        return spec

    def _old_filters(self, spec: Object) -> None:
        if self._rng.random() < 0.6:
            spec["includedResources"] = self._some(self._resource, 4)
        if self._rng.random() < 0.4:
            spec["excludedResources"] = self._some(self._resource, 3)
        if (wanted := self._rng.choice((None, True, False))) is not None:
            spec["includeClusterResources"] = wanted

    def _new_filters(self, spec: Object) -> None:
        kinds = {"ClusterScoped": lambda: self._resource(0.8), "NamespaceScoped": lambda: self._resource(0.1)}
        for scope, draw in kinds.items():
            if self._rng.random() < 0.5:
                spec[f"included{scope}Resources"] = self._some(draw, 3)
            if self._rng.random() < 0.3:
                spec[f"excluded{scope}Resources"] = self._some(draw, 2)

    def _some(self, draw: Callable[[], Any], most: int) -> list[Any]:
        return [draw() for _ in range(self._rng.randint(1, most))]

    def _namespace(self) -> str:
        return self._mostly(self._words.namespaces, 0.75, _GLOBS, 0.7, _ODD_NAMESPACES)

    def _resource(self, cluster_scoped: float = 0.3) -> str:
        known = self._words.cluster_scoped if self._rng.random() < cluster_scoped else self._words.namespaced
        name = self._mostly(known, 0.8, ["*", *self._words.unused], 0.4, _ODD_RESOURCES)
        return name.split(".")[0] if self._rng.random() < 0.1 else name

    def _mostly(self, usual: Iterable[str], share: float, unusual: Iterable[str], rest: float, odd: Iterable[str]) -> str:
        pool = usual if self._rng.random() < share else unusual if self._rng.random() < rest else odd
        return self._rng.choice(list(pool))

    def _selector(self) -> Object:
        key, value = self._rng.choice(self._words.labels)
        other, another = self._rng.choice(self._words.labels)
        return self._rng.choice((
            {"matchLabels": {key: value}},
            {"matchLabels": {key: value, other: another}},
            {"matchExpressions": [{"key": key, "operator": "In", "values": [value, another]}]},
            {"matchExpressions": [{"key": key, "operator": "NotIn", "values": [value]}]},
            {"matchExpressions": [{"key": key, "operator": "Exists"}, {"key": other, "operator": "DoesNotExist"}]},
            {"matchLabels": {"nobody": "has-this"}},
        ))

    def _order(self) -> dict[str, str]:
        kinds = self._rng.sample(["pods", "secrets", "persistentvolumes", "persistentvolumeclaims", "deployments.apps", "nonsense"], 2)
        return {kind: ",".join(self._rng.sample(self._words.names.get(kind, ["git/none"]) + ["git/none"], 1)
                               + self._rng.sample(self._words.names.get(kind, ["git/none"]), 1)) for kind in kinds}


class Selection(unittest.TestCase):
    maxDiff = None

    def test_resource_lists_of_random_specs_are_equal(self) -> None:
        print(f"seed {SEED}, {SPECS} specs; SALVOR_SEED={SEED} SALVOR_SPECS={SPECS} repeats this run", flush=True)
        with ControlPlane() as cluster, tempfile.TemporaryDirectory() as directory:
            demo_cluster.load(cluster)
            with StockVelero(cluster, Path(directory) / "stock") as velero:
                maker = SpecMaker(Vocabulary(cluster), random.Random(SEED))
                specs = {f"spec-{number}": maker.make() for number in range(SPECS)}
                statuses = velero.backups(specs)
                salvor = Salvor(cluster.kubeconfig, Path(directory) / "salvor")
                with ThreadPoolExecutor(2) as pool:
                    ours = dict(zip(specs, pool.map(lambda name: take(salvor, name, specs[name]), specs), strict=True))
                theirs = {name: seen_by_stock(velero, name, status) for name, status in statuses.items()}
        found = [report(specs[name], theirs[name], ours[name]) for name in sorted(specs, key=lambda n: len(str(specs[n])))
                 if theirs[name] != ours[name]]
        self.assertFalse(found, f"seed {SEED}: {len(found)} of {SPECS} specs differ:\n" + "\n".join(found))
        phases = [verdict for verdict, _, _ in theirs.values()]
        self.assertGreater(phases.count("complete"), SPECS // 4, "most specs should lead to a backup")


Seen = tuple[str, int, dict[str, list[str]]]  # verdict, number of warnings, resource list

# Each warns of things of its own: stock of every ordered name that its list lacks; salvor of kinds in the order that nothing
# is listed as, of names that do not exist, and of namespace patterns that match none.
_OWN_WARNINGS = ("Cannot find resource", "orderedResources", "no namespace matches", "CSI snapshot kinds")


def take(salvor: Salvor, name: str, spec: Object) -> Seen:
    manifest = {"apiVersion": "velero.io/v1", "kind": "Backup", "metadata": {"name": name, "namespace": "velero"}, "spec": spec}
    done = salvor.run("backup", "create", name, "--from-file", "-", stdin=json.dumps(manifest))
    if done.returncode not in (0, 3):
        made = (salvor.folder(name) / "velero-backup.json").exists()
        refused = "refused" in done.stderr and not made
        return "refused" if refused else f"exit {done.returncode}, made: {made}: {done.stderr}", 0, {}
    results = salvor.gzip_json(name, "results.gz")
    return verdict_of(salvor.metadata(name)["status"]), warnings_in(results), without_changing(
        salvor.gzip_json(name, "resource-list.json.gz"))


def seen_by_stock(velero: StockVelero, name: str, status: Object) -> Seen:
    if status["phase"] == "FailedValidation":
        return "refused", 0, {}
    return verdict_of(status), warnings_in(velero.results(name)), without_changing(velero.resource_list(name))


def warnings_in(results: Object) -> int:
    warnings = results["warnings"]
    lists = [warnings.get("velero", []), warnings.get("cluster", []), *warnings.get("namespaces", {}).values()]
    return sum(not any(own in text for own in _OWN_WARNINGS) for texts in lists for text in texts)


def verdict_of(status: Object) -> str:
    return "complete" if status["phase"] == "Completed" else f"{status['phase']} with {status.get('errors', 0)} errors"


def without_changing(listed: dict[str, list[str]]) -> dict[str, list[str]]:
    return {kind: names for kind, names in listed.items() if kind not in _CHANGES_MEANWHILE}


def report(spec: Object, stock: Seen, salvor: Seen) -> str:
    lines = [json.dumps(spec)]
    if stock[:2] != salvor[:2]:
        lines.append(f"  stock: {stock[0]}, {stock[1]} warnings; salvor: {salvor[0]}, {salvor[1]} warnings")
    for kind in sorted(stock[2].keys() | salvor[2].keys()):
        theirs, ours = set(stock[2].get(kind, [])), set(salvor[2].get(kind, []))
        for title, names in (("only stock", theirs - ours), ("only salvor", ours - theirs)):
            if names:
                lines.append(f"  {title} has {kind}: {', '.join(sorted(names)[:5])}{' ...' if len(names) > 5 else ''} ({len(names)})")
    return re.sub(r"(?m)^", "  ", "\n".join(lines))


if __name__ == "__main__":
    unittest.main()
