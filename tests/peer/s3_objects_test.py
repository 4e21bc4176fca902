"""What our S3 storage writes, read by boto3 and curl, and the other way round; and what it says when things are not there.

Over MinIO for everything that it knows, over versitygw for what every store can.
"""

import base64
import contextlib
import datetime
import hashlib
import io
import random
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import botocore.exceptions
from boto3.s3.transfer import TransferConfig

from tests.harness.s3_server import S3Server
from tests.peer import s3_tool

_AWKWARD = ["a b", "a+b", "100%", "k=v&x", "semi;colon", "quote'\"", "ключ/鍵/🗝️", "(1)!*~", "c:d@e", "back\\slash", "#frag?q",
            "trailing.", "tab<&>", "[x]{y}|^`$,"]


def _bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


class _OverAnyStore:
    """Tests and words of the test cases below."""

    kind: str
    server: S3Server
    boto: Any

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(S3Server(cls.kind))
        cls.boto = cls.enterClassContext(contextlib.closing(cls.server.client()))
        cls.server.make_bucket("plain")

    def _url(self, bucket: str = "plain", prefix: str = "p", **parameters: str) -> str:
        return self.server.location(bucket, prefix, **parameters)

    def _output(self, url: str, *arguments: str, data: bytes = b"") -> str:
        return s3_tool.output(self.server, url, *arguments, data=data).decode()

    def _refusal(self, url: str, *arguments: str, data: bytes = b"", **environment: str) -> str:
        return s3_tool.refusal(self.server, url, *arguments, data=data, **environment)


    def test_boto3_reads_awkward_keys_that_we_wrote_and_we_read_its(self) -> None:
        for number, key in enumerate(_AWKWARD):
            s3_tool.output(self.server, self._url(prefix="ours"), "put", key, data=key.encode())
            self.boto.put_object(Bucket="plain", Key=f"theirs/{key}", Body=_bytes(1000 + number))
            self.assertEqual(self.boto.get_object(Bucket="plain", Key=f"ours/{key}")["Body"].read(), key.encode())
            self.assertEqual(s3_tool.output(self.server, self._url(prefix="theirs"), "get", key), _bytes(1000 + number))
        ours = [entry["Key"].removeprefix("ours/")
                for entry in self.boto.list_objects_v2(Bucket="plain", Prefix="ours/")["Contents"]]
        self.assertEqual(sorted(ours), sorted(_AWKWARD))
        listed = [line.split(" ", 1)[1] for line in self._output(self._url(prefix="theirs"), "list", "").splitlines()]
        self.assertEqual(listed, sorted(_AWKWARD, key=str.encode))

    def test_large_objects_go_in_parts_and_come_in_pieces(self) -> None:
        for size in (8 << 20, (8 << 20) + 1, 70 << 20):
            data = _bytes(size, size)
            for checksum in ("CRC32", "SHA256", "none"):
                s3_tool.output(self.server, self._url(checksum=checksum), "put", "large", data=data)
                head = self.boto.head_object(Bucket="plain", Key="p/large")
                self.assertEqual(head["ContentLength"], size)
                self.assertEqual("-" in head["ETag"], size > 8 << 20)
                again = s3_tool.output(self.server, self._url(), "get", "large")
                self.assertEqual(hashlib.sha256(again).digest(), hashlib.sha256(data).digest())
            read = self.boto.get_object(Bucket="plain", Key="p/large")["Body"].read()
            self.assertEqual(hashlib.sha256(read).digest(), hashlib.sha256(data).digest())
            for offset, length in ((0, 1), (size - 5, 100), (5 << 20, 1 << 20), (1, size)):
                part = s3_tool.output(self.server, self._url(), "get", "large", str(offset), str(length))
                self.assertEqual(part, data[offset:offset + length])

    def test_parts_of_another_program_are_read_however_they_were_cut(self) -> None:
        data = _bytes(70 << 20)
        for part in (8 << 20, 8_300_000):  # nine parts each
            config = TransferConfig(multipart_threshold=part, multipart_chunksize=part)
            self.boto.upload_fileobj(io.BytesIO(data), "plain", "p/theirs", Config=config, ExtraArgs={"ChecksumAlgorithm": "CRC32"})
            self.assertTrue(self.boto.head_object(Bucket="plain", Key="p/theirs")["ETag"].endswith('-9"'))
            self.assertEqual(s3_tool.output(self.server, self._url(), "get", "theirs"), data)

    def test_lists_go_over_many_pages(self) -> None:
        url = self._url(prefix="many")
        with tempfile.TemporaryDirectory() as directory:
            for number in range(2150):
                (Path(directory) / f"k{number:05}").write_bytes(b"")
            for path in Path(directory).iterdir():
                self.boto.put_object(Bucket="plain", Key=f"many/{path.name}", Body=b"")
        listed = self._output(url, "list", "").splitlines()
        self.assertEqual(listed, [f"0 k{number:05}" for number in range(2150)])
        self.assertEqual(self._output(url, "delete-many", "many/"), "")
        self.assertEqual(self._output(url, "list", ""), "")


    def test_a_dropped_stream_leaves_no_upload(self) -> None:
        s3_tool.output(self.server, self._url(prefix="half"), "half", "dropped", data=_bytes(30 << 20))
        self.assertEqual(self.boto.list_multipart_uploads(Bucket="plain", Prefix="half/dropped").get("Uploads", []), [])
        self.assertEqual(self._output(self._url(prefix="half"), "list", ""), "")

    def test_what_a_cut_off_writer_had_sent_is_not_sent_again(self) -> None:
        data = _bytes(30 << 20)
        # boto3 is the writer that was cut off: its upload bears a name that only it knows. The second part is of other
        # bytes, the third is missing.
        upload = {"Bucket": "plain", "Key": "p/resumed"}
        begun = self.boto.create_multipart_upload(**upload, ChecksumAlgorithm="CRC32", Metadata={"begun-by": "boto3"})
        upload["UploadId"] = begun["UploadId"]
        for number, bytes_of_part in ((1, data[:8 << 20]), (2, _bytes(8 << 20, 9))):
            self.boto.upload_part(**upload, PartNumber=number, Body=bytes_of_part, ChecksumAlgorithm="CRC32")
        older = self.boto.create_multipart_upload(Bucket="plain", Key="p/resumed-not")["UploadId"]
        s3_tool.output(self.server, self._url(), "resume", "resumed", data=data)
        head = self.boto.head_object(Bucket="plain", Key="p/resumed")
        self.assertEqual(head["Metadata"].get("begun-by"), "boto3")
        read = self.boto.get_object(Bucket="plain", Key="p/resumed")["Body"].read()
        self.assertEqual(hashlib.sha256(read).digest(), hashlib.sha256(data).digest())
        self.assertEqual(self._uploads("p/resumed"), [])
        self.assertEqual(self._uploads("p/resumed-not"), [older])  # another key

    def test_what_this_writer_sent_is_there_for_the_next_one(self) -> None:
        data = _bytes(30 << 20)
        s3_tool.output(self.server, self._url(), "half-resumable", "twice", data=data)
        left = self._uploads("p/twice")
        self.assertEqual(len(left), 1)
        parts = self.boto.list_parts(Bucket="plain", Key="p/twice", UploadId=left[0])["Parts"]
        self.assertGreater(len(parts), 0)
        s3_tool.output(self.server, self._url(), "resume", "twice", data=data)
        self.assertEqual(s3_tool.output(self.server, self._url(), "get", "twice"), data)
        self.assertEqual(self._uploads("p/twice"), [])

    def _uploads(self, key: str) -> list[str]:
        found = self.boto.list_multipart_uploads(Bucket="plain", Prefix=key).get("Uploads", [])
        return [upload["UploadId"] for upload in found if upload["Key"] == key]

    def test_a_large_object_is_not_replaced_when_that_is_refused(self) -> None:
        data = _bytes(20 << 20)
        s3_tool.output(self.server, self._url(), "refuse", "once", data=data)
        self.assertIn("already_exists", self._refusal(self._url(), "refuse", "once", data=_bytes(20 << 20, 2)))
        self.assertIn("already_exists", self._refusal(self._url(), "refuse", "once", data=b"small"))
        self.assertEqual(s3_tool.output(self.server, self._url(), "get", "once"), data)


    def test_a_missing_bucket_is_not_a_missing_object(self) -> None:
        url = self._url("nowhere")
        for command in (["stat", "k"], ["get", "k"], ["list", ""], ["get", "k", "5", "5"]):
            said = self._refusal(url, *command)
            self.assertIn("invalid: the bucket nowhere does not exist at http://127.0.0.1", said, command)
        self.assertIn("the bucket nowhere does not exist", self._refusal(url, "put", "k", data=b"x"))
        self.assertIn("not_found: there is no p/k", self._refusal(self._url(), "stat", "k"))

    def test_wrong_keys_are_named_and_secrets_are_not(self) -> None:
        said = self._refusal(self._url(), "list", "", AWS_ACCESS_KEY_ID="nobody")
        self.assertIn("unauthenticated", said)
        self.assertIn("does not know the access key", said)
        said = self._refusal(self._url(), "list", "", AWS_SECRET_ACCESS_KEY="hunter2hunter2")
        self.assertIn("finds the signature wrong", said)
        self.assertNotIn("hunter2", said)


class S3ObjectsOverMinioTest(_OverAnyStore, unittest.TestCase):
    kind = "minio"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server.make_bucket("versioned", versioning=True)
        cls.server.make_bucket("locked", lock=True)

    def test_checksums_are_kept_with_the_object(self) -> None:
        s3_tool.output(self.server, self._url(checksum="SHA256"), "put", "summed", data=b"x" * 1000)
        head = self.boto.head_object(Bucket="plain", Key="p/summed", ChecksumMode="ENABLED")
        self.assertEqual(base64.b64decode(head["ChecksumSHA256"]), hashlib.sha256(b"x" * 1000).digest())

    def test_curl_reads_a_presigned_url(self) -> None:
        s3_tool.output(self.server, self._url(), "put", "a +ä&b", data=b"shown")
        url = self._output(self._url(), "presign", "p/a +ä&b", "60").strip()
        shown = subprocess.run(["curl", "-sS", "--noproxy", "*", "--path-as-is", url], capture_output=True, check=True).stdout
        self.assertEqual(shown, b"shown")
        other = url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")
        refused = subprocess.run(["curl", "-sS", "--noproxy", "*", other], capture_output=True, check=True).stdout
        self.assertIn(b"SignatureDoesNotMatch", refused)

    def test_deleted_objects_come_back_where_there_are_versions(self) -> None:
        url = self._url("versioned", "u")
        for key in ("one", "two", "kept"):
            s3_tool.output(self.server, url, "put", key, data=key.encode())
        for key in ("one", "two"):
            self._output(url, "remove", key)
        self._output(url, "remove", "two")
        self.assertEqual(self._output(url, "list", ""), "4 kept\n")
        self.assertEqual(self._output(url, "undelete", "u/"), "2\n")
        self.assertEqual(self._output(url, "list", ""), "4 kept\n3 one\n3 two\n")
        self.assertEqual(s3_tool.output(self.server, url, "get", "two"), b"two")

    def test_an_old_version_becomes_current_by_a_copy(self) -> None:
        url = self._url("versioned", "c")
        s3_tool.output(self.server, url, "put", "a +b", data=b"good")
        s3_tool.output(self.server, url, "put", "a +b", data=b"overwritten")
        oldest = self._output(url, "versions", "c/").splitlines()[-1].split()[1]
        self._output(url, "copy", "c/a +b", oldest, "c/a +b")
        self.assertEqual(s3_tool.output(self.server, url, "get", "a +b"), b"good")

    def test_locks_and_legal_holds(self) -> None:
        url = self._url("locked", "l")
        s3_tool.output(self.server, url, "put", "held", data=b"x")
        until = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._output(url, "lock", "l/held", "COMPLIANCE", until)
        self._output(url, "lock", "l/held", "COMPLIANCE", later)
        self._output(url, "hold", "l/held", "on")
        head = self._output(url, "head", "l/held")
        self.assertIn(f"lock COMPLIANCE {later}", head)
        self.assertIn("hold 1", head)
        self.assertIn("cannot set the retention", self._refusal(url, "lock", "l/held", "COMPLIANCE", until))
        version = self.boto.head_object(Bucket="locked", Key="l/held")["VersionId"]
        with self.assertRaises(botocore.exceptions.ClientError):
            self.boto.delete_object(Bucket="locked", Key="l/held", VersionId=version)
        self._output(url, "hold", "l/held", "off")
        self.assertIn("hold 0", self._output(url, "head", "l/held"))

    def test_what_a_location_with_a_lock_writes_cannot_be_removed(self) -> None:
        url = self._url("locked", "kept", **{"lock": "compliance", "lock-days": "2"})
        for key, data in (("small", b"x"), ("large", _bytes(20 << 20))):
            begun = datetime.datetime.now(datetime.timezone.utc)
            s3_tool.output(self.server, url, "put", key, data=data)
            head = self.boto.head_object(Bucket="locked", Key=f"kept/{key}")
            self.assertEqual(head["ObjectLockMode"], "COMPLIANCE")
            kept_for = head["ObjectLockRetainUntilDate"] - begun
            self.assertGreater(kept_for, datetime.timedelta(days=1, hours=23))
            self.assertLess(kept_for, datetime.timedelta(days=2, hours=1))
            with self.assertRaises(botocore.exceptions.ClientError):
                self.boto.delete_object(Bucket="locked", Key=f"kept/{key}", VersionId=head["VersionId"])
        said = self._refusal(self._url(**{"lock": "governance", "lock-days": "2"}), "put", "not-here", data=b"x")
        self.assertIn("was made without object lock", said)

    def test_settings_of_a_bucket_are_read(self) -> None:
        self.boto.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}})
        self.addCleanup(self.boto.put_object_lock_configuration, Bucket="locked",
                        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
        self.boto.put_bucket_lifecycle_configuration(Bucket="locked", LifecycleConfiguration={"Rules": [
            {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "backups/"}, "Expiration": {"Days": 30}}]})
        self.assertEqual(self._output(self._url("locked"), "settings"),
                         "versioning Enabled\nlock 1 GOVERNANCE 3\nrule old 1 backups/ 30\n")
        self.assertEqual(self._output(self._url(), "settings"), "versioning \nlock 0  0\n")

    def test_a_wrong_region_is_named(self) -> None:
        said = self._refusal(self._url(region="eu-north-1"), "put", "k", data=b"x")
        self.assertIn("the bucket is in region us-east-1, not in eu-north-1", said)
        self.assertEqual(self._output(self._url(region=""), "list", "nothing"), "")

    def test_a_server_that_is_not_there(self) -> None:
        said = self._refusal("s3://plain/p?endpoint=http%3A//127.0.0.1:1&region=x", "list", "")
        self.assertIn("unavailable: cannot list s3://plain/p", said)


class S3ObjectsOverVersitygwTest(_OverAnyStore, unittest.TestCase):
    kind = "versitygw"

    def test_uploads_of_crashed_writers_are_aborted(self) -> None:
        # MinIO cannot be asked: it lists the uploads of a whole key, not those below a prefix.
        for key in ("one", "two"):
            self.boto.create_multipart_upload(Bucket="plain", Key=f"crashed/{key}")
        self.boto.create_multipart_upload(Bucket="plain", Key="elsewhere/three")
        told = self._output(self._url(prefix="crashed"), "clear-leftovers")
        self.assertEqual(told, "0 unfinished upload of one\n0 unfinished upload of two\n")
        left = [upload["Key"] for upload in self.boto.list_multipart_uploads(Bucket="plain").get("Uploads", [])]
        self.assertEqual(left, ["elsewhere/three"])


if __name__ == "__main__":
    unittest.main()
