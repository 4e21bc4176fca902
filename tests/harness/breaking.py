"""What the fault proxies share: a server on loopback that is told by a script what to do to each request, and connections that
break without a word about it."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self


class BreakingProxy:
    """Between `with` and its end it serves on `port`, each connection by a thread of its own."""

    handler: ClassVar[type[BaseHTTPRequestHandler]]

    def __init__(self, script: Callable[[Any], Any] | None) -> None:
        self.script = script or (lambda _: None)
        self.seen: list[Any] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> None:
        """No longer than the proxy lives."""
        self._stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: BreakingProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), proxy.handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is nothing to print."""


class BreakingHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body of each answer waits 40 ms behind its headers

    def log_message(self, *_: object) -> None:
        pass

    def reset(self) -> None:
        """The connection ends as when the server dies."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
