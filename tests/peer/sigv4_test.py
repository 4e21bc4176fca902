"""Signatures: ours and botocore's over the same 1,000 random requests, with every awkward character.

botocore (Debian's python3-botocore) is the signer inside the AWS CLI and boto3. Both get the same method, decoded path and
query, headers, credentials and time; the Authorization headers, or the presigned URLs, must be equal.

Needs the program sigv4_tool: SIGV4_TOOL names it, else it is looked for in build/dev.
"""

import contextlib
import datetime
import json
import os
import random
import subprocess
import unittest
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_ROOT = Path(__file__).resolve().parents[2]
_SEED = 20261128
_REQUESTS = 1000
_AWKWARD = "".join(map(chr, range(0x20, 0x7f))) + "\x7fäß€ключ鍵🗝️\u00a0\u2028"
_HEX_OF_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _tool() -> Path:
    return Path(os.environ.get("SIGV4_TOOL", _ROOT / "build" / "dev" / "tests" / "peer" / "sigv4_tool"))


def _text(rng: random.Random, longest: int) -> str:
    return "".join(rng.choice(_AWKWARD) for _ in range(rng.randint(1, longest)))


def _header_value(rng: random.Random) -> str:
    value = "".join(rng.choice(" !\"#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~\t") for _ in range(rng.randint(1, 30)))
    return value.strip() or "x"


def _request(rng: random.Random) -> dict[str, Any]:
    parts = [_text(rng, 12).replace("/", "_") for _ in range(rng.randint(0, 5))]
    names = rng.sample(["prefix", "list-type", "uploads", "uploadId", "partNumber", "a", "A", "a b", "ä", "~", "x=y", "&"],
                       rng.randint(0, 6))
    headers = rng.sample(["Range", "Content-MD5", "Content-Type", "If-None-Match", "x-amz-meta-a", "X-Amz-Meta-B",
                          "x-amz-tagging", "x-amz-storage-class"], rng.randint(0, 5))
    moment = datetime.datetime(2001, 1, 1) + datetime.timedelta(seconds=rng.randrange(10**9))
    return {
        "method": rng.choice(["GET", "PUT", "HEAD", "POST", "DELETE"]),
        "origin": rng.choice(["https://bucket.s3.eu-west-1.amazonaws.com", "http://127.0.0.1:9000", "https://[::1]:9443",
                              "https://minio.example:443", "http://s3.local:80"]),
        "path": "/" + "/".join(parts) + rng.choice(["", "/"]),
        "query": [[name, rng.choice(["", _text(rng, 20)])] for name in names],
        "headers": [[name, _header_value(rng)] for name in headers],
        "region": rng.choice(["us-east-1", "eu-central-1", "garage"]), "service": "s3",
        "key": "AKID" + str(rng.randrange(10**9)), "secret": _text(rng, 40),
        "token": rng.choice(["", "FwoGZXIvYXdzE/+=" + str(rng.random())]),
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "payload": rng.choice(["UNSIGNED-PAYLOAD", _HEX_OF_EMPTY, "%064x" % rng.getrandbits(256)]),
        "expires": rng.choice([0, 0, rng.randint(1, 604800)]),
    }


@contextlib.contextmanager
def _frozen(moment: str) -> Iterator[None]:
    now = datetime.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")
    with mock.patch.object(botocore.auth, "datetime") as fake:
        fake.datetime.utcnow.return_value = now
        yield


def _as_botocore(request: dict[str, Any]) -> dict[str, Any]:
    """What botocore makes of it: {"authorization": ...} or {"url": ...}."""
    credentials = Credentials(request["key"], request["secret"], request["token"] or None)
    quoted = urllib.parse.quote(request["path"], safe="/~")
    headers = {} if request["expires"] else {name: value for name, value in request["headers"]}
    aws = AWSRequest(method=request["method"], url=request["origin"] + quoted, headers=headers, data=b"",
                     params=dict(request["query"]))
    # The hash is what a caller computed; botocore would compute it from the body.
    aws.context["client_config"] = None
    with _frozen(request["time"]):
        if request["expires"]:
            auth = botocore.auth.S3SigV4QueryAuth(credentials, "s3", request["region"], expires=request["expires"])
            if request["query"]:
                encoded = "&".join(f"{urllib.parse.quote(name, safe='-_.~')}={urllib.parse.quote(value, safe='-_.~')}"
                                   for name, value in request["query"])
                aws = AWSRequest(method=request["method"], url=f"{request['origin']}{quoted}?{encoded}", headers={})
            auth.add_auth(aws)
            return {"url": aws.url}
        auth = botocore.auth.S3SigV4Auth(credentials, "s3", request["region"])
        with mock.patch.object(auth, "payload", return_value=request["payload"]):
            auth.add_auth(aws)
        return {"authorization": aws.headers["Authorization"]}


def _parsed(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Origin and path, and the decoded parameters in order of their names."""
    parts = urllib.parse.urlsplit(url)
    return (f"{parts.scheme}://{parts.netloc}{parts.path}".replace(":443/", "/").replace(":80/", "/"),
            sorted(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)))


class SigV4Test(unittest.TestCase):
    def test_signatures_equal_those_of_botocore(self) -> None:
        rng = random.Random(_SEED)
        requests = [_request(rng) for _ in range(_REQUESTS)]
        done = subprocess.run([_tool()], input="\n".join(map(json.dumps, requests)) + "\n", capture_output=True, text=True,
                              check=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), _REQUESTS)
        presigned = 0
        for request, answer in zip(requests, answers, strict=True):
            with self.subTest(seed=_SEED, request=request):
                theirs = _as_botocore(request)
                self.assertNotIn("error", answer)
                if request["expires"]:
                    presigned += 1
                    self.assertEqual(_parsed(answer["url"]), _parsed(theirs["url"]))
                else:
                    self.assertEqual(dict(answer["headers"])["authorization"], theirs["authorization"])
        self.assertGreater(presigned, 200)
        self.assertLess(presigned, 500)


if __name__ == "__main__":
    unittest.main()
