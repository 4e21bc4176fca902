"""Secrets stay where they belong: in the cluster, in the archive, in the kubeconfig. Nothing that salvor says holds one.

Every secret that is planted here contains a mark of its own; the tests look for the marks, plain and in base64, in all that
the program prints at its most talkative and in all that it leaves behind.

python3 -m unittest tests.e2e.secrets_test
"""

import base64
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness import kubeconfigs
from tests.harness.control_plane import ControlPlane
from tests.harness.fault_proxy import FaultProxy, Request
from tests.harness.salvor import Salvor

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
_HANG_SECONDS = 60.0
_TALKATIVE = [["--log-level", "debug"], ["--log-level", "debug", "--log-format", "json"]]


def setUpModule() -> None:
    """A cluster with Secrets whose values are marks, and an administrator's service account."""
    print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
    Marks.directory = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    Marks.cluster = unittest.enterModuleContext(ControlPlane())
    source = random.Random(SEED)
    Marks.saved, Marks.live = (f"{word}{source.randbytes(12).hex()}" for word in ("saved", "live"))
    cluster = Marks.cluster
    cluster.kubectl("create", "serviceaccount", "robot")
    cluster.kubectl("create", "clusterrolebinding", "robot", "--clusterrole=cluster-admin", "--serviceaccount=default:robot")
    cluster.await_access("system:serviceaccount:default:robot", [], "list", "secrets")
    Marks.token = cluster.token_for("default", "robot")
    cluster.kubectl("create", "namespace", "vault")
    for name in ("changed", "same", "frozen"):
        cluster.kubectl("create", "secret", "generic", name, "--namespace=vault", f"--from-literal=key={Marks.saved}")


class Marks(unittest.TestCase):
    directory: Path
    cluster: ControlPlane
    token: str
    saved: str  # in the Secrets when they are backed up
    live: str  # in those that were changed since

    def setUp(self) -> None:
        self.location = self.directory / self._testMethodName
        self.salvor = Salvor(self.with_user({"token": self.token}), self.location)

    def with_user(self, user: dict[str, object], source: Path | None = None) -> Path:
        target = self.directory / f"{self._testMethodName}.kubeconfig"
        return kubeconfigs.changed(source or self.cluster.kubeconfig, target, user=user)

    def marks(self) -> dict[str, str]:
        found = {"token": self.token, "signature of the token": self.token.rsplit(".", 1)[1],
                 "saved value": self.saved, "live value": self.live}
        return found | {f"{what} in base64": base64.b64encode(mark.encode()).decode().rstrip("=") for what, mark in found.items()}

    def assert_clean(self, text: str | bytes, where: object) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        for what, mark in self.marks().items():
            at = data.find(mark.encode())
            self.assertEqual(-1, at, f"the {what} is in {where}: ...{data[max(0, at - 200):at]!r}")

    def say(self, *args: object, expect: int | set[int] = 0) -> str:
        """Everything that the command printed at its most talkative."""
        said = ""
        for number, flags in enumerate(_TALKATIVE):
            words = [str(word).replace("ROUND", str(number)) for word in args]
            running = self.salvor.start(*words, *flags)
            output, errors = running.communicate(timeout=_HANG_SECONDS)
            self.assertIn(running.returncode, {expect} if isinstance(expect, int) else expect, output + errors)
            self.assert_clean(output, f"the output of {words}")
            self.assert_clean(errors, f"the messages of {words}")
            said += output + errors
        return said


class WhatIsSaid(Marks):
    def test_a_backup_says_and_leaves_no_secret_outside_its_archive(self) -> None:
        said = self.say("backup", "create", "b-ROUND")
        self.assertIn("level=debug", said)
        self.assertIn(self.saved.encode(), base64.b64decode(json.loads(
            self.salvor.archive("b-0")["resources/secrets/namespaces/vault/same.json"])["data"]["key"]))
        self.say("backup", "get")
        self.say("backup", "describe", "b-ROUND", "--details")
        self.say("backup", "logs", "b-ROUND")
        self.say("backup", "verify", "b-ROUND")
        self.assert_location_clean()

    def test_plans_and_restores_say_no_value_of_a_secret(self) -> None:
        self.salvor("backup", "create", "b")
        encoded = base64.b64encode(self.live.encode()).decode()
        for name in ("changed", "frozen"):
            patch = {"data": {"key": encoded}, **({"immutable": True} if name == "frozen" else {})}
            self.cluster.kubectl("patch", "secret", name, "--namespace=vault", "--type=merge", "--patch", json.dumps(patch))
        for form in ("table", "json", "yaml"):
            told = self.say("restore", "plan", "--from-backup", "b", "--details", "--existing-resource-policy=update", "-o", form)
            self.assertIn("changed", told)
        self.say("restore", "create", "none-ROUND", "--from-backup", "b")
        self.say("restore", "create", "update-ROUND", "--from-backup", "b", "--existing-resource-policy=update", expect={0, 3})
        self.say("restore", "create", "copy-ROUND", "--from-backup", "b", "--include-namespaces=vault",
                 "--namespace-mappings=vault:vault-ROUND")
        self.say("restore", "describe", "update-ROUND", "--details")
        self.say("restore", "logs", "update-ROUND")
        self.assert_location_clean()

    def test_a_refused_token_is_not_repeated(self) -> None:
        refused = self.token[:-12] + self.token[-12:][::-1]
        self.salvor = Salvor(self.with_user({"token": refused}), self.location)
        said = self.say("backup", "create", "b", expect=1)
        self.assertNotIn(refused, said)

    def test_a_broken_kubeconfig_is_not_quoted(self) -> None:
        broken = self.directory / "broken.kubeconfig"
        broken.write_text(self.salvor.kubeconfig.read_text().replace("token:", "token: [") + f"\n  : {self.token}\n")
        self.salvor = Salvor(broken, self.location)
        self.say("backup", "create", "b", expect={1, 2})

    def test_what_an_exec_plugin_prints_is_not_repeated(self) -> None:
        credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": self.token}}
        for answer, expect in ((json.dumps(credential), 0), (json.dumps(credential)[:-3], 1), (f"token={self.token}", 1)):
            self.salvor = Salvor(self.with_user({"exec": self.plugin(answer)}), self.location)
            self.say("backup", "create", f"b{expect}-ROUND", expect=expect)

    def test_a_failing_exec_plugin_is_named_without_its_output(self) -> None:
        self.salvor = Salvor(self.with_user({"exec": self.plugin(f"half of {self.token}", status=1)}), self.location)
        said = self.say("backup", "create", "b", expect=1)
        self.assertIn("plugin", said)

    def plugin(self, answer: str, status: int = 0) -> dict[str, object]:
        held = self.directory / f"{self._testMethodName}.answer"
        held.write_text(answer)
        script = self.directory / f"{self._testMethodName}-plugin"
        script.write_text(f"#!/bin/sh\ncat '{held}'\nexit {status}\n")
        script.chmod(0o700)
        return {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script), "interactiveMode": "Never"}

    def assert_location_clean(self) -> None:
        """Every file but the archives, decompressed."""
        looked_at = 0
        for path in self.location.rglob("*"):
            if path.is_dir() or path.name.endswith(".tar.gz"):
                continue
            data = path.read_bytes()
            self.assert_clean(data, path.name)
            if path.name.endswith(".gz"):
                self.assert_clean(gzip.decompress(data), path.name)
            self.assertEqual(path.stat().st_mode & 0o077, 0, path.name)
            looked_at += 1
        self.assertGreater(looked_at, 5)


class WhatOthersCanSee(Marks):
    """The process from outside, held in the middle of its work by a proxy that does not answer."""

    def test_command_line_and_temporary_files_hold_no_secret(self) -> None:
        with self.in_the_middle() as (running, temporary):
            self.assert_clean(Path(f"/proc/{running.pid}/cmdline").read_bytes(), "the command line")
            for path in temporary.rglob("*"):
                self.assert_clean(path.read_bytes() if path.is_file() else b"", path)
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)
            self.assertEqual(self.location.stat().st_mode & 0o077, 0)

    def test_core_dumps_are_off(self) -> None:
        with self.in_the_middle() as (running, _):
            limits = Path(f"/proc/{running.pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size\s+0\s+0\s")

    def test_other_processes_of_the_same_user_cannot_look_inside(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("NOT TESTED: only root can become another user")
        with self.in_the_middle(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]) as (running, _):
            owner = Path(f"/proc/{running.pid}/mem").stat().st_uid
            self.assertEqual(owner, 0, "the kernel gives /proc/PID to root when a process is not dumpable")

    @contextmanager
    def in_the_middle(self, prefix: list[str] | None = None) -> Iterator[tuple[subprocess.Popen, Path]]:
        inside, go_on = threading.Event(), threading.Event()

        def script(request: Request) -> None:
            if request.path.endswith("/secrets"):
                inside.set()
                go_on.wait(_HANG_SECONDS)
        temporary = Path(self.enterContext(tempfile.TemporaryDirectory()))
        with FaultProxy(self.cluster, script) as proxy:
            kubeconfig = self.with_user({"token": self.token}, proxy.kubeconfig(self.directory))
            if prefix:  # another user has to read the one and write into the others
                self.directory.chmod(0o755)
                self.location.mkdir()
                for path in (kubeconfig, temporary, self.location):
                    os.chown(path, 65534, 65534)
            salvor = Salvor(kubeconfig, self.location)
            running = subprocess.Popen([*(prefix or []), *salvor.command("backup", "create", "b", "--log-level", "debug")],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       env=salvor.environment({"TMPDIR": str(temporary)}))
            try:
                self.assertTrue(inside.wait(_HANG_SECONDS), "the backup never asked for Secrets")
                yield running, temporary
            finally:
                go_on.set()
                output, errors = running.communicate(timeout=_HANG_SECONDS)
            self.assertEqual(running.returncode, 0, output + errors)
            self.assert_clean(output + errors, "what it said")


if __name__ == "__main__":
    unittest.main()
