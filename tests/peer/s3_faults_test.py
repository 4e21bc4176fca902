"""S3 through a network and a store that misbehave: every operation ends right, or says what is wrong, and nothing is half there.

For each operation the requests that it makes are counted once; then it is run again and again, each time with one fault at one
of them. What passes by itself must not be noticed at all; what does not must be named. After each run boto3 looks at what is
in the bucket: the object is what it was, or what was written, and no upload is left behind.

python3 -m unittest tests.peer.s3_faults_test
"""

import contextlib
import os
import random
import sys
import unittest
from typing import Any

import botocore.exceptions

from tests.harness.s3_fault_proxy import (
    Answer,
    Cut,
    Drop,
    Fault,
    Flip,
    FlipUpload,
    Late,
    LoseAnswer,
    Request,
    S3FaultProxy,
    Script,
    Twice,
    refusal,
)
from tests.harness.s3_server import S3Server
from tests.peer import s3_tool

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
_SMALL, _LARGE = random.Random(1).randbytes(100_000), random.Random(2).randbytes(20 << 20)
_BEFORE = b"what was there before"

# Faults that a repetition heals.
_PASSING: dict[str, Fault] = {
    "dropped": Drop(),
    "answer lost": LoseAnswer(),
    "sent twice": Twice(),
    "late": Late(0.2),
    "500": refusal(500, "InternalError"),
    "503": refusal(503, "SlowDown", Retry_After="0"),
    "500 after the work": Answer(500, b"", after_work=True),
    "upload changed on the way": FlipUpload(70_001),
    "timed out": refusal(400, "RequestTimeout"),
}
# A refused HEAD has no words; and MinIO does not notice that the list of parts changed, only that such parts are not there.
_MAY_FAIL = {("HeadObject", "timed out"), ("CompleteMultipartUpload", "upload changed on the way")}


def at(number: int, fault: Fault, verb: str = "") -> Script:
    """The fault at one request, or at the first of its verb from there on."""
    done = False

    def script(request: Request) -> Fault | None:
        nonlocal done
        if done or request.number < number or (verb and request.verb != verb):
            return None
        done = True
        return fault
    return script


class S3Faults(unittest.TestCase):
    server: S3Server
    proxy: S3FaultProxy
    boto: Any

    @classmethod
    def setUpClass(cls) -> None:
        print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
        cls.server = cls.enterClassContext(S3Server("minio"))
        cls.server.make_bucket("faulty")
        cls.boto = cls.enterClassContext(contextlib.closing(cls.server.client()))
        cls.proxy = cls.enterClassContext(S3FaultProxy(cls.server))
        for number in range(1100):
            cls.boto.put_object(Bucket="faulty", Key=f"p/list/{number:04}", Body=b"")

    def setUp(self) -> None:
        self.url = self.proxy.location("faulty", "p")

    def run_tool(self, script: Script, *arguments: str, data: bytes = b"", **environment: str) -> tuple[int, bytes, str]:
        self.proxy.begin(script)
        done = s3_tool.run(self.server, self.url, *arguments, data=data, **environment)
        self.assertIn(done.returncode, (0, 1), done.stderr.decode())
        return done.returncode, done.stdout, done.stderr.decode()

    def requests_of(self, *arguments: str, data: bytes = b"") -> int:
        status, _, said = self.run_tool(lambda _: None, *arguments, data=data)
        self.assertEqual(status, 0, said)
        return len(self.proxy.seen)

    def stored(self, key: str) -> bytes | None:
        try:
            return self.boto.get_object(Bucket="faulty", Key=f"p/{key}")["Body"].read()
        except botocore.exceptions.ClientError as error:
            self.assertEqual(error.response["Error"]["Code"], "NoSuchKey")
            return None

    def assert_no_upload(self, key: str, when: str) -> None:
        self.assertEqual(self.boto.list_multipart_uploads(Bucket="faulty", Prefix=f"p/{key}").get("Uploads", []), [], when)

    # --- what passes by itself --------------------------------------------------------------------------------------------

    def _write_under_every_fault(self, command: str, data: bytes, before: bytes | None) -> None:
        self.boto.delete_object(Bucket="faulty", Key="p/k")
        count = self.requests_of(command, "k", data=data)
        for name, fault in _PASSING.items():
            for number in range(1, count + 1):
                when = f"{command}, {len(data)} bytes: request {number} {name}"
                with self.subTest(when):
                    self._clear("k")
                    if before is not None:
                        self.boto.put_object(Bucket="faulty", Key="p/k", Body=before)
                    status, _, said = self.run_tool(at(number, fault), command, "k", data=data)
                    verb = self.proxy.seen[number - 1].verb
                    if status == 1 and (verb, name) in _MAY_FAIL:
                        self.assertEqual(self.stored("k"), before)
                        continue
                    self.assertEqual(status, 0, said)
                    self.assertEqual(self.stored("k"), data)
                    if verb != "CreateMultipartUpload":  # the server may have made one that nobody knows of
                        self.assert_no_upload("k", when)

    def _clear(self, key: str) -> None:
        self.boto.delete_object(Bucket="faulty", Key=f"p/{key}")
        for upload in self.boto.list_multipart_uploads(Bucket="faulty", Prefix=f"p/{key}").get("Uploads", []):
            self.boto.abort_multipart_upload(Bucket="faulty", Key=upload["Key"], UploadId=upload["UploadId"])

    def test_small_objects_are_written(self) -> None:
        self._write_under_every_fault("put", _SMALL, _BEFORE)
        self._write_under_every_fault("refuse", _SMALL, None)

    def test_large_objects_are_written(self) -> None:
        self._write_under_every_fault("put", _LARGE, _BEFORE)

    def test_large_objects_are_written_where_none_may_be(self) -> None:
        self._write_under_every_fault("refuse", _LARGE, None)

    def test_objects_are_read(self) -> None:
        self.boto.put_object(Bucket="faulty", Key="p/small", Body=_SMALL, ChecksumAlgorithm="SHA256")
        self.boto.put_object(Bucket="faulty", Key="p/large", Body=_LARGE)
        faults = _PASSING | {"cut at once": Cut(0), "cut in the middle": Cut(50_000)}
        for arguments, expected in ((("get", "small"), _SMALL), (("get", "large"), _LARGE),
                                    (("get", "large", "9000000", "70000"), _LARGE[9_000_000:9_070_000]),
                                    (("stat", "large"), b"%d\n" % len(_LARGE))):
            count = self.requests_of(*arguments)
            for name, fault in faults.items():
                for number in range(1, count + 1):
                    with self.subTest(f"{arguments}: request {number} {name}"):
                        status, output, said = self.run_tool(at(number, fault), *arguments)
                        if status == 1 and (self.proxy.seen[number - 1].verb, name) in _MAY_FAIL:
                            continue
                        self.assertEqual(status, 0, said)
                        self.assertTrue(output == expected)

    def test_lists_and_removals_are_done(self) -> None:
        whole = "".join(f"0 list/{number:04}\n" for number in range(1100)).encode()
        count = self.requests_of("list", "list/")
        self.assertGreaterEqual(count, 2)
        for name, fault in (_PASSING | {"cut": Cut(30_000)}).items():
            for number in range(1, count + 1):
                with self.subTest(f"list: request {number} {name}"):
                    status, output, said = self.run_tool(at(number, fault), "list", "list/")
                    self.assertEqual((status, output == whole), (0, True), said)
            with self.subTest(f"remove: {name}"):
                self.boto.put_object(Bucket="faulty", Key="p/gone", Body=b"x")
                status, _, said = self.run_tool(at(1, fault), "remove", "gone")
                self.assertEqual((status, self.stored("gone")), (0, None), said)

    # --- what does not --------------------------------------------------------------------------------------------------

    def test_bytes_that_changed_on_the_way_are_not_delivered(self) -> None:
        self.boto.put_object(Bucket="faulty", Key="p/sum", Body=_SMALL, ChecksumAlgorithm="SHA256")
        for byte in random.Random(SEED).sample(range(len(_SMALL)), 5):
            status, output, said = self.run_tool(at(1, Flip(byte)), "get", "sum")
            self.assertTrue(status == 1 or output == _SMALL, f"byte {byte}")
            if status == 1:
                self.assertIn("corrupt", said)

    def test_bytes_of_a_large_object_that_changed_on_the_way_are_noticed(self) -> None:
        data = random.Random(SEED).randbytes(20 << 20)
        s3_tool.output(self.server, self.server.location("faulty", "p"), "put", "large-sum", data=data)
        for byte in random.Random(SEED).sample(range(4 << 20), 3):  # within each answer
            for number in (1, 2, 3):
                with self.subTest(byte=byte, request=number):
                    status, _, said = self.run_tool(at(number, Flip(byte), "GetObject"), "get", "large-sum")
                    self.assertEqual(status, 1)
                    self.assertIn("corrupt", said)

    def test_what_never_passes_is_named_within_its_time(self) -> None:
        for always, code in ((refusal(403, "AccessDenied"), "denied"), (refusal(404, "NoSuchBucket"), "the bucket faulty does not exist"),
                             (refusal(403, "InvalidAccessKeyId"), "unauthenticated"),
                             (refusal(403, "RequestTimeTooSkewed", Date="Fri, 02 Jan 2026 03:21:05 GMT"), "clock")):
            for arguments in (("get", "x"), ("list", "x"), ("put", "x"), ("stat", "x")):
                with self.subTest(f"{arguments} {code}"):
                    status, _, said = self.run_tool(lambda _, answer=always: answer, *arguments, data=_SMALL)
                    self.assertEqual(status, 1)
                    if arguments[0] != "stat":  # a HEAD is refused without words
                        self.assertIn(code, said)
        self.assertIsNone(self.stored("x"))

    def test_hostile_answers_are_refused(self) -> None:
        entities = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]><ListBucketResult><Name>&b;</Name></ListBucketResult>"
        nested = b"<a>" * 100_000 + b"</a>" * 100_000
        circle = b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>"
        outside = b"<ListBucketResult><Contents><Key>elsewhere/k</Key><Size>1</Size></Contents></ListBucketResult>"
        huge = b"<ListBucketResult><Contents><Key>p/k</Key><Size>99999999999999999999999</Size></Contents></ListBucketResult>"
        for name, body in {"no XML": b"\x00\xff<<<", "cut": b"<ListBucketResult><Contents><Key>p/", "nested": nested,
                           "in a circle": circle, "huge": huge, "empty": b"", "another document": b"<html>log in here</html>"}.items():
            with self.subTest(name):
                status, output, said = self.run_tool(lambda _, body=body: Answer(200, body, {"Content-Type": "application/xml"}), "list", "")
                self.assertEqual((status, output), (1, b""), said)
        for body in (entities, outside):
            _, output, _ = self.run_tool(lambda _, body=body: Answer(200, body, {}), "list", "")
            self.assertEqual(output, b"")
        for headers in ({"ETag": "x" * 100_000}, {"Content-Length": "18446744073709551616"}, {f"X-{n}": "y" * 8000 for n in range(200)}):
            with self.subTest(f"{list(headers)[:1]}"):
                status, output, said = self.run_tool(lambda _, headers=headers: Answer(200, b"x", headers), "get", "k")
                self.assertTrue(status == 1 or output == b"x", said)

    def test_a_stale_list_hides_nothing_that_was_asked_for_by_name(self) -> None:
        self.boto.put_object(Bucket="faulty", Key="p/fresh", Body=b"x")
        empty = Answer(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        stale: Script = lambda request: empty if request.verb == "ListObjects" else None
        self.assertEqual(self.run_tool(stale, "get", "fresh")[:2], (0, b"x"))
        self.assertEqual(self.run_tool(stale, "refuse", "fresh", data=b"y")[0], 1)

    def test_credentials_that_end_in_mid_upload_are_renewed(self) -> None:
        for verb in ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "PutObject"):
            with self.subTest(verb):
                data = _SMALL if verb == "PutObject" else _LARGE
                status, _, said = self.run_tool(at(1, refusal(400, "ExpiredToken"), verb), "put", "k", data=data)
                self.assertEqual(status, 0, said)
                self.assertEqual(self.stored("k"), data)
                self.assert_no_upload("k", verb)

    def test_an_upload_that_cannot_be_finished_is_taken_back(self) -> None:
        for verb in ("UploadPart", "CompleteMultipartUpload"):
            with self.subTest(verb):
                self.boto.put_object(Bucket="faulty", Key="p/k", Body=_BEFORE)
                refuse: Script = lambda request, verb=verb: refusal(403, "AccessDenied") if request.verb == verb else None
                status, _, said = self.run_tool(refuse, "put", "k", data=_LARGE)
                self.assertEqual(status, 1)
                self.assertIn("denied", said)
                self.assertEqual(self.stored("k"), _BEFORE)
                self.assert_no_upload("k", verb)

    def test_random_faults_at_random_places(self) -> None:
        for round_number in range(25):
            dice = random.Random(f"{SEED} {round_number}")
            faults = list(_PASSING.values())

            def script(_: Request, dice: random.Random = dice, faults: list[Fault] = faults) -> Fault | None:
                return dice.choice(faults) if dice.random() < 0.25 else None

            key, data = f"random-{round_number}", dice.choice((_SMALL, _LARGE))
            status, _, said = self.run_tool(script, "put", key, data=data)
            stored = self.stored(key)
            self.assertTrue(stored == data or (status == 1 and stored is None), f"round {round_number}: {said}")
            if status == 1:
                self.assertNotEqual(said, "")


if __name__ == "__main__":
    unittest.main()
