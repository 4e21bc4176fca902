"""A server between salvor and an S3 server that breaks what passes through it, on purpose and where the test says.

    with S3FaultProxy(server, script) as proxy:
        run_tool(proxy.location("bucket", "prefix"))

`script(request)` is asked for every request and answers with what happens to it: None lets it pass, anything else is one of
the faults below. It is called from the thread of the connection. Requests reach the server as they came, with the Host that
they were signed for; whole URLs, as a client sends them to its proxy, are taken for the server's. HTTP/1.1 on both sides, to the
client over TLS if the test has a context for it.
"""

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.harness.breaking import BreakingHandler, BreakingProxy

_SECONDS = 120.0


@dataclass(frozen=True)
class Request:
    number: int  # counts all requests from 1
    method: str
    path: str  # without the query, decoded
    query: Mapping[str, str]
    length: int
    headers: Mapping[str, str]  # names in lower case

    @property
    def verb(self) -> str:
        """What is asked for, by S3's name of it."""
        if "uploads" in self.query:
            return "CreateMultipartUpload" if self.method == "POST" else "ListMultipartUploads"
        if "uploadId" in self.query:
            return {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload", "GET": "ListParts"}[self.method]
        if "delete" in self.query:
            return "DeleteObjects"
        if "list-type" in self.query:
            return "ListObjects"
        return {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}.get(self.method, self.method)


@dataclass(frozen=True)
class Drop:
    """The connection ends before the server hears of the request."""


@dataclass(frozen=True)
class LoseAnswer:
    """The server does what is asked; the connection ends instead of its answer."""


@dataclass(frozen=True)
class Twice:
    """The server gets the request twice, as from a proxy that repeats; the second answer is passed on."""


@dataclass(frozen=True)
class Cut:
    """The answer's length is promised, and the connection ends after so many bytes of its body."""

    after: int


@dataclass(frozen=True)
class Flip:
    """A bit of the answer's body is another one; its length is right."""

    byte: int


@dataclass(frozen=True)
class FlipUpload:
    """A bit of the request's body is another one when the server gets it."""

    byte: int


@dataclass(frozen=True)
class Late:
    """The server gets the request after all the others that come within this time."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """This, in place of the server's; the server does not hear of the request unless `after_work`."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_work: bool = False


@dataclass(frozen=True)
class Rewrite:
    """The server's answer with other headers."""

    headers: Callable[[str, str], str]  # of a name in lower case and its value: the new value


Fault = Drop | LoseAnswer | Twice | Cut | Flip | FlipUpload | Late | Answer | Rewrite
Script = Callable[[Request], Fault | None]


def refusal(status: int, code: str, **headers: str) -> Answer:
    """S3's form of a refusal."""
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>by the test</Message></Error>".encode()
    return Answer(status, body, {"Content-Type": "application/xml"} | {name.replace("_", "-"): value for name, value in headers.items()})


def _flipped(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    if changed:
        changed[at % len(changed)] ^= 1 << (at % 8)
    return bytes(changed)


class _Handler(BreakingHandler):
    def setup(self) -> None:
        if self.server.proxy.tls:
            self.request = self.server.proxy.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def _relay(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length", "0"))
        if self.path.startswith("http://"):
            self.path = "/" + self.path.split("/", 3)[3]
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(length)
        fault = proxy.decide(self.command, self.path, length, {name.lower(): value for name, value in self.headers.items()})
        if isinstance(fault, Drop):
            return self.reset()
        if isinstance(fault, Answer) and not fault.after_work:
            return self._send(fault.status, list(fault.headers.items()), fault.body)
        if isinstance(fault, Late):
            proxy.wait(fault.seconds)
        if isinstance(fault, FlipUpload):
            body = _flipped(body, fault.byte)
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in ("connection", "expect")]
        try:
            status, told, answer = proxy.ask(self.command, self.path, body, headers)
            if isinstance(fault, Twice):
                status, told, answer = proxy.ask(self.command, self.path, body, headers)
        except (OSError, http.client.HTTPException):
            return self.reset()
        if isinstance(fault, LoseAnswer):
            return self.reset()
        if isinstance(fault, Answer):
            return self._send(fault.status, list(fault.headers.items()), fault.body)
        if isinstance(fault, Rewrite):
            told = [(name, fault.headers(name.lower(), value)) for name, value in told]
        if isinstance(fault, Flip):
            answer = _flipped(answer, fault.byte)
        return self._send(status, told, answer, fault.after if isinstance(fault, Cut) else None)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _relay

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes, cut: int | None = None) -> None:
        self.send_response_only(status)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection") and not (name.lower() == "content-length" and self.command != "HEAD"):
                self.send_header(name, value)
        if self.command != "HEAD" or "content-length" not in names:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cut is not None and cut < len(body):
            self.wfile.write(body[:cut])
            return self.reset()
        if self.command != "HEAD":
            self.wfile.write(body)
        return None


class S3FaultProxy(BreakingProxy):
    handler = _Handler

    def __init__(self, server: Any, script: Script | None = None, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(script)
        self._upstream = server
        self.tls = tls

    def location(self, bucket: str, prefix: str = "", **parameters: str) -> str:
        return self._upstream.location(bucket, prefix, **({"endpoint": f"http://127.0.0.1:{self.port}"} | parameters))

    def begin(self, script: Script) -> None:
        """From here on requests are counted anew, and meet this script."""
        with self._lock:
            self.script, self.seen = script, []

    def decide(self, method: str, target: str, length: int, headers: Mapping[str, str]) -> Fault | None:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        with self._lock:
            request = Request(len(self.seen) + 1, method, unquote(parts.path), query, length, headers)
            self.seen.append(request)
            script = self.script
        return script(request)

    def ask(self, method: str, target: str, body: bytes, headers: list[tuple[str, str]]) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._upstream.port, timeout=_SECONDS)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()
