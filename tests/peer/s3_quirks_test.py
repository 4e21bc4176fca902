"""Stores that know less than MinIO, imitated in front of it: what they leave out is refused as their documentation says that they
refuse it (docs/stores.md has the rows). What salvor then needs another way for must still keep every promise.

python3 -m unittest tests.peer.s3_quirks_test
"""

import unittest

from tests.harness.s3_fault_proxy import Fault, Request, Rewrite, S3FaultProxy, Script, refusal
from tests.harness.s3_server import S3Server
from tests.peer import s3_tool


def knows_no_conditions(request: Request) -> Fault | None:
    conditional = "if-none-match" in request.headers or (request.method != "GET" and "if-match" in request.headers)
    return refusal(501, "NotImplemented") if conditional else None


def knows_no_checksums(request: Request) -> Fault | None:
    known = any(name.startswith(("x-amz-checksum-", "x-amz-sdk-checksum")) for name in request.headers if name != "x-amz-checksum-mode")
    return refusal(400, "InvalidArgument") if known else None


def knows_no_multi_delete(request: Request) -> Fault | None:
    return refusal(501, "NotImplemented") if request.verb == "DeleteObjects" else None


def all_of(*scripts: Script) -> Script:
    def script(request: Request) -> Fault | None:
        return next((fault for each in scripts if (fault := each(request)) is not None), None)
    return script


class S3Quirks(unittest.TestCase):
    server: S3Server
    proxy: S3FaultProxy

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(S3Server("minio"))
        cls.server.make_bucket("plain")
        cls.proxy = cls.enterClassContext(S3FaultProxy(cls.server))

    def contract(self, script: Script, prefix: str, **parameters: str) -> tuple[set[str], str]:
        """The promises that are broken, and what is said of conditional writes."""
        self.proxy.begin(script)
        done = s3_tool.run(self.server, self.proxy.location("plain", prefix, **parameters), "contract", "20261128")
        text = done.stdout.decode()
        self.assertIn(done.returncode, (0, 1), f"{text}{done.stderr.decode()}")
        self.assertGreaterEqual(text.count("\nok "), 20, text)
        broken = {line.split(":")[0].removeprefix("FAILED ") for line in text.splitlines() if line.startswith("FAILED")}
        return broken, text.rsplit("conditional writes: ", 1)[1].strip()

    def test_a_store_without_conditional_writes_keeps_all_that_one_writer_can_see(self) -> None:
        """Older Ceph, Garage and Wasabi."""
        broken, conditional = self.contract(knows_no_conditions, "unconditional")
        self.assertLessEqual(broken, {"LetsOneOfManyWritersWin"})  # nothing can, without the store's help
        self.assertEqual(conditional, "no")

    def test_a_store_without_checksums_is_told_none(self) -> None:
        """Backblaze B2 on some plans. Without checksum=none the refusal says what to do."""
        self.assertEqual(self.contract(knows_no_checksums, "unsummed", checksum="none"), (set(), "yes"))
        said = s3_tool.refusal(self.server, self.proxy.location("plain", "unsummed"), "put", "k", data=b"x")
        self.assertIn("InvalidArgument", said)

    def test_google_cloud_storage(self) -> None:
        script = all_of(knows_no_conditions, knows_no_checksums, knows_no_multi_delete)
        broken, _ = self.contract(script, "google", checksum="none")
        self.assertLessEqual(broken, {"LetsOneOfManyWritersWin"})

    def test_where_many_cannot_be_deleted_at_once_each_is_deleted(self) -> None:
        url = self.proxy.location("plain", "many")
        self.proxy.begin(lambda _: None)
        for number in range(5):
            s3_tool.output(self.server, url, "put", f"k{number}", data=b"x")
        self.proxy.begin(knows_no_multi_delete)
        s3_tool.output(self.server, url, "delete-many", "many/")
        self.assertEqual([request.verb for request in self.proxy.seen if "Delete" in request.verb], ["DeleteObjects"] + ["DeleteObject"] * 5)
        self.assertEqual(s3_tool.output(self.server, url, "list", ""), b"")

    def test_etags_without_quotes_are_taken_as_they_are(self) -> None:
        def strip(name: str, value: str) -> str:
            return value.strip('"') if name == "etag" else value
        self.assertEqual(self.contract(lambda _: Rewrite(strip), "bare-etags"), (set(), "yes"))



if __name__ == "__main__":
    unittest.main()
