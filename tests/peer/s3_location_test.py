"""A bucket as a user's location: saved into, checked, copied from, restored from, and misspelt.

python3 -m unittest tests.peer.s3_location_test
"""

import contextlib
import json
import ssl
import tempfile
import unittest
from pathlib import Path

import botocore.exceptions

from tests.harness.api import Api
from tests.harness.certificates import Authority
from tests.harness.control_plane import ControlPlane
from tests.harness.program import Program
from tests.harness.s3_fault_proxy import S3FaultProxy, refusal
from tests.harness.s3_server import S3Server
from tests.harness.salvor import Salvor


def setUpModule() -> None:
    Buckets.directory = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    Buckets.cluster = unittest.enterModuleContext(ControlPlane())
    api = Api(Buckets.cluster)
    api.request("POST", "/api/v1/namespaces", {"metadata": {"name": "team"}})
    for i in range(200):
        api.request("POST", "/api/v1/namespaces/team/secrets",
                    {"metadata": {"name": f"s{i}"}, "stringData": {"password": f"secret-{i}" * 20}})


class Buckets(unittest.TestCase):
    directory: Path
    cluster: ControlPlane

    def setUp(self) -> None:
        self.home = self.directory / self._testMethodName
        self.home.mkdir()

    def served(self, kind: str, **options: bool) -> tuple[S3Server, Program]:
        """A server with the bucket `backups`, and a program that knows its location as `bucket`."""
        server = self.enterContext(S3Server(kind, tls=options.get("tls", False)))
        server.make_bucket("backups", versioning=options.get("versioning", False))
        secret = self.home / "secret"
        secret.write_text(server.secret_key + "\n")
        program = Program(self.home)
        program("location", "add", "bucket", server.location("backups", "home"), "--access-key-id", "env:KEY_ID",
                "--secret-access-key", f"file:{secret}", env={"KEY_ID": server.access_key})
        return server, program

    def roundtrip(self, kind: str, **options: bool) -> None:
        server, program = self.served(kind, **options)
        env = {"KEY_ID": server.access_key, "KUBECONFIG": str(self.cluster.kubeconfig)}
        program("backup", "create", "nightly", "--include-namespaces", "team", "--location", "bucket", env=env)
        self.assertEqual(program("backup", "get", "-o", "name", "--location", "bucket", env=env).stdout.split(), ["backup/nightly"])
        program("backup", "verify", "nightly", "--location", "bucket", env=env)
        one = program("object", "get", "secrets/team/s7", "--from-backup", "nightly", "--location", "bucket", env=env).stdout
        self.assertIn("name: s7", one)

        near = self.home / "near"
        program("location", "add", "nas", near, env=env)
        program("backup", "copy", "nightly", "--location", "bucket", "--to", "nas", env=env)
        with contextlib.closing(server.client()) as client:
            for path in sorted((near / "backups/nightly").iterdir()):
                if path.name.endswith("-salvor-copy"):
                    continue
                with self.subTest(file=path.name):
                    there = client.get_object(Bucket="backups", Key=f"home/backups/nightly/{path.name}")["Body"].read()
                    self.assertEqual(path.read_bytes(), there)

        self.cluster.kubectl("delete", "secret", "-n", "team", "--all")
        program("restore", "create", "--from-backup", "nightly", "--location", "bucket", env=env)
        back = self.cluster.request("GET", "/api/v1/namespaces/team/secrets")
        self.assertEqual(len(back["items"]), 200)

    def test_a_backup_in_minio_is_verified_copied_and_restored(self) -> None:
        self.roundtrip("minio", tls=True, versioning=True)

    def test_a_backup_in_versitygw_is_verified_copied_and_restored(self) -> None:
        self.roundtrip("versitygw")

    def test_a_check_tells_what_the_bucket_offers_and_leaves_nothing_behind(self) -> None:
        server, program = self.served("minio", versioning=True)
        env = {"KEY_ID": server.access_key}
        report = json.loads(program("location", "check", "bucket", "--size", "16", "--samples", "3", "-o", "json", env=env).stdout)
        self.assertEqual(report["problems"], [])
        self.assertEqual(report["capabilities"], {"conditionalPut": "yes", "objectLock": "no", "versioning": "yes"})
        with contextlib.closing(server.client()) as client:
            self.assertEqual(client.list_objects_v2(Bucket="backups").get("KeyCount"), 0)

    def test_a_check_tells_what_the_credentials_can_do_that_they_should_not(self) -> None:
        server, program = self.served("minio", versioning=True)
        rights = {"delete the bucket", "suspend the bucket's versions", "change the bucket's lifecycle rules",
                  "change who may use the bucket", "delete old versions for good"}
        session = server.session({"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetBucketVersioning"}, "backups")
        for environment, granted in ((server.environment(), "yes"), (session, "no")):
            report = json.loads(program("location", "check", server.location("backups", "home"), "--size", "1", "--samples", "1",
                                        "-o", "json", env=environment).stdout)
            self.assertEqual({right["action"]: right["granted"] for right in report["rights"]}, dict.fromkeys(rights, granted))
            said = " ".join(warning["what"] for warning in report["warnings"])
            self.assertEqual("can delete the bucket" in said, granted == "yes", said)
        with contextlib.closing(server.client()) as client:
            self.assertEqual(client.get_bucket_versioning(Bucket="backups")["Status"], "Enabled")
            for ask, code in ((client.get_bucket_policy, "NoSuchBucketPolicy"),
                              (client.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration")):
                with self.assertRaises(botocore.exceptions.ClientError) as refused:
                    ask(Bucket="backups")
                self.assertEqual(refused.exception.response["Error"]["Code"], code)

    def test_deleted_backups_come_back_from_a_bucket_with_versions(self) -> None:
        server, program = self.served("minio", versioning=True)
        env = {"KEY_ID": server.access_key, "KUBECONFIG": str(self.cluster.kubeconfig)}
        at = ("--location", "bucket")
        for name in ("nightly", "weekly"):
            program("backup", "create", name, "--include-namespaces", "team", *at, env=env)
        with contextlib.closing(server.client()) as client:
            def files() -> dict[str, str]:
                return {one["Key"]: one["ETag"] for one in client.list_objects_v2(Bucket="backups").get("Contents", [])}

            before = files()
            program("backup", "delete", "nightly", "--confirm", *at, env=env)
            for key in before:  # and what an attacker would do, who knows nothing of backups
                if "/weekly/" in key:
                    client.delete_object(Bucket="backups", Key=key)
            self.assertEqual(files(), {})
            listed = json.loads(program("backup", "undelete", "--all", "--dry-run", "-o", "json", *at, env=env).stdout)["items"]
            self.assertEqual({one["backup"]: one["files"] for one in listed},
                             {name: sum(f"/{name}/" in key for key in before) for name in ("nightly", "weekly")})
            self.assertEqual(files(), {})
            self.assertIn("weekly", program("backup", "undelete", "weekly", *at, env=env).stdout)
            self.assertEqual(files(), {key: tag for key, tag in before.items() if "/weekly/" in key})
            program("backup", "undelete", "--all", *at, env=env)
            self.assertEqual(files(), before)
        program("backup", "verify", "nightly", *at, env=env)
        program("backup", "verify", "weekly", *at, env=env)
        self.assertIn("No deleted backup can be brought back", program("backup", "undelete", "--all", *at, env=env).stderr)
        self.assertIn("nothing was deleted", program("backup", "undelete", "nightly", *at, env=env, expect=4).stderr)

    def test_where_nothing_deleted_is_kept_undelete_says_so(self) -> None:
        server, program = self.served("minio")
        for location in ("bucket", str(self.home)):
            said = program("backup", "undelete", "--all", "--location", location, env={"KEY_ID": server.access_key}, expect=1).stderr
            self.assertIn("keeps nothing of what was removed", said)

    def test_a_backup_that_fails_after_its_archive_leaves_nothing_in_the_bucket(self) -> None:
        server, _ = self.served("minio")
        program = Program(self.home)
        env = server.environment() | {"KUBECONFIG": str(self.cluster.kubeconfig)}
        refused = {"index": "-salvor-index", "results": "-results.gz", "the log": "-logs.gz"}
        with S3FaultProxy(server) as proxy, contextlib.closing(server.client()) as client:
            location = proxy.location("backups", "home")
            for what, ending in refused.items():
                with self.subTest(refused=what):
                    proxy.begin(lambda request, ending=ending: refusal(403, "AccessDenied")
                                if request.verb == "PutObject" and request.path.endswith(ending) else None)
                    said = program("backup", "create", "b", "--location", location, env=env, expect=1).stderr
                    self.assertIn(ending, said)
                    archives = [request for request in proxy.seen if request.verb == "PutObject" and request.path.endswith(".tar.gz")]
                    self.assertEqual(len(archives), 1)
                    self.assertEqual(client.list_objects_v2(Bucket="backups").get("KeyCount"), 0)

    def test_a_server_that_asks_for_a_certificate_gets_the_one_that_is_configured(self) -> None:
        server, _ = self.served("minio")
        authority = Authority(self.home / "pki")
        pair, ours = authority.issue_server("front", ["IP:127.0.0.1"]), authority.issue_client("ours", "salvor")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        context.load_verify_locations(authority.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        program = Program(self.home / "other")
        program.home.mkdir()
        with S3FaultProxy(server, tls=context) as proxy:
            url = proxy.location("backups", endpoint=f"https://127.0.0.1:{proxy.port}", ca_file=str(authority.certificate))
            options = f"clientCertificate={ours.certificate},clientKey={ours.key}"
            program("location", "add", "mutual", url, "--s3-option", options, env=server.environment())
            program("backup", "get", "--location", "mutual", env=server.environment())
            said = program("backup", "get", "--location", url, env=server.environment(), expect=1).stderr
            self.assertIn(f"127.0.0.1:{proxy.port}", said)
        self.assertGreater(len(proxy.seen), 0)

    def test_requests_go_through_the_proxy_that_is_configured(self) -> None:
        server, _ = self.served("minio")
        program = Program(self.home)
        with S3FaultProxy(server) as proxy:
            url = server.location("backups", endpoint="http://s3.invalid:9000")  # no such host: only the proxy can reach it
            program("location", "add", "far", url, "--s3-option", f"proxy=http://127.0.0.1:{proxy.port}", env=server.environment())
            program("backup", "get", "--location", "far", env=server.environment())
            self.assertGreater(len(proxy.seen), 0)

    def test_a_check_warns_of_rules_that_remove_or_freeze_backups(self) -> None:
        server, program = self.served("minio")
        with contextlib.closing(server.client()) as client:
            client.put_bucket_lifecycle_configuration(Bucket="backups", LifecycleConfiguration={"Rules": [
                {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": "home/"}, "Expiration": {"Days": 30}},
                {"ID": "other", "Status": "Enabled", "Filter": {"Prefix": "elsewhere/"}, "Expiration": {"Days": 1}}]})
        report = json.loads(program("location", "check", "bucket", "--size", "1", "--samples", "1", "-o", "json",
                                    env={"KEY_ID": server.access_key}).stdout)
        said = [warning["what"] for warning in report["warnings"] if "(lifecycle rule" in warning["what"]]
        self.assertEqual(len(said), 1, report["warnings"])
        self.assertIn("removes objects below home/ after 30 days (lifecycle rule tidy)", said[0])

    def test_wrong_keys_and_a_bucket_that_is_not_there_are_told_apart_and_no_secret_is_shown(self) -> None:
        server, program = self.served("minio")
        said = program("backup", "get", "--location", "bucket", env={"KEY_ID": "nobody-here"}, expect=1).stderr
        self.assertIn("key", said.lower())
        self.assertNotIn(server.secret_key, said)
        env = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
        said = program("backup", "get", "--location", server.location("absent"), env=env, expect=1).stderr
        self.assertIn("absent", said)
        self.assertRegex(said, "bucket")


if __name__ == "__main__":
    unittest.main()
