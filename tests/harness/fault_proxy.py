"""A server between salvor and the API server that breaks what passes through it, on purpose and where the test says.

    with FaultProxy(cluster, script) as proxy:
        salvor = Salvor(proxy.kubeconfig(directory), location)

`script(request)` is asked for every request and answers with what happens to it: None lets it pass, `Cut` ends the
connection inside the body, `Late` makes the answer wait, `Answer` is sent in place of the server's. It may do anything
else as well, such as kill the API server. It is called from the thread of the connection.

The proxy speaks TLS with a certificate of the cluster's own authority, HTTP/1.1 on both sides, and asks the API server as
the administrator, whoever asks the proxy. Bodies pass through as they come, without being gathered.
"""

import base64
import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.harness import kubeconfigs
from tests.harness.breaking import BreakingHandler, BreakingProxy

_PIECE = 16 << 10
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "authorization", "host", "content-length"}
_UPSTREAM_SECONDS = 120.0


@dataclass(frozen=True)
class Request:
    number: int  # counts all requests from 1
    method: str
    path: str  # without the query
    query: Mapping[str, str]

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "limit" in self.query


class Ending(Enum):
    """How a connection ends inside a body."""

    RESET = "reset"  # as when the server dies
    SILENT = "silent"  # an orderly end of the connection, the length unkept
    UNFRAMED = "unframed"  # an orderly end, and no length was promised: only the text itself can tell


@dataclass(frozen=True)
class Cut:
    """The first `after` bytes of the body pass, then the connection ends. `first` is called just before."""

    after: int
    ending: Ending = Ending.RESET
    first: Callable[[], None] | None = None


@dataclass(frozen=True)
class Late:
    seconds: float


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Callable[[Request], Cut | Late | Answer | None]


class _Handler(BreakingHandler):
    def setup(self) -> None:
        self.request = self.server.proxy.secured(self.request)
        self.request.settimeout(_UPSTREAM_SECONDS)
        super().setup()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        self.request.close()
        self.server.proxy.leave()

    def _relay(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        _, fault = proxy.decide(self.command, self.path)
        if isinstance(fault, Answer):
            self._send(fault.status, fault.headers, json.dumps(fault.body).encode())
            return
        if isinstance(fault, Late):
            proxy.wait(fault.seconds)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        try:
            answer = proxy.ask(self.command, self.path, body, headers)
            self._pass_on(answer, fault if isinstance(fault, Cut) else None)
        except (OSError, http.client.HTTPException):
            self._end(Ending.RESET)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _relay

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | dict(headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pass_on(self, answer: http.client.HTTPResponse, cut: Cut | None) -> None:
        framed = cut is None or cut.ending is not Ending.UNFRAMED
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header(*(("Transfer-Encoding", "chunked") if framed else ("Connection", "close")))
        self.end_headers()
        left = cut.after if cut else None
        for piece in _pieces(answer):
            piece = piece if left is None else piece[:left]
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if framed else piece)
            if left is not None:
                left -= len(piece)
                if left == 0:
                    if cut.first:
                        cut.first()
                    self._end(cut.ending)
                    return
        if framed:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self._end(Ending.SILENT)

    def _end(self, ending: Ending) -> None:
        if ending is Ending.RESET:
            return self.reset()
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.request.unwrap()
        with contextlib.suppress(OSError):
            self.request.close()
        return None


class FaultProxy(BreakingProxy):
    handler = _Handler

    def __init__(self, cluster: Any, script: Script | None = None) -> None:
        super().__init__(script)
        self._cluster = cluster
        self.faults = 0  # requests that did not simply pass
        self._here = threading.local()

    def __enter__(self) -> Self:
        pair = self._cluster.issue_server(f"fault-proxy-{id(self)}")
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(pair.certificate, pair.key)
        self._tls.set_alpn_protocols(["http/1.1"])
        super().__enter__()
        return self

    def kubeconfig(self, directory: Path) -> Path:
        """For the cluster as seen through the proxy."""
        server = f"https://127.0.0.1:{self.port}"
        target = directory / f"proxy-{self.port}.kubeconfig"
        return kubeconfigs.changed(self._cluster.kubeconfig, target, cluster={"server": server}, user={"token": "of-no-use"})

    def secured(self, connection: socket.socket) -> ssl.SSLSocket:
        return self._tls.wrap_socket(connection, server_side=True)

    def decide(self, method: str, target: str) -> tuple[Request, Cut | Late | Answer | None]:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        with self._lock:
            request = Request(len(self.seen) + 1, method, parts.path, query)
            self.seen.append(request)
        fault = self.script(request)
        if fault is not None:
            with self._lock:
                self.faults += 1
        return request, fault

    def ask(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """The API server's answer, on a connection that each thread keeps; asked once more when a kept one has gone stale."""
        kept = getattr(self._here, "connection", None)
        for connection in [kept, None] if kept else [None]:
            connection = connection or self._cluster.connect(_UPSTREAM_SECONDS)
            self._here.connection = connection
            try:
                connection.request(method, target, body or None, dict(headers))
                return connection.getresponse()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._here.connection = None
                if connection is not kept:
                    raise
        raise AssertionError("unreachable")

    def leave(self) -> None:
        """The thread's connection to the API server is no longer needed."""
        if kept := getattr(self._here, "connection", None):
            kept.close()


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while piece := answer.read1(_PIECE):
        yield piece


def status(code: int, reason: str, message: str, **metadata: Any) -> dict[str, Any]:
    """The Status object that the API server sends with a refusal."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure", "message": message,
            "reason": reason, "code": code}


def expired(request: Request, *, with_token: bool = True) -> Answer:
    """The server's 410 to a continue token that has outlived its snapshot. It brings a token that goes on behind the same
    key in the newest state (resource version -1); some servers and proxies bring none."""
    metadata: dict[str, Any] = {}
    if with_token:
        given = request.query["continue"]
        token = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))) | {"rv": -1}
        metadata["continue"] = base64.urlsafe_b64encode(json.dumps(token, separators=(",", ":")).encode()).decode().rstrip("=")
    return Answer(410, status(410, "Expired", "The provided continue parameter is too old to display a consistent list result.",
                              **metadata))
