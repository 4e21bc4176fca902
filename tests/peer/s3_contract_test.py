"""The promises of store/storage.h, kept over real S3 servers: MinIO, plain and over TLS, with and without versions and locks,
versitygw and SeaweedFS, which are of other descent."""

import unittest

from tests.harness.s3_server import S3Server
from tests.peer import s3_tool


class S3ContractTest(unittest.TestCase):
    def _keeps_every_promise(self, server: S3Server, bucket: str, prefix: str = "deep/er", **parameters: str) -> None:
        self.assertEqual(self._broken_promises(server, bucket, prefix, **parameters), [])

    def _broken_promises(self, server: S3Server, bucket: str, prefix: str = "deep/er", **parameters: str) -> list[str]:
        done = s3_tool.run(server, server.location(bucket, prefix, **parameters), "contract", "20261128")
        text = done.stdout.decode()
        self.assertIn(done.returncode, (0, 1), f"{server.kind} {bucket}:\n{text}{done.stderr.decode()}")
        self.assertGreaterEqual(text.count("\nok "), 20, text)
        self.assertIn("conditional writes: yes", text)
        return [line for line in text.splitlines() if line.startswith("FAILED")]

    def test_minio(self) -> None:
        with S3Server("minio") as server:
            server.make_bucket("plain")
            server.make_bucket("versioned", versioning=True)
            self._keeps_every_promise(server, "plain")
            self._keeps_every_promise(server, "plain", "", checksum="SHA256")
            self._keeps_every_promise(server, "versioned", checksum="none")

    def test_minio_over_tls_with_locks(self) -> None:
        with S3Server("minio", tls=True) as server:
            server.make_bucket("locked", lock=True)
            self._keeps_every_promise(server, "locked", sse="AES256", checksum="CRC32C")
            key = server.directory / "customer.key"
            key.write_bytes(bytes(range(32)))
            self._keeps_every_promise(server, "locked", "own-key", customer_key_file=str(key))

    def test_versitygw(self) -> None:
        with S3Server("versitygw") as server:
            server.make_bucket("plain")
            self._keeps_every_promise(server, "plain")

    def test_seaweedfs(self) -> None:
        with S3Server("seaweedfs") as server:
            server.make_bucket("plain")
            for checksum in ("", "none"):
                # It takes a backslash in a key for a slash when it lists, and a name that was a directory cannot be written with
                # If-None-Match. No key of salvor's has a backslash, none was ever a directory.
                broken = self._broken_promises(server, "plain", f"deep/er{checksum}", checksum=checksum)
                self.assertEqual([line.split(":")[0] for line in broken], ["FAILED RemovesAtOnce", "FAILED TakesWideKeys"], broken)


if __name__ == "__main__":
    unittest.main()
