"""The demo cluster: loads demo/cluster into a control plane, remembers a cluster's objects, and tells two memories apart.

    load(control_plane)                       some 550 objects in about two seconds
    before = snapshot(control_plane)
    ...
    for difference in differences(before, snapshot(control_plane), ignore=["/metadata/resourceVersion"]):
        print(difference)

Loading is a sort by need: definitions, then what admission asks for (namespaces, priority and runtime classes), then each
object as soon as everything it refers to exists, since a reference carries the uid of the live object.
"""

import copy
import fnmatch
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from demo.cluster.derived import derive
from tests.harness.api import Api, Object, Resource

MANIFESTS = Path(__file__).resolve().parents[2] / "demo" / "cluster"
SEED = 20260203
_WAIT_SECONDS = 30.0
_ADMISSION_NEEDS = ("Namespace", "PriorityClass", "RuntimeClass", "StorageClass")


class Key(NamedTuple):
    """Names one object: resource is "apps/v1/deployments" or "v1/pods"; namespace is "" for cluster-scoped objects."""

    resource: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Difference:
    """One field, or a whole object (path "") that only one side has. MISSING stands for absence."""

    key: Key
    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        hidden = self.key.resource == "v1/secrets" and (not self.path or self.path.startswith("/data"))
        before, after = ("(secret)" if hidden and side is not MISSING else _brief(side) for side in (self.before, self.after))
        return f"{self.key.resource} {self.key.namespace}/{self.key.name} {self.path or 'object'}: {before} -> {after}"


class _Missing:
    def __repr__(self) -> str:
        return "(none)"


MISSING = _Missing()


# --- loading --------------------------------------------------------------------------------------------------------------


def manifests(seed: int = SEED) -> list[Object]:
    """All objects of the demo cluster, those that people write first, in the order of the files."""
    written = [document for file in sorted(MANIFESTS.glob("*.yaml")) for document in _documents(file)]
    return written + derive(written, seed)


def load(control_plane: Any, *, seed: int = SEED, optional: Collection[str] = ()) -> int:
    """Creates the demo cluster in an empty control plane and returns the number of objects.

    `optional` names files of demo/cluster/optional, without ending, to load as well.
    """
    api = Api(control_plane)
    objects = manifests(seed) + [o for name in optional for o in _documents(MANIFESTS / "optional" / f"{name}.yaml")]
    loader = _Loader(api)
    loader.create([o for o in objects if o["kind"] == "CustomResourceDefinition"])
    loader.await_kinds(objects)
    loader.create([o for o in objects if o["kind"] in _ADMISSION_NEEDS])
    rest = [o for o in objects if o["kind"] not in ("CustomResourceDefinition", *_ADMISSION_NEEDS)]
    while rest:
        ready = [o for o in rest if loader.knows_references_of(o)]
        if not ready:
            raise ValueError("these refer to objects that no manifest has: " + ", ".join(_name(o) for o in rest))
        loader.create(ready)
        done = set(map(id, ready))
        rest = [o for o in rest if id(o) not in done]
    return len(objects)


class _Loader:
    """Creates objects and remembers their uids, which later ones refer to."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._uids: dict[tuple[str, str, str], str] = {}
        self._served = self._discover()

    def await_kinds(self, objects: list[Object]) -> None:
        """Returns when the server serves every kind among the objects, which it does some time after the CRD is made."""
        wanted = {(o["apiVersion"], o["kind"]) for o in objects}
        deadline = time.monotonic() + _WAIT_SECONDS
        while missing := wanted - self._served.keys():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the API server does not serve {sorted(missing)} after {_WAIT_SECONDS:.0f} s")
            time.sleep(0.05)
            self._served = self._discover()

    def knows_references_of(self, item: Object) -> bool:
        return all(_target(item, reference) in self._uids for reference in _open_references(item))

    def create(self, items: list[Object]) -> None:
        for item, uid in zip(items, self._api.in_parallel(self._create, items), strict=True):
            self._uids[item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]] = uid

    def _create(self, item: Object) -> str:
        item = copy.deepcopy(item)
        for reference in list(_open_references(item)):
            reference["uid"] = self._uids[_target(item, reference)]
        resource = self._served[item["apiVersion"], item["kind"]]
        namespace, name = item["metadata"].get("namespace", ""), item["metadata"]["name"]
        made = self._api.request("POST", resource.path(namespace), item)
        if "status" in item and "status" in resource.subresources:
            made["status"] = item["status"]
            self._api.request("PUT", resource.path(namespace, name, "status"), made)
        return made["metadata"]["uid"]

    def _discover(self) -> dict[tuple[str, str], Resource]:
        return {(r.api_version, r.kind): r for r in self._api.resources()}


def _open_references(item: Object) -> Iterator[Object]:
    """References of an object to others that lack the uid: owners, the claim of a volume, the pods of endpoints."""
    spec = item.get("spec") or {}
    addresses = [a for subset in item.get("subsets", []) for a in subset["addresses"]] + item.get("endpoints", [])
    candidates = [*item["metadata"].get("ownerReferences", []), spec.get("claimRef"), *(a.get("targetRef") for a in addresses)]
    return (reference for reference in candidates if reference and "uid" not in reference)


def _target(item: Object, reference: Object) -> tuple[str, str, str]:
    """What a reference points to. Owners are in the owned object's namespace, unless their kind has none."""
    kind = reference["kind"]
    namespace = reference.get("namespace") or item["metadata"].get("namespace", "")
    return kind, "" if kind == "Node" else namespace, reference["name"]


def _documents(file: Path) -> list[Object]:
    with file.open(encoding="utf-8") as stream:
        return [_plain(document) for document in yaml.load_all(stream, Loader=_Yaml)]


class _Yaml(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Dates stay text, as they are in JSON."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Yaml.yaml_implicit_resolvers.items()}


def _plain(value: Any) -> Any:
    """A copy without aliases, so that a change in one place stays there."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


# --- comparing --------------------------------------------------------------------------------------------------------------


def snapshot(control_plane: Any, *, all_versions: bool = False) -> dict[Key, Object]:
    """Every object that can be listed, in the preferred version of its resource or in all that are served."""
    api = Api(control_plane)
    listed = [r for r in api.resources() if "list" in r.verbs and r.plural != "componentstatuses" and (r.preferred or all_versions)]
    pages = api.in_parallel(lambda resource: list(api.objects(resource)), listed)
    return {Key(str(resource), item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
            for resource, items in zip(listed, pages, strict=True) for item in items}


def differences(before: Mapping[Key, Object], after: Mapping[Key, Object], ignore: Iterable[str] = ()) -> list[Difference]:
    """All fields in which the two differ, except those that `ignore` names.

    A name is a JSON pointer in which `*` stands for any one step, "/metadata/uid" or "/spec/containers/*/image", and covers
    all below it; "pods:/spec/nodeName" holds only for the resources whose name before the colon matches (a glob over
    "pods" or "v1/pods"). "pods:" ignores these objects altogether.
    """
    rules = [_Rule.parse(text) for text in ignore]
    found: list[Difference] = []
    for key in sorted(before.keys() | after.keys()):
        applying = [rule for rule in rules if rule.covers(key)]
        found += (Difference(key, path, old, new) for path, old, new in
                  _compare(before.get(key, MISSING), after.get(key, MISSING), (), [rule.steps for rule in applying]))
    return found


class _Rule(NamedTuple):
    resource: str
    steps: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "_Rule":
        resource, pointer = ("*", text) if text.startswith("/") else text.split(":", 1)
        return cls(resource, tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]))

    def covers(self, key: Key) -> bool:
        return fnmatch.fnmatchcase(key.resource, self.resource) or fnmatch.fnmatchcase(key.resource.rsplit("/", 1)[1], self.resource)


def _compare(before: Any, after: Any, at: tuple[str, ...], rules: list[tuple[str, ...]]) -> Iterator[tuple[str, Any, Any]]:
    """Yields (pointer, before, after) for the deepest places that differ."""
    if any(not rule for rule in rules):
        return
    if at:  # a map that only one side has is told entry by entry, since some entries may be ignored
        before = {} if before is MISSING and isinstance(after, dict) and after else before
        after = {} if after is MISSING and isinstance(before, dict) and before else after
    if isinstance(before, dict) and isinstance(after, dict):
        pairs = [(step, before.get(step, MISSING), after.get(step, MISSING)) for step in sorted(before.keys() | after.keys())]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(str(index), *pair) for index, pair in enumerate(zip(before, after, strict=True))]
    else:
        if type(before) is not type(after) or before != after:
            yield "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in at), before, after
        return
    for step, old, new in pairs:
        yield from _compare(old, new, (*at, step), [rule[1:] for rule in rules if rule[0] in (step, "*")])


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."


def _name(item: Object) -> str:
    return f"{item['kind']} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
