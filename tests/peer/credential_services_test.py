"""Credential services on the wire: STS, a container's endpoint and instance metadata are asked by us as botocore asks them.

One small server plays all three and notes each request. Both clients run with the same variables and files; the notes must be
equal, and both must come back with the same credentials. The server checks each signature by signing the request again with
botocore. Headers are compared where they carry meaning: authorization tokens, session tokens, content type.
"""

import json
import os
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.session

from tests.peer.credentials_test import Tool

Values = dict[str, Any]
_END = "2099-01-01T00:00:00Z"
_SECRETS = {"AKIABASE": "base/secret+=", "ASIAMID": "secret of mid"}


def _sts_answer(action: str, key: str) -> str:
    return (f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
            f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret of mid</SecretAccessKey><SessionToken>token&lt;{key}&gt;"
            f"</SessionToken><Expiration>{_END}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>1</AssumedRoleId>"
            f"<Arn>arn</Arn></AssumedRoleUser></{action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
            f"</{action}Response>")


def _json_answer(key: str) -> str:
    return json.dumps({"Code": "Success", "AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", "Expiration": _END})


class _Handler(BaseHTTPRequestHandler):
    server: "_Services"
    protocol_version = "HTTP/1.1"

    def _is_signed(self, body: bytes) -> bool:
        """Signs the request again and compares."""
        shown = self.headers["authorization"]
        key, date, region, service, _ = shown.split("Credential=")[1].split(",")[0].split("/")
        names = shown.split("SignedHeaders=")[1].split(",")[0].split(";")
        headers = {name: self.headers[name] for name in names if name not in ("host", "x-amz-date", "x-amz-security-token")}
        request = botocore.awsrequest.AWSRequest("POST", f"http://{self.headers['host']}{self.path}", headers, body)
        signer = botocore.auth.SigV4Auth(
            botocore.credentials.Credentials(key, _SECRETS[key], self.headers.get("x-amz-security-token")), service, region)
        stamp = self.headers["x-amz-date"]
        request.context["timestamp"] = stamp
        signer._modify_request_before_signing(request)
        string = signer.string_to_sign(request, signer.canonical_request(request))
        return date == stamp[:8] and shown.endswith("Signature=" + signer.signature(string, request))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        form = dict(parse_qsl(body.decode()))
        if form["RoleSessionName"].startswith(("botocore-session-", "salvor-")):
            form["RoleSessionName"] = "(made up)"
        note = {"form": form, "path": self.path, "type": self.headers["content-type"].split(";")[0]}
        if "authorization" in self.headers:
            note |= {"signed": self._is_signed(body), "token": self.headers.get("x-amz-security-token", "")}
            note["scope"] = self.headers["authorization"].split("Credential=")[1].split(",")[0].split("/")[2:]
        self.server.notes.append(note)
        key = "ASIAMID" if form["RoleArn"].endswith("mid") else "ASIATOP"
        self._answer(_sts_answer(form["Action"], key), "text/xml")

    def do_PUT(self) -> None:
        self.server.notes.append({"put": self.path, "ttl": self.headers["x-aws-ec2-metadata-token-ttl-seconds"]})
        self._answer("session-token")

    def do_GET(self) -> None:
        note = {"get": self.path, "session": self.headers["x-aws-ec2-metadata-token"],
                "authorization": self.headers["authorization"]}
        self.server.notes.append(note)
        if self.path == "/latest/meta-data/iam/security-credentials/":
            self._answer("my-role")
        else:
            self._answer(_json_answer("ASIATOP"), "application/json")

    def _answer(self, text: str, kind: str = "text/plain") -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


class _Services(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notes: list[Values] = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class CredentialServicesTest(unittest.TestCase):
    def setUp(self) -> None:
        self._tool = Tool()
        self.addCleanup(self._tool.close)
        self._services = _Services()
        self.addCleanup(self._services.server_close)
        self.addCleanup(self._services.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._home = Path(folder.name)
        (self._home / ".aws").mkdir()
        self._variables = {"HOME": folder.name, "AWS_ENDPOINT_URL_STS": self._services.url}

    def _theirs(self) -> Values:
        create = botocore.session.Session.create_client

        # This botocore is older than AWS_ENDPOINT_URL_STS.
        def create_here(session: Any, service: str, **more: Any) -> Any:
            return create(session, service, endpoint_url=self._services.url, **more)

        with (mock.patch.dict(os.environ, self._variables, clear=True),
              mock.patch.object(botocore.session.Session, "create_client", create_here)):
            session = botocore.session.Session()
            session.set_config_variable("region", self._variables.get("AWS_DEFAULT_REGION"))
            found = botocore.credentials.create_credential_resolver(session, region_name="eu-central-1").load_credentials()
            frozen = found.get_frozen_credentials()
        return {"kind": "keys", "access_key": frozen.access_key, "secret_key": frozen.secret_key, "token": frozen.token or ""}

    def _agree(self) -> list[Values]:
        theirs = self._theirs()
        their_notes = list(self._services.notes)
        self._services.notes.clear()
        ours = self._tool.ask({"environment": self._variables, "get": True})
        self.assertEqual(ours.get("keys"), theirs, ours)
        self.assertEqual(ours.get("expires"), _END)
        self.assertEqual(self._services.notes, their_notes)
        return their_notes

    def test_roles_on_top_of_each_other(self) -> None:
        (self._home / ".aws" / "config").write_text(
            "[default]\nrole_arn = arn:aws:iam::123456789012:role/top\nsource_profile = mid\nexternal_id = e x&t=%1\nduration_seconds = 3600\n"
            "region = eu-central-1\n[profile mid]\nrole_arn = arn:aws:iam::123456789012:role/mid\nsource_profile = base\n"
            "role_session_name = me@home\n")
        (self._home / ".aws" / "credentials").write_text("[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=base/secret+=\n")
        notes = self._agree()
        self.assertEqual([note["signed"] for note in notes], [True, True])
        self.assertEqual(notes[1]["token"], "token<ASIAMID>")
        self.assertEqual(notes[1]["scope"], ["eu-central-1", "sts", "aws4_request"])

    def test_a_pods_web_identity(self) -> None:
        (self._home / "token").write_text("header.pay+load/=.signature")
        self._variables |= {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self._home / "token"), "AWS_DEFAULT_REGION": "eu-central-1",
                            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/pod"}
        notes = self._agree()
        self.assertEqual(notes[0]["form"]["WebIdentityToken"], "header.pay+load/=.signature")
        self.assertNotIn("signed", notes[0])

    def test_a_containers_endpoint(self) -> None:
        self._variables |= {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self._services.url + "/v1/credentials?x=y",
                            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer abc"}
        self.assertEqual(self._agree()[0]["authorization"], "Bearer abc")

    def test_instance_metadata(self) -> None:
        self._variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = self._services.url
        self.assertEqual(len(self._agree()), 3)


if __name__ == "__main__":
    unittest.main()
