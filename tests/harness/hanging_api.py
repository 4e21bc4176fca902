"""An aggregated API that is there and never lists: its discovery answers, a LIST of its objects hangs until the end.

    with HangingApi(cluster) as api:
        ...
        print(api.lists)   # how often somebody asked for sloths.slow.example.com

The API server finds it through an APIService, whose Service of type ExternalName leads to this process.
"""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GROUP, VERSION = "slow.example.com", "v1"
_READY_SECONDS = 60.0
_POLL_SECONDS = 0.1


class HangingApi:
    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.lists = 0

    def __enter__(self) -> "HangingApi":
        pair = self._cluster.issue_server(f"hanging-api-{id(self)}")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pair.certificate, pair.key)
        self._server = _Server(self)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "slow", "namespace": "default"},
                   "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": self._server.server_port}]}}
        registration = {
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": f"{VERSION}.{GROUP}"},
            "spec": {"group": GROUP, "version": VERSION, "groupPriorityMinimum": 100, "versionPriority": 100,
                     "insecureSkipTLSVerify": True,
                     "service": {"name": "slow", "namespace": "default", "port": self._server.server_port}}}
        self._cluster.request("POST", "/api/v1/namespaces/default/services", service)
        self._cluster.request("POST", _REGISTRATIONS, registration)
        self._await_discovery()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._cluster.request("DELETE", f"{_REGISTRATIONS}/{VERSION}.{GROUP}")
        self._cluster.request("DELETE", "/api/v1/namespaces/default/services/slow")
        self._server.shutdown()
        self._server.server_close()

    def hang(self) -> None:
        with self._lock:
            self.lists += 1
        self._over.wait()

    def _await_discovery(self) -> None:
        """The API server looks at a new APIService in its own time, and salvor asks for its aggregated discovery."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self._is_discovered():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the API server does not serve {GROUP} after {_READY_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def _is_discovered(self) -> bool:
        connection = self._cluster.connect()
        accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        connection.request("GET", "/apis", headers={"Accept": accept})
        groups = json.loads(connection.getresponse().read())["items"]
        connection.close()
        versions = [v for group in groups if group["metadata"]["name"] == GROUP for v in group["versions"]]
        return any(v.get("freshness") == "Current" and v.get("resources") for v in versions)


_REGISTRATIONS = "/apis/apiregistration.k8s.io/v1/apiservices"
_RESOURCES = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/{VERSION}", "resources": [
    {"name": "sloths", "singularName": "sloth", "kind": "Sloth", "namespaced": True,
     "verbs": ["create", "delete", "get", "list", "update", "watch"]}]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: HangingApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith("/sloths"):
            self.server.api.hang()
            self.close_connection = True
            return
        known = path == f"/apis/{GROUP}/{VERSION}"
        body = json.dumps(_RESOURCES if known else {"kind": "Status", "status": "Failure", "code": 404}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
