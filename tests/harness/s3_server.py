"""Real S3 servers on loopback, started for one test run and gone with it.

    with S3Server("minio", tls=True) as server:
        server.make_bucket("backups", versioning=True)
        run_tool(server.location("backups", "prefix"), env=server.environment())

"minio" keeps objects in files of its own, knows versions, locks, and encryption by a key of the test's; "versitygw" is a
gateway of other descent that keeps each object as a plain file; "seaweedfs" keeps directories and lists them one after the
other. Everything lives in one temporary directory, the access keys
are made for the run. Nothing outlives the Python process (tests/harness/daemon.py).
"""

import atexit
import base64
import contextlib
import json
import os
import secrets
import shutil
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

from tests.harness.certificates import Authority
from tests.harness.control_plane import StartError, find_programs, free_ports
from tests.harness.daemon import Daemon

_POLL_SECONDS = 0.05
_START_SECONDS = 60.0
REGION = "us-east-1"


class S3Server:
    """One server; use it as a context manager."""

    def __init__(self, kind: str = "minio", tls: bool = False) -> None:
        self.kind = kind
        self.tls = tls
        self.access_key = "test" + secrets.token_hex(8)
        self.secret_key = secrets.token_urlsafe(24)
        program = "weed" if kind == "seaweedfs" else kind
        self._program = find_programs(program)[program]
        self.directory = Path(tempfile.mkdtemp(prefix=f"salvor-{kind}-"))
        self._data = self.directory / "data"
        self._data.mkdir()
        self._kms_key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.ca_file: Path | None = None
        self._daemon: Daemon | None = None
        self.port = 0

    def __enter__(self) -> "S3Server":
        atexit.register(self.stop)
        try:
            if self.tls:
                self._make_certificates()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """On a free port, or on the one it had before; returns when it answers."""
        if self.port == 0:
            self.port = free_ports(1)[0]
        address = f"127.0.0.1:{self.port}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "GOGC": "400"}
        if self.kind == "seaweedfs":
            command = self._seaweedfs()
        elif self.kind == "minio":
            environment |= {"MINIO_ROOT_USER": self.access_key, "MINIO_ROOT_PASSWORD": self.secret_key, "MINIO_UPDATE": "off",
                            "MINIO_BROWSER": "off", "MINIO_SITE_REGION": REGION, "MINIO_KMS_SECRET_KEY": f"test-key:{self._kms_key}"}
            command = [self._program, "server", "--quiet", "--address", address, "--certs-dir", self.directory / "certs",
                       self._data]
        else:
            environment |= {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key}
            command = [self._program, "--port", address, "--quiet", "--region", REGION, "posix", "--sidecar",
                       self._made("sidecar"), "--versioning-dir", self._made("versions"), self._data]
        self._daemon = Daemon(command, self.directory / "log", environment)
        self._await_ready()

    def _seaweedfs(self) -> list[object]:
        identities = self.directory / "identities.json"
        credentials = {"accessKey": self.access_key, "secretKey": self.secret_key}
        identities.write_text(json.dumps({"identities": [{"name": "test", "credentials": [credentials],
                                                          "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
        # Each part listens on a second port for its own protocol.
        ports = dict(zip(("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
                          "s3.port.grpc"), free_ports(7), strict=True))
        return [self._program, "server", f"-dir={self._data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.port={self.port}",
                f"-s3.config={identities}", "-master.volumeSizeLimitMB=64", "-volume.max=30", "-master.telemetry=false",
                *(f"-{name}={port}" for name, port in ports.items())]

    def kill(self) -> None:
        """As a crash: connections are reset, nothing is flushed."""
        if self._daemon:
            self._daemon.kill()

    def stop(self) -> None:
        atexit.unregister(self.stop)
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def endpoint(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def location(self, bucket: str, prefix: str = "", **parameters: str) -> str:
        """The s3:// URL; parameters have '_' for '-'."""
        query = {"endpoint": self.endpoint, "region": REGION}
        if self.ca_file:
            query["ca-file"] = str(self.ca_file)
        query |= {name.replace("_", "-"): value for name, value in parameters.items()}
        chosen = {name: value for name, value in query.items() if value}
        return f"s3://{bucket}/{urllib.parse.quote(prefix)}?{urllib.parse.urlencode(chosen, quote_via=urllib.parse.quote)}"

    def environment(self) -> dict[str, str]:
        """What a client of this server needs in its environment."""
        return {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}

    def client(self) -> Any:
        """A boto3 client, the peer of ours."""
        return boto3.client("s3", endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=self.access_key,
                            aws_secret_access_key=self.secret_key, verify=str(self.ca_file) if self.ca_file else None,
                            config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "path"},
                                                          retries={"max_attempts": 1}, proxies={}))

    def session(self, actions: set[str], bucket: str) -> dict[str, str]:
        """The environment of a client that may do no more than these actions in the bucket. MinIO alone has this."""
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": sorted(actions),
                                                          "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}
        with contextlib.closing(boto3.client("sts", endpoint_url=self.endpoint, region_name=REGION,
                                             aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key)) as client:
            keys = client.assume_role(RoleArn="arn:aws:iam::test:role/test", RoleSessionName="test", Policy=json.dumps(policy))["Credentials"]
        return {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"], "AWS_SESSION_TOKEN": keys["SessionToken"]}

    def make_bucket(self, name: str, *, versioning: bool = False, lock: bool = False) -> None:
        with contextlib.closing(self.client()) as client:
            client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
            if versioning:
                client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def _made(self, name: str) -> Path:
        path = self.directory / name
        path.mkdir(exist_ok=True)
        return path

    def _make_certificates(self) -> None:
        authority = Authority(self.directory / "pki")
        pair = authority.issue_server("server", ["IP:127.0.0.1", "DNS:localhost"])
        certificates = self._made("certs")
        shutil.copy(pair.certificate, certificates / "public.crt")
        shutil.copy(pair.key, certificates / "private.key")
        self.ca_file = authority.certificate

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        with contextlib.closing(self.client()) as client:
            while True:
                if not self._daemon.is_running():
                    raise StartError(f"{self.kind} ended instead of starting:\n{self._daemon.log_tail()}")
                with contextlib.suppress(botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                    client.list_buckets()
                    return
                if time.monotonic() > deadline:
                    raise StartError(f"{self.kind} is not ready after {_START_SECONDS:.0f} s:\n{self._daemon.log_tail()}")
                time.sleep(_POLL_SECONDS)
