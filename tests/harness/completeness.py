"""Whether a backup lost something: its archive against the objects that were live all the time it was made.

An object counts as live when it was there before and after; its text must be the stored one when both moments agree. What
a backup leaves out on purpose is written down here, so that everything else is a loss.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.harness.api import Api, Object, Resource
from tests.harness.demo_cluster import Key
from tests.harness.salvor import Salvor, objects_of

_NEEDED_VERBS = {"list", "get", "create", "delete"}  # Velero saves only what could be created and deleted again
_TWICE_SERVED = {"events.events.k8s.io"}  # saved once, as events
_REWRITTEN = {"persistentvolumeclaims"}  # stored without what binds them to a data source
_EXCLUDE_LABEL = "velero.io/exclude-from-backup"


def losses(cluster: Any, before: Mapping[Key, Object], after: Mapping[Key, Object], archive: dict[str, bytes]) -> list[str]:
    """A sentence for every object that the archive lacks or holds otherwise, beginning with its group resource."""
    kinds = {str(r): _group_resource(r) for r in Api(cluster).resources() if r.preferred and _NEEDED_VERBS <= r.verbs}
    saved = objects_of(archive)
    found = []
    for key in before.keys() & after.keys():
        kind = kinds.get(key.resource)
        if kind is None or kind in _TWICE_SERVED or _left_out(before[key]):
            continue
        stored = saved.get((kind, key.namespace, key.name))
        if stored is None:
            found.append(f"{kind} {key.namespace}/{key.name} is missing")
        elif before[key] == after[key] and stored != before[key] and kind not in _REWRITTEN:
            found.append(f"{kind} {key.namespace}/{key.name} is not what is live")
    return sorted(found)


def unnamed(losses: Iterable[str], told: str) -> list[str]:
    """Those losses whose resource the program did not name."""
    return [loss for loss in losses if loss.split()[0] not in told]


def errors_of(salvor: Salvor, backup: str) -> str:
    """All errors of a backup's results, as one text."""
    return str(salvor.gzip_json(backup, "results.gz").get("errors", {}))


def _left_out(item: Object) -> bool:
    metadata = item["metadata"]
    return "deletionTimestamp" in metadata or metadata.get("labels", {}).get(_EXCLUDE_LABEL) == "true"


def _group_resource(resource: Resource) -> str:
    return f"{resource.plural}.{resource.group}" if resource.group else resource.plural
