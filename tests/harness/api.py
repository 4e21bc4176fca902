"""The Kubernetes API for loads that kubectl is too slow for: every resource by discovery, requests in parallel.

`Api` needs only `connect()` of a ControlPlane and keeps as many connections alive as it used at a time. Discovery is the
aggregated form, so one request knows every resource of every group. Nothing is kept that a new CRD could change.
"""

import http.client
import json
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

Object = dict[str, Any]
Item = TypeVar("Item")
Result = TypeVar("Result")

_PAGE = 500
_WORKERS = 8
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class ApiError(Exception):
    """The server's refusal: HTTP status, reason of its Status object, and both in the text."""

    def __init__(self, request: str, status: int, body: bytes) -> None:
        try:
            answer = json.loads(body)
        except ValueError:
            answer = {"message": body.decode(errors="replace")}
        self.status, self.reason = status, answer.get("reason", "")
        super().__init__(f"{request}: {status} {self.reason}: {answer.get('message', '')}")


@dataclass(frozen=True)
class Resource:
    """One served resource in one version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    preferred: bool  # its version is the first of its group that serves it
    verbs: frozenset[str]
    subresources: frozenset[str]

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version}/{self.plural}"

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"
        parts = [root, *(["namespaces", namespace] if namespace and self.namespaced else []), self.plural, name, subresource]
        return "/".join([parts[0], *(quote(part, safe=":") for part in parts[1:] if part)])


class Api:
    """Requests as the administrator. Methods may be called from any thread."""

    def __init__(self, control_plane: Any) -> None:
        self._connect = control_plane.connect
        self._idle: deque[http.client.HTTPSConnection] = deque()
        weakref.finalize(self, _close_all, self._idle)

    def request(self, method: str, path: str, body: Any = None, content_type: str = "application/json",
                accept: str = "application/json") -> Any:
        """The decoded answer, or ApiError. A connection that broke while it was kept is replaced and the request sent again."""
        # Compact, as Go's clients write it: a ControllerRevision keeps its data's bytes, and a blank would make them differ.
        payload = None if body is None else json.dumps(body, separators=(",", ":"))
        while True:
            kept = self._take_idle()
            connection = kept or self._connect()
            try:
                connection.request(method, path, payload, {"Content-Type": content_type, "Accept": accept})
                answer = connection.getresponse()
                data = answer.read()
                break
            except (http.client.HTTPException, OSError):
                connection.close()
                if not kept:
                    raise
        self._idle.append(connection)
        if answer.status >= 400:
            raise ApiError(f"{method} {path}", answer.status, data)
        return json.loads(data)

    def _take_idle(self) -> http.client.HTTPSConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def resources(self) -> list[Resource]:
        """Everything served, in the server's order of groups and versions."""
        found = []
        for root in ("/api", "/apis"):
            for group in self.request("GET", root, accept=_DISCOVERY)["items"]:
                found += _resources_of(group)
        return found

    def objects(self, resource: Resource, namespace: str = "", **query: str) -> Iterator[Object]:
        """Objects page by page, each with the apiVersion and kind that built-in lists leave out."""
        parameters = {"limit": str(_PAGE)} | query
        while True:
            page = self.request("GET", f"{resource.path(namespace)}?{urlencode(parameters)}")
            for item in page["items"]:
                yield {"apiVersion": resource.api_version, "kind": resource.kind} | item
            if not page["metadata"].get("continue"):
                return
            parameters["continue"] = page["metadata"]["continue"]

    def in_parallel(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """work(item) for every item, at most eight at a time; the first failure is raised."""
        with ThreadPoolExecutor(_WORKERS) as pool:
            return list(pool.map(work, items))

    def delete_namespace(self, name: str) -> None:
        """Deletes a namespace with everything in it, at once.

        This is the part of controllers, which a control plane without them leaves undone: the namespace controller's, that of
        whoever would remove a finalizer, and the volume controller's, which deletes or releases the volumes of deleted claims.
        """
        namespaces = next(r for r in self.resources() if str(r) == "v1/namespaces")
        self.request("DELETE", namespaces.path(name=name))
        contents = [r for r in self.resources() if r.namespaced and r.preferred and {"list", "delete"} <= r.verbs]
        self.in_parallel(lambda resource: self.delete_all(resource, name), contents)
        self._release_volumes(name)
        left = self.request("GET", namespaces.path(name=name))
        left["metadata"]["finalizers"], left["spec"]["finalizers"] = [], []
        left = self.request("PUT", namespaces.path(name=name), left)
        self.request("PUT", namespaces.path(name=name, subresource="finalize"), left | {"spec": {"finalizers": []}})

    def _release_volumes(self, namespace: str) -> None:
        volumes = next(r for r in self.resources() if str(r) == "v1/persistentvolumes")
        for volume in list(self.objects(volumes)):
            name, spec = volume["metadata"]["name"], volume["spec"]
            if spec.get("claimRef", {}).get("namespace") != namespace:
                continue
            if spec["persistentVolumeReclaimPolicy"] == "Delete":
                self.delete(volumes, "", name)
            else:
                self.request("PUT", volumes.path(name=name, subresource="status"), volume | {"status": {"phase": "Released"}})

    def delete_all(self, resource: Resource, namespace: str = "") -> None:
        """Deletes every object of a resource, whatever finalizers and grace periods say."""
        for item in list(self.objects(resource, namespace)):
            self.delete(resource, item["metadata"].get("namespace", ""), item["metadata"]["name"])

    def delete(self, resource: Resource, namespace: str, name: str) -> None:
        """Deletes one object, whatever its finalizers and grace period say; harmless when it is gone."""
        path = resource.path(namespace, name)
        try:
            answer = self.request("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0,
                                                   "propagationPolicy": "Background"})
            if answer.get("metadata", {}).get("finalizers"):
                self.request("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")
        except ApiError as error:
            if error.status != 404:
                raise


def _close_all(connections: deque[http.client.HTTPSConnection]) -> None:
    while connections:
        connections.pop().close()


def _resources_of(group: Object) -> Iterator[Resource]:
    name = group["metadata"].get("name", "")
    seen: set[str] = set()
    for version in group["versions"]:
        for entry in version.get("resources", []):
            yield Resource(name, version["version"], entry["resource"], entry["responseKind"]["kind"], entry["scope"] == "Namespaced",
                           entry["resource"] not in seen, frozenset(entry["verbs"]),
                           frozenset(sub["subresource"] for sub in entry.get("subresources", [])))
            seen.add(entry["resource"])
