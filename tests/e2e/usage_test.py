"""How a person uses the program: the usual mistakes, the forms of output, interruptions, and what each restore flag does.

python3 -m unittest tests.e2e.usage_test
"""

import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.harness.api import Api, ApiError, Object
from tests.harness.control_plane import ControlPlane
from tests.harness.fault_proxy import FaultProxy, Request
from tests.harness.salvor import Salvor, objects_of

SEED = int(os.environ.get("SALVOR_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
_HANG_SECONDS = 60.0


def setUpModule() -> None:
    """A cluster with the namespaces `shop` and `blog`, and a backup `all` of it."""
    print(f"SALVOR_TEST_SEED={SEED}", file=sys.stderr)
    Usage.directory = Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    Usage.cluster = unittest.enterModuleContext(ControlPlane())
    Usage.api = Api(Usage.cluster)
    _populate(Usage.cluster)
    Usage.salvor = Salvor(Usage.cluster.kubeconfig, Usage.directory / "location")
    Usage.salvor("backup", "create", "all", "--labels", "kept=long")


class Usage(unittest.TestCase):
    directory: Path
    cluster: ControlPlane
    api: Api
    salvor: Salvor

    def bare(self, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Without --location and without a kubeconfig but what `env` says."""
        home = self.enterContext(tempfile.TemporaryDirectory())
        return subprocess.run([self.salvor.binary, *args], capture_output=True, text=True, check=False, timeout=_HANG_SECONDS,
                              stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "HOME": home} | (env or {}))

    def get(self, path: str) -> Object | None:
        try:
            return self.api.request("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def saved(self, *flags: str, backup: str = "") -> set[tuple[str, str, str]]:
        name = backup or re.sub("[^a-z]", "-", self._testMethodName)[:60].strip("-")
        self.salvor("backup", "create", name, *flags)
        return set(objects_of(self.salvor.archive(name)))

    def manifest(self, kind: str, spec: dict[str, Any]) -> Path:
        path = self.directory / f"{self._testMethodName}.yaml"
        path.write_text(yaml.safe_dump({"apiVersion": "velero.io/v1", "kind": kind, "metadata": {"name": "from-manifest"},
                                        "spec": spec}))
        return path


class Mistakes(Usage):
    def test_a_misspelt_flag_is_corrected(self) -> None:
        said = self.salvor("backup", "create", "x", "--inclde-namespaces", "shop", expect=2).stderr
        self.assertIn("--inclde-namespaces", said)
        self.assertIn("did you mean --include-namespaces", said)

    def test_a_misspelt_command_is_corrected(self) -> None:
        said = self.salvor("backup", "craete", "x", expect=2).stderr
        self.assertIn("create", said)

    def test_a_flag_without_its_value_is_named(self) -> None:
        done = self.bare("backup", "create", "x", "--location")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--location", done.stderr)

    def test_without_a_location_the_flag_and_the_variable_are_named(self) -> None:
        done = self.bare("backup", "get")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--location", done.stderr)

    def test_the_location_may_come_from_the_environment(self) -> None:
        done = self.bare("backup", "get", "-o", "name", env={"SALVOR_LOCATION": str(self.salvor.location)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("backup/all", done.stdout)

    def test_without_a_kubeconfig_the_ways_to_name_a_cluster_are_told(self) -> None:
        done = self.bare("backup", "create", "x", "--location", str(self.directory / "never"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, "KUBECONFIG|--kubeconfig")
        self.assertFalse((self.directory / "never/backups").exists())

    def test_an_unknown_context_is_named(self) -> None:
        said = self.salvor("backup", "create", "x", "--context", "elsewhere", expect=1).stderr
        self.assertIn("elsewhere", said)

    def test_an_unknown_backup_is_named_by_every_command(self) -> None:
        for words in (["backup", "get", "nope"], ["backup", "describe", "nope"], ["backup", "logs", "nope"],
                      ["backup", "download", "nope"], ["backup", "verify", "nope"], ["backup", "delete", "nope", "--confirm"],
                      ["restore", "plan", "--from-backup", "nope"], ["restore", "create", "--from-backup", "nope"],
                      ["restore", "get", "nope"], ["restore", "logs", "nope"],
                      ["object", "get", "secrets/shop/db", "--from-backup", "nope"]):
            with self.subTest(words=words):
                self.assertIn("nope", self.salvor(*words, expect=4).stderr)

    def test_an_unknown_object_is_named(self) -> None:
        said = self.salvor("object", "get", "secrets/shop/absent", "--from-backup", "all", expect=4).stderr
        self.assertIn("absent", said)

    def test_a_name_that_kubernetes_would_not_take_is_refused(self) -> None:
        for name in ("Upper", "../up", "a b", "x" * 300, ".", "ä"):
            with self.subTest(name=name):
                done = self.salvor.start("backup", "create", name)
                output, errors = done.communicate(timeout=_HANG_SECONDS)
                self.assertEqual(done.returncode, 2, output + errors)
        self.assertEqual({"all"}, {n for n in os.listdir(self.salvor.location / "backups") if n in ("Upper", "all", "..", "up")})

    def test_old_and_new_filters_do_not_mix(self) -> None:
        said = self.salvor("backup", "create", "x", "--include-resources=pods", "--include-cluster-scoped-resources=nodes",
                           expect=2).stderr
        self.assertIn("--include-resources", said)

    def test_a_selector_that_is_none_is_refused(self) -> None:
        done = self.salvor.start("backup", "create", "x", "--selector", "app in (")
        _, errors = done.communicate(timeout=_HANG_SECONDS)
        self.assertEqual(done.returncode, 2, errors)
        self.assertFalse(self.salvor.folder("x").exists())

    def test_a_restore_that_ended_keeps_its_name(self) -> None:
        self.salvor("restore", "create", "once", "--from-backup", "all")
        self.assertIn("once", self.salvor("restore", "create", "once", "--from-backup", "all", expect=1).stderr)

    def test_restores_without_a_name_each_get_one_of_their_own(self) -> None:
        for _ in range(3):  # two of them in the same second, as likely as not
            self.salvor("restore", "create", "--from-backup", "all")
        names = [n for n in self.salvor("restore", "get", "-o", "name").stdout.split() if "/all-20" in n]
        self.assertEqual(len(set(names)), 3, names)

    def test_deleting_one_and_all_at_once_is_refused(self) -> None:
        for more in (["--all"], ["--selector", "a=b"]):
            with self.subTest(more=more):
                self.salvor("backup", "delete", "all", *more, "--confirm", expect=2)
        self.salvor("backup", "verify", "all")

    def test_a_resource_policy_of_the_cluster_adds_to_the_filters(self) -> None:
        policy = "version: v1\nincludeExcludePolicy:\n  excludedNamespaceScopedResources: [secrets]\n"
        self.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": "velero"}})
        self.api.request("POST", "/api/v1/namespaces/velero/configmaps", {"metadata": {"name": "lean"}, "data": {"policy": policy}})
        everything = self.saved("--include-namespaces=shop", backup="fat")
        without = self.saved("--resource-policies-configmap=lean", "--include-namespaces=shop", backup="lean")
        self.assertEqual(without, {one for one in everything if one[0] != "secrets"})
        self.assertNotEqual(without, everything)
        said = self.salvor("backup", "create", "x", "--resource-policies-configmap=absent", expect=1).stderr
        self.assertIn("velero/absent", said)

    def test_a_delete_in_a_script_needs_to_be_confirmed(self) -> None:
        self.saved("--include-resources=configmaps", backup="doomed")
        self.assertIn("--confirm", self.salvor("backup", "delete", "doomed", expect=1).stderr)
        self.salvor("backup", "verify", "doomed")
        self.salvor("backup", "delete", "doomed", "--confirm")
        self.assertFalse(self.salvor.folder("doomed").exists())

    def test_a_manifest_that_is_none_is_refused(self) -> None:
        for text in ("", "[]", "kind: Pod\napiVersion: v1\n", "{", "kind: Restore\napiVersion: velero.io/v1\nspec: {}\n"):
            with self.subTest(text=text):
                done = subprocess.run(self.salvor.command("backup", "create", "--from-file", "-"), input=text, text=True,
                                      capture_output=True, check=False, env=self.salvor.environment(), timeout=_HANG_SECONDS)
                self.assertEqual(done.returncode, 2, done.stderr)


class Output(Usage):
    def test_lists_have_the_shapes_that_kubectl_gives_them(self) -> None:
        for noun in ("backup", "restore"):
            if noun == "restore":
                self.salvor("restore", "create", "shaped", "--from-backup", "all")
            name = "all" if noun == "backup" else "shaped"
            for load, form in ((json.loads, "json"), (yaml.safe_load, "yaml")):
                many = load(self.salvor(noun, "get", "-o", form).stdout)
                self.assertEqual(many["kind"], "List")
                self.assertIn(name, [item["metadata"]["name"] for item in many["items"]])
                one = load(self.salvor(noun, "get", name, "-o", form).stdout)
                self.assertEqual((one["apiVersion"], one["kind"]), ("velero.io/v1", noun.capitalize()))
            self.assertIn(f"{noun}/{name}", self.salvor(noun, "get", "-o", "name").stdout.split())
            self.assertRegex(self.salvor(noun, "get").stdout, rf"(?m)^{name} .*Completed")

    def test_plans_and_verifications_are_documents(self) -> None:
        plan = ["restore", "plan", "named", "--from-backup", "all"]
        self.assertEqual(json.loads(self.salvor(*plan, "-o", "json").stdout),
                         yaml.safe_load(self.salvor(*plan, "-o", "yaml").stdout))
        verified = json.loads(self.salvor("backup", "verify", "all", "-o", "json").stdout)
        self.assertIn("problems", str(verified))

    def test_an_empty_location_is_an_empty_list(self) -> None:
        empty = Salvor(self.cluster.kubeconfig, self.directory / "empty")
        empty.location.mkdir()
        self.assertEqual([], json.loads(empty("backup", "get", "-o", "json").stdout)["items"])
        self.assertEqual("", empty("backup", "get").stdout)

    def test_backups_are_found_by_their_labels(self) -> None:
        self.assertEqual("backup/all\n", self.salvor("backup", "get", "-l", "kept=long", "-o", "name").stdout)
        self.assertEqual("", self.salvor("backup", "get", "-l", "kept=short", "-o", "name").stdout)

    def test_the_manifest_that_would_be_made_is_printed_and_nothing_made(self) -> None:
        made = yaml.safe_load(self.salvor("backup", "create", "dry", "--include-namespaces=shop", "-o", "yaml").stdout)
        self.assertEqual((made["kind"], made["metadata"]["name"]), ("Backup", "dry"))
        self.assertEqual(made["spec"]["includedNamespaces"], ["shop"])
        self.assertFalse(self.salvor.folder("dry").exists())

    def test_quiet_shows_nothing_but_the_result(self) -> None:
        done = self.salvor("backup", "create", "quiet", "--quiet")
        self.assertEqual("", done.stderr)
        self.assertEqual(1, done.stdout.count("\n"))

    def test_colour_is_for_terminals_that_want_it(self) -> None:
        wrong = ["backup", "get", "nope"]
        self.assertIn("\x1b[", self.on_a_terminal(*wrong))
        self.assertNotIn("\x1b[", self.on_a_terminal(*wrong, env={"NO_COLOR": "1"}))
        self.assertNotIn("\x1b[", self.on_a_terminal(*wrong, "--no-color"))
        self.assertNotIn("\x1b[", self.salvor(*wrong, expect=4).stderr)

    def test_a_reader_that_goes_away_ends_the_program_quietly(self) -> None:
        running = self.salvor.start("object", "get", "configmaps/blog/long", "--from-backup", "all", "-o", "json")
        self.assertTrue(running.stdout.readline())
        running.stdout.close()
        errors = running.stderr.read()
        running.stderr.close()
        self.assertIn(running.wait(_HANG_SECONDS), {0, 1}, errors)
        self.assertLess(errors.count("\n"), 3)

    def test_a_full_disk_behind_standard_output_is_an_error(self) -> None:
        with open("/dev/full", "w") as full:
            done = subprocess.run(self.salvor.command("backup", "get"), stdout=full, stderr=subprocess.PIPE, text=True,
                                  check=False, env=self.salvor.environment(), timeout=_HANG_SECONDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("space", done.stderr)

    def test_names_with_terminal_controls_do_not_reach_the_terminal(self) -> None:
        said = self.salvor("backup", "get", "\x1b]0;owned\x07", expect=1).stderr
        self.assertNotIn("\x1b", said)

    def test_a_downloaded_archive_is_the_stored_one(self) -> None:
        target = self.directory / "download.tar.gz"
        self.salvor("backup", "download", "all", "-o", target)
        self.assertEqual(target.read_bytes(), (self.salvor.folder("all") / "all.tar.gz").read_bytes())
        self.salvor("backup", "download", "all", "-o", target, expect=1)
        self.salvor("backup", "download", "all", "-o", target, "--force")

    def on_a_terminal(self, *args: str, env: dict[str, str] | None = None) -> str:
        ours, theirs = pty.openpty()
        running = subprocess.Popen(self.salvor.command(*args), stdin=theirs, stdout=theirs, stderr=theirs,
                                   env=self.salvor.environment({"TERM": "xterm"} | (env or {})))
        os.close(theirs)
        said = b""
        try:
            while piece := os.read(ours, 65536):
                said += piece
        except OSError:
            pass  # the other side is closed
        os.close(ours)
        running.wait(_HANG_SECONDS)
        return said.decode()


class Interruptions(Usage):
    """Ctrl-C in the middle of the work, which a proxy holds up."""

    def test_an_interrupted_backup_leaves_nothing_and_runs_again(self) -> None:
        for number, kind in ((signal.SIGINT, "int"), (signal.SIGTERM, "term")):
            name = f"stopped-{kind}"
            said = self.interrupt(number, lambda r: r.path.endswith("/configmaps"), "backup", "create", name)
            self.assertRegex(said, "stopped|interrupted|cancelled")
            self.assertFalse(self.salvor.folder(name).exists())
            self.assertNotIn(name, self.salvor("backup", "get").stdout)
            self.salvor("backup", "create", name)

    def test_an_interrupted_restore_goes_on(self) -> None:
        self.salvor("backup", "create", "for-interrupt", "--include-namespaces=blog")
        command = ["restore", "create", "stopped", "--from-backup", "for-interrupt", "--namespace-mappings=blog:stopped"]
        said = self.interrupt(signal.SIGINT, lambda r: r.method == "POST" and r.path.endswith("/secrets"), *command)
        self.assertIn("same command goes on", said)
        self.salvor(*command)
        for kind in ("configmaps", "secrets"):
            self.assertEqual(self.names("blog", kind), self.names("stopped", kind))

    def test_an_interrupted_plan_or_verification_ends_at_once(self) -> None:
        self.interrupt(signal.SIGINT, lambda r: r.path.endswith("/configmaps"), "restore", "plan", "--from-backup", "all")

    def interrupt(self, number: signal.Signals, where: Callable[[Request], bool], *command: str) -> str:
        inside, over = threading.Event(), threading.Event()

        def script(request: Request) -> None:
            if where(request):
                inside.set()
                over.wait(_HANG_SECONDS)
        with FaultProxy(self.cluster, script) as proxy:
            running = Salvor(proxy.kubeconfig(self.directory), self.salvor.location).start(*command)
            self.assertTrue(inside.wait(_HANG_SECONDS), "never came there")
            running.send_signal(number)
            output, errors = running.communicate(timeout=_HANG_SECONDS)
            over.set()
        self.assertEqual(running.returncode, 130, output + errors)
        return output + errors

    def names(self, namespace: str, kind: str) -> set[str]:
        return {item["metadata"]["name"] for item in self.get(f"/api/v1/namespaces/{namespace}/{kind}")["items"]}


class Selection(Usage):
    def test_only_the_named_namespace_is_asked_for(self) -> None:
        with FaultProxy(self.cluster) as proxy:
            salvor = Salvor(proxy.kubeconfig(self.directory), self.salvor.location)
            salvor("backup", "create", "only-shop", "--include-namespaces=shop")
            asked = [request.path for request in proxy.seen if request.path.endswith("/configmaps")]
        self.assertEqual(["/api/v1/namespaces/shop/configmaps"], asked)
        self.assertEqual({"shop"}, {ns for _, ns, _ in objects_of(self.salvor.archive("only-shop")) if ns})

    def test_the_label_selector_reaches_the_server(self) -> None:
        with FaultProxy(self.cluster) as proxy:
            salvor = Salvor(proxy.kubeconfig(self.directory), self.salvor.location)
            salvor("backup", "create", "labelled", "-l", "tier in (cache,front)", "--include-resources=configmaps")
            asked = {request.query.get("labelSelector") for request in proxy.seen if request.path.endswith("/configmaps")}
        self.assertEqual(1, len(asked))
        self.assertRegex(asked.pop() or "", "tier in")
        self.assertEqual({("configmaps", "shop", "cache")},
                         {key for key in objects_of(self.salvor.archive("labelled")) if key[:2] == ("configmaps", "shop")})

    def test_namespaces_and_resources_are_taken_and_left_out(self) -> None:
        self.assertFalse({ns for _, ns, _ in self.saved("--exclude-namespaces=shop,kube-*")} & {"shop", "kube-system"})
        kinds = {kind for kind, _, _ in self.saved("--include-resources=secrets,deployments.apps", backup="kinds")}
        self.assertEqual({"secrets", "deployments.apps"}, kinds - {"namespaces"})
        self.assertNotIn("secrets", {kind for kind, _, _ in self.saved("--exclude-resources=secrets", backup="without")})
        nowhere = self.saved("--include-cluster-resources=false", backup="namespaced")
        self.assertEqual(set(), {kind for kind, ns, _ in nowhere if not ns} - {"namespaces"})

    def test_either_of_two_selectors_is_enough(self) -> None:
        found = self.saved("--or-selector", "tier=cache or app=web", "--include-resources=configmaps,services")
        self.assertLessEqual({("configmaps", "shop", "cache"), ("services", "shop", "web")}, found)
        self.assertNotIn(("configmaps", "blog", "post"), found)

    def test_a_backup_manifest_is_obeyed_and_flags_win(self) -> None:
        path = self.manifest("Backup", {"includedNamespaces": ["shop"], "includedResources": ["configmaps"],
                                        "labelSelector": {"matchLabels": {"tier": "cache"}}})
        self.salvor("backup", "create", "--from-file", path)
        self.assertEqual({("configmaps", "shop", "cache")},
                         {key for key in objects_of(self.salvor.archive("from-manifest")) if key[0] != "namespaces"})
        found = self.saved("--from-file", str(path), "--include-resources=services,configmaps", "--selector=app=web")
        self.assertIn(("services", "shop", "web"), found)
        self.assertNotIn(("configmaps", "shop", "cache"), found)


class RestoreFlags(Usage):
    _number = 0

    def restore(self, *flags: object, expect: int = 0) -> str:
        RestoreFlags._number += 1
        done = self.salvor("restore", "create", f"flags-{self._number}", "--from-backup", "all", *flags, expect=expect)
        return done.stdout + done.stderr

    def test_a_mapped_namespace_leaves_the_other_alone(self) -> None:
        before = self.get("/api/v1/namespaces/shop/configmaps/settings")
        self.restore("--include-namespaces=shop", "--namespace-mappings=shop:mapped")
        self.assertEqual(before, self.get("/api/v1/namespaces/shop/configmaps/settings"))
        self.assertEqual(before["data"], self.get("/api/v1/namespaces/mapped/configmaps/settings")["data"])
        binding = self.get("/apis/rbac.authorization.k8s.io/v1/namespaces/mapped/rolebindings/readers")
        self.assertEqual("mapped", binding["subjects"][0]["namespace"])

    def test_what_exists_is_left_unless_told_to_update_it(self) -> None:
        path = "/api/v1/namespaces/blog/configmaps/edited"
        self.api.request("PATCH", path, {"data": {"key": "changed", "more": "1"}}, "application/merge-patch+json")
        plan = self.salvor("restore", "plan", "--from-backup", "all", "--include-namespaces=blog", "--details").stdout
        self.assertIn("edited", plan)
        self.restore("--include-namespaces=blog", "--existing-resource-policy=none")
        self.assertEqual("changed", self.get(path)["data"]["key"])
        self.assertRegex(self.restore("--include-namespaces=blog", "--existing-resource-policy=update"), r"\b[1-9]\d* updated")
        self.assertEqual("saved", self.get(path)["data"]["key"])

    def test_modifiers_from_a_file_change_what_is_restored(self) -> None:
        rules = self.directory / "rules.yaml"
        rules.write_text(yaml.safe_dump({"version": "v1", "resourceModifierRules": [
            {"conditions": {"groupResource": "deployments.apps", "namespaces": ["shop"]},
             "patches": [{"operation": "replace", "path": "/spec/replicas", "value": "7"}]},
            {"conditions": {"groupResource": "configmaps", "resourceNameRegex": "^settings$"},
             "mergePatches": [{"patchData": "{\"data\":{\"mode\":\"modified\"}}"}]},
            {"conditions": {"groupResource": "services"},
             "strategicPatches": [{"patchData": "spec:\n  ports:\n  - port: 80\n    name: strategic\n"}]}]}))
        self.restore("--include-namespaces=shop", "--namespace-mappings=shop:modified", "--resource-modifier-file", rules)
        self.assertEqual(7, self.get("/apis/apps/v1/namespaces/modified/deployments/web")["spec"]["replicas"])
        self.assertEqual("modified", self.get("/api/v1/namespaces/modified/configmaps/settings")["data"]["mode"])
        self.assertEqual("strategic", self.get("/api/v1/namespaces/modified/services/web")["spec"]["ports"][0]["name"])

    def test_node_ports_are_chosen_anew_unless_preserved(self) -> None:
        flags = ["--include-namespaces=shop", "--include-resources=services"]
        saved = self.node_port("shop")
        self.restore(*flags, "--namespace-mappings=shop:ports-new")
        self.assertNotEqual(saved, self.node_port("ports-new"))
        self.assertIn("allocated", self.restore(*flags, "--namespace-mappings=shop:ports-old", "--preserve-nodeports", expect=3))
        self.api.request("DELETE", "/api/v1/namespaces/shop/services/web")
        self.restore(*flags, "--preserve-nodeports")
        self.assertEqual(saved, self.node_port("shop"))

    def node_port(self, namespace: str) -> int:
        return self.get(f"/api/v1/namespaces/{namespace}/services/web")["spec"]["ports"][0]["nodePort"]

    def test_status_comes_back_only_when_asked_for(self) -> None:
        flags = ["--include-namespaces=shop", "--include-resources=deployments.apps"]
        for target, extra, replicas in (("no-status", [], None), ("status", ["--status-include-resources=deployments.apps"], 3)):
            self.restore(*flags, f"--namespace-mappings=shop:{target}", *extra)
            live = self.get(f"/apis/apps/v1/namespaces/{target}/deployments/web")
            self.assertEqual(replicas, live["status"].get("replicas"))

    def test_a_restore_manifest_is_obeyed(self) -> None:
        path = self.manifest("Restore", {"backupName": "all", "includedNamespaces": ["shop"], "includedResources": ["secrets"],
                                         "namespaceMapping": {"shop": "by-manifest"}})
        self.salvor("restore", "create", "--from-file", path)
        self.assertIsNotNone(self.get("/api/v1/namespaces/by-manifest/secrets/db"))
        self.assertIsNone(self.get("/api/v1/namespaces/by-manifest/configmaps/settings"))
        record = json.loads(self.salvor("restore", "get", "from-manifest", "-o", "json").stdout)
        self.assertEqual("Completed", record["status"]["phase"])

    def test_a_plan_writes_nothing_and_create_does_exactly_it(self) -> None:
        flags = ["--from-backup", "all", "--include-namespaces=shop", "--namespace-mappings=shop:planned"]
        with FaultProxy(self.cluster) as proxy:
            salvor = Salvor(proxy.kubeconfig(self.directory), self.salvor.location)
            planned = salvor("restore", "plan", *flags, "-o", "name").stdout.split()
            self.assertEqual(set(), {request.method for request in proxy.seen} - {"GET"})
        self.assertIsNone(self.get("/api/v1/namespaces/planned"))
        done = self.salvor("restore", "create", *flags).stdout
        self.assertIn(f"{len(planned)} created", done)

    def test_restored_objects_carry_the_names_of_backup_and_restore(self) -> None:
        self.salvor("restore", "create", "marking", "--from-backup", "all", "--include-namespaces=blog",
                    "--namespace-mappings=blog:marked")
        labels = self.get("/api/v1/namespaces/marked/configmaps/post")["metadata"]["labels"]
        self.assertEqual(("all", "marking"), (labels["velero.io/backup-name"], labels["velero.io/restore-name"]))


def _populate(cluster: ControlPlane) -> None:
    labels = {"app": "web"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
    objects: list[Object] = [
        *({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("shop", "blog")),
        _config_map("shop", "settings", {"mode": "plain"}), _config_map("shop", "cache", {"a": "b"}, {"tier": "cache"}),
        _config_map("blog", "post", {"text": "värde"}), _config_map("blog", "edited", {"key": "saved"}),
        *({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": ns}, "stringData": {"key": "value"}}
          for ns, name in (("shop", "db"), ("blog", "key"))),
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop", "labels": labels},
         "spec": {"type": "NodePort", "selector": labels, "ports": [{"port": 80}]}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "labels": labels},
         "spec": {"replicas": 3, "selector": {"matchLabels": labels}, "template": pod}},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader", "namespace": "shop"},
         "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "readers", "namespace": "shop"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
         "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "shop"}]},
    ]
    cluster.kubectl("create", "-f", "-", input=yaml.safe_dump_all(objects))
    api = Api(cluster)
    long = _config_map("blog", "long", {"text": "x" * 900_000})
    api.request("POST", "/api/v1/namespaces/blog/configmaps", long)
    deployment = api.request("GET", "/apis/apps/v1/namespaces/shop/deployments/web")
    api.request("PUT", "/apis/apps/v1/namespaces/shop/deployments/web/status",
                deployment | {"status": {"replicas": 3, "readyReplicas": 3}})


def _config_map(namespace: str, name: str, data: dict[str, str], labels: dict[str, str] | None = None) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
            "data": data}


if __name__ == "__main__":
    unittest.main()
