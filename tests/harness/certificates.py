"""Certificates for a control plane that lives as long as one test run.

One authority signs the API server's serving certificate and every client's. A client certificate is the identity: the
common name is the user, each organisation a group. Keys are EC P-256, whose generation costs a few milliseconds where RSA
costs up to a second. The openssl program does the work, one call for a key and its certificate.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

# openssl's system-wide configuration would add CA:true to everything that `req -x509` signs.
_CONFIGURATION = "[req]\ndistinguished_name = name\nstring_mask = utf8only\n[name]\n"


class KeyPair(NamedTuple):
    """Paths of a PEM certificate and its private key."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority whose files, and those of all it issues, live in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._configuration = directory / "openssl.cnf"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._configuration.write_text(_CONFIGURATION)
        self.pair = self._sign("ca", "/CN=test-authority", ["basicConstraints=critical,CA:true", "keyUsage=keyCertSign"])

    @property
    def certificate(self) -> Path:
        return self.pair.certificate

    def issue_server(self, name: str, hosts: Sequence[str]) -> KeyPair:
        """A serving certificate; hosts are subject alternative names such as `DNS:localhost` or `IP:127.0.0.1`."""
        extensions = ["extendedKeyUsage=serverAuth", "subjectAltName=" + ",".join(hosts)]
        return self._sign(name, f"/CN={name}", extensions, self.pair)

    def issue_client(self, name: str, user: str, groups: Sequence[str] = ()) -> KeyPair:
        """A client certificate that makes its bearer `user` in `groups`; `name` names the files."""
        parts = [("O", group) for group in groups] + [("CN", user)]
        subject = "".join(f"/{key}={_escaped(value)}" for key, value in parts)
        return self._sign(name, subject, ["extendedKeyUsage=clientAuth"], self.pair)

    def _sign(self, name: str, subject: str, extensions: Sequence[str], issuer: KeyPair | None = None) -> KeyPair:
        pair = KeyPair(self._directory / f"{name}.crt", self._directory / f"{name}.key")
        command = ["openssl", "req", "-x509", "-config", self._configuration, "-utf8", "-nodes", "-days", "3650",
                   "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", subject,
                   "-keyout", pair.key, "-out", pair.certificate]
        for extension in extensions:
            command += ["-addext", extension]
        if issuer:
            command += ["-CA", issuer.certificate, "-CAkey", issuer.key]
        _run(command)
        return pair


def new_signing_key(private: Path, public: Path) -> None:
    """An EC key pair for service account tokens."""
    _run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", private])
    private.chmod(0o600)
    _run(["openssl", "pkey", "-in", private, "-pubout", "-out", public])


def _escaped(value: str) -> str:
    """openssl's -subj splits at / and +, and takes a backslash as its escape."""
    return "".join("\\" + letter if letter in "\\/+" else letter for letter in value)


def _run(command: Sequence[object]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {command[1]} failed: {done.stderr.strip()}")
