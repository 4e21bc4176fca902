"""Servers that behave badly on purpose, for the tests of the HTTP client. Standard library and openssl only.

    python3 -m tests.net.server DIRECTORY      prints one line of JSON: ports, and paths of certificates

Ports: `plain` and `tls` speak HTTP; `expired`, `other_name`, `self_signed` differ from `tls` in their certificate; `mutual`
wants a client certificate; `tls11` offers nothing newer; `garbage` does not speak HTTP; `proxy` relays CONNECT for the user
"ann" with password "secret". What a path does is said in its method below. Ends when its standard input is closed.
"""

import base64
import contextlib
import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.harness.certificates import Authority, KeyPair

hits: Counter[str] = Counter()
released = threading.Event()  # never set: what waits for it waits until the process ends


class Request:
    """One request, read completely."""

    def __init__(self, reader) -> None:
        line = reader.readline().decode("latin-1").split()
        if len(line) != 3:
            raise EOFError
        self.method, self.path, _ = line
        self.headers: list[list[str]] = []
        while (header := reader.readline().decode("latin-1").strip()):
            name, _, value = header.partition(":")
            self.headers.append([name.lower(), value.strip()])
        self.body = reader.read(int(self.header("content-length") or 0))

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Conversation:
    """One connection; `do_*` answers the path of that name, False ends the connection."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self._connection = connection
        self._number = number

    def run(self) -> None:
        reader = self._connection.makefile("rb")
        try:
            alive = True
            while alive:
                request = Request(reader)
                hits[request.path] += 1
                name = "do_" + request.path.split("?")[0].strip("/").replace("-", "_")
                alive = getattr(self, name, self.do_missing)(request) is not False
        except (EOFError, OSError, ValueError):
            pass
        finally:
            self._connection.close()

    def _send(self, text: str | bytes) -> None:
        self._connection.sendall(text.encode("latin-1") if isinstance(text, str) else text)

    def _answer(self, body: bytes, status: str = "200 OK", headers: str = "") -> None:
        self._send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode("latin-1") + body)

    def do_echo(self, request: Request) -> None:
        seen = {"method": request.method, "path": request.path, "headers": request.headers, "connection": self._number,
                "body": request.body.decode("latin-1")}
        self._answer(json.dumps(seen).encode(), headers="Content-Type: application/json\r\nX-Twice: a\r\nX-Twice: b\r\n")

    def do_count(self, request: Request) -> None:
        """The length of the body that came."""
        self._answer(str(len(request.body)).encode())

    def do_hits(self, request: Request) -> None:
        """How often the path after '?' was asked for."""
        self._answer(str(hits[request.path.partition("?")[2]]).encode())

    def do_missing(self, _request: Request) -> None:
        self._answer(b"no such path", "404 Not Found")

    def do_silent(self, _request: Request) -> None:
        released.wait()

    def do_stalls(self, _request: Request) -> None:
        self._send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning")
        released.wait()

    def do_dribbles(self, _request: Request) -> None:
        """A byte now and then, without end."""
        self._send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not released.wait(0.02):
            self._send("x")

    def do_cut(self, _request: Request) -> bool:
        self._send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning")
        return False

    def do_cut_chunk(self, _request: Request) -> bool:
        self._send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbeginning\r\n")
        return False

    def do_hangs_up(self, _request: Request) -> bool:
        return False

    def do_second_hangs_up(self, _request: Request) -> bool | None:
        """Answers the first time it is asked and hangs up from then on."""
        if hits[_request.path] > 1:
            return False
        self._answer(b"first")

    def do_huge_header(self, _request: Request) -> None:
        self._send("HTTP/1.1 200 OK\r\nX-Huge: ")
        while True:
            self._send("x" * 65536)

    def do_endless_headers(self, _request: Request) -> None:
        self._send("HTTP/1.1 200 OK\r\n")
        while True:
            self._send("X-More: x\r\n" * 1000)

    def do_throttled(self, _request: Request) -> None:
        self._answer(b"slow down", "429 Too Many Requests", "Retry-After: 7\r\n")

    def do_redirect(self, _request: Request) -> None:
        self._answer(b"", "302 Found", "Location: /echo\r\n")

    def do_interim(self, _request: Request) -> None:
        self._send("HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
        self._answer(b"final", headers="X-Final: yes\r\n")

    def do_compressed(self, _request: Request) -> None:
        self._answer(gzip.compress(b"plain text"), headers="Content-Encoding: gzip\r\n")

    def do_large(self, request: Request) -> None:
        """As many bytes as the number after '?'."""
        self._answer(b"x" * int(request.path.partition("?")[2]))


class Proxy:
    """Relays CONNECT host:port for who knows the password."""

    def __init__(self, connection: socket.socket, _number: int) -> None:
        self._connection = connection

    def run(self) -> None:
        try:
            request = Request(self._connection.makefile("rb"))
            hits["proxy"] += 1
            expected = "Basic " + base64.b64encode(b"ann:secret").decode()
            if request.header("proxy-authorization") != expected:
                self._connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            host, _, port = request.path.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port))) as target:
                self._connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=_pump, args=(target, self._connection), daemon=True).start()
                _pump(self._connection, target)
        except (EOFError, OSError, ValueError):
            pass
        finally:
            self._connection.close()


class Garbage:
    def __init__(self, connection: socket.socket, _number: int) -> None:
        self._connection = connection

    def run(self) -> None:
        self._connection.recv(100)
        self._connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        self._connection.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass


def _end_gently(refused: ssl.SSLSocket) -> None:
    """Reads what the client still sends: closing at once would reset the connection under the alert that tells why."""
    with contextlib.suppress(OSError), socket.socket(fileno=refused.detach()) as raw:
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(65536):
            pass


def _serve(conversation: Callable, context: ssl.SSLContext | None = None) -> int:
    """Listens on a free port, one thread a connection; the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket, number: int) -> None:
        if context:
            connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            try:
                connection.do_handshake()
            except OSError:
                _end_gently(connection)
                return
        conversation(connection, number).run()

    def accept() -> None:
        number = 0
        while True:
            connection, _ = listener.accept()
            number += 1
            threading.Thread(target=talk, args=(connection, number), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def _context(pair: KeyPair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


_DATED_SIGNING = """[ca]
default_ca = dated
[dated]
database = {0}/index.txt
new_certs_dir = {0}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
"""


def _expired(directory: Path, authority: Authority) -> KeyPair:
    """A certificate that was good for one day in 2020; only `openssl ca` takes dates."""
    pair = KeyPair(directory / "expired.crt", directory / "expired.key")
    (directory / "index.txt").touch()
    (directory / "dated.cnf").write_text(_DATED_SIGNING.format(directory))
    request = directory / "expired.csr"
    for command in (
        ["openssl", "req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=expired",
         "-keyout", pair.key, "-out", request],
        ["openssl", "ca", "-batch", "-notext", "-config", directory / "dated.cnf", "-cert", authority.pair.certificate,
         "-keyfile", authority.pair.key, "-startdate", "20200101000000Z", "-enddate", "20200102000000Z", "-in", request,
         "-out", pair.certificate]):
        subprocess.run(command, check=True, capture_output=True)
    return pair


def main() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1, on purpose
    directory = Path(sys.argv[1])
    authority, stranger = Authority(directory / "ours"), Authority(directory / "other")
    good = authority.issue_server("good", ["IP:127.0.0.1", "DNS:localhost", "DNS:api.test"])
    mutual = _context(good)
    mutual.load_verify_locations(authority.certificate)
    mutual.verify_mode = ssl.CERT_REQUIRED
    old = _context(good)
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    ports = {
        "plain": _serve(Conversation),
        "tls": _serve(Conversation, _context(good)),
        "expired": _serve(Conversation, _context(_expired(directory, authority))),
        "other_name": _serve(Conversation, _context(authority.issue_server("elsewhere", ["DNS:elsewhere.test"]))),
        "self_signed": _serve(Conversation, _context(stranger.issue_server("stranger", ["IP:127.0.0.1"]))),
        "mutual": _serve(Conversation, mutual),
        "tls11": _serve(Conversation, old),
        "garbage": _serve(Garbage),
        "proxy": _serve(Proxy),
    }
    clients = {"client": authority.issue_client("client", "ann"), "stranger": stranger.issue_client("client", "mallory")}
    locked = directory / "locked.key"
    subprocess.run(["openssl", "ec", "-in", clients["client"].key, "-aes128", "-passout", "pass:x", "-out", locked],
                   check=True, capture_output=True)
    files = {"authority": str(authority.certificate), "other_authority": str(stranger.certificate), "locked_key": str(locked)}
    for name, pair in clients.items():
        files[name + "_certificate"], files[name + "_key"] = str(pair.certificate), str(pair.key)
    print(json.dumps({"ports": ports, "files": files}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
