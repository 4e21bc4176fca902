"""Policies that stock kopia stored mean to salvor what they mean to stock: what is saved of a tree, how errors count, what expires.

python3 -m unittest tests.peer.kopia_policy_test
"""

import contextlib
import json
import os
import random
import re
import shutil
import socket
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from tests.harness.awkward_tree import make_tree
from tests.harness.program import Program
from tests.harness.stock_kopia import PASSWORD, StockKopia

_AWKWARD_RULES = ["*.tmp", "/a/b", "many/0*", "!many/00?", "mode/", "каталог", "**/c", "!*.keep", "[a-d]*", "l*e", "text", "a/*/c/page"]
_NAMES = ["a", "b", "ab", "abc", "x.tmp", "x.log", "keep", "A1", "é", "log", "b c", "1", "[x]", ".dot"]
_RULES = ["a", "/a", "a/", "*.tmp", "!x.tmp", "b/**", "**/ab", "a/**/b", "[a-c]", "[!a-z]*", "!keep", "?", "a*c", "*", "!*/", "/*/a", "log/", "!log",
          "[[:upper:]]*", "\\[x\\]", ".*", "b c", "a/b", "**", "!abc", "é", "# no rule", "  ab  ", "x.*", "!x.log"]
_RETENTION = ("keepLatest", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "keepAnnual")


class _PolicyTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = Program(self.directory)
        self.tree = self.directory / "tree"
        self.repository = self.directory / "repository"
        self.environment = {"SALVOR_PASSWORD": PASSWORD, "SALVOR_LOCATION": str(self.repository)}
        self.kopia = StockKopia(self.directory / "kopia")
        self.kopia.create("filesystem", "--path", self.repository)

    def salvor(self, *words: object, expect: int = 0) -> str:
        return self.program(*words, expect=expect, env=self.environment).stdout

    def set_policies(self, policies: dict[str, Any]) -> None:
        """In place of all that there are; the keys are "(global)", "@host", "user@host" and "user@host:/path"."""
        file = self.directory / "policies.json"
        file.write_text(json.dumps(policies), encoding="utf-8")
        self.kopia("policy", "import", f"--from-file={file}", "--delete-other-policies")

    def key(self, path: Path) -> str:
        return f"user@host:{path}"

    def manifest(self, name: str) -> Any:
        text = self.kopia("manifest", "show", name)
        return json.loads(text[text.index("{"):])

    def saved_by_stock(self, path: Path, fails: bool = False) -> Any:
        """The manifest of its snapshot, which is gone afterwards, so that nobody takes anything from it unread."""
        with contextlib.nullcontext() if not fails else self.assertRaises(Exception):
            self.kopia("snapshot", "create", path)
        return self.taken_away()

    def saved_by_salvor(self, path: Path, *words: object, expect: int = 0) -> Any:
        self.salvor("snapshot", "create", path, "--username=user", "--hostname=host", *words, expect=expect)
        return self.taken_away()

    def taken_away(self) -> Any:
        [snapshot] = self.kopia.snapshots()
        manifest = self.manifest(snapshot["id"])
        self.kopia("snapshot", "delete", snapshot["id"], "--delete")
        return manifest

    def assert_same(self, stock: Any, ours: Any) -> None:
        self.assertEqual(ours["rootEntry"], stock["rootEntry"])
        for key in ("excludedFileCount", "excludedDirCount", "excludedTotalSize", "ignoredErrorCount", "errorCount"):
            self.assertEqual(ours["stats"][key], stock["stats"][key], key)


class StoredPolicies(_PolicyTest):
    def test_the_policy_of_any_target_is_what_stock_shows(self) -> None:
        home = self.directory / "src"
        for flags in (["--global", "--keep-latest=3", "--compression=zstd", "--add-ignore=*.tmp", "--add-never-compress=.zip"],
                      ["@host", "--keep-daily=0", "--max-file-size=1000", "--snapshot-time=10:00,3:30", "--add-never-compress=.jpg"],
                      ["user@host", "--add-only-compress=.txt", "--ignore-cache-dirs=false", "--snapshot-time=9:15"],
                      [home, "--add-ignore=/x", "--ignore-file-errors=true", "--before-snapshot-root-action=/bin/true", "--keep-annual=7",
                       "--before-folder-action=/bin/true"],
                      [home / "a/b", "--inherit=false", "--one-file-system=true", "--metadata-compression=none", "--splitter=FIXED-1M"],
                      [home / "a/b/c", "--add-dot-ignore=.x", "--max-parallel-file-reads=3", "--log-entry-cache-hit=7"]):
            self.kopia("policy", "set", *flags)
        for target in ("(global)", "@host", "user@host", str(home), str(home / "a"), str(home / "a/b"), str(home / "a/b/c"), str(home / "a/b/c/d"),
                       "/", "user@other:/x", "other@host:/y", "@other"):
            named = ["--global"] if target == "(global)" else [target]
            shown = json.loads(self.salvor("snapshot", "policy", *named, "--username=user", "--hostname=host", "-o", "json"))
            self.assertEqual(shown["policy"], self.kopia.json("policy", "show", *named), target)
        said = self.salvor("snapshot", "policy", home / "a", "--username=user", "--hostname=host")
        self.assertRegex(said, r"files.ignore +/x +user@host:.*/src\n")
        self.assertRegex(said, r"retention.keepLatest +3 +\(global\)\n")


class SavingByPolicies(_PolicyTest):
    def test_the_awkward_tree_is_the_same_object_with_ignore_rules_everywhere(self) -> None:
        make_tree(self.tree, seed=1)
        (self.tree / ".kopiaignore").write_text("\n".join(_AWKWARD_RULES[:6]) + "\n# comment\r\n\n", encoding="utf-8")
        (self.tree / "a/.kopiaignore").write_text("!b\n/one\n", encoding="utf-8")
        (self.tree / "many/.kopiaignore").symlink_to("../rules")
        (self.tree / "rules").write_text("12?\n!123\n", encoding="utf-8")
        (self.tree / "cache").mkdir()
        (self.tree / "cache/CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n", encoding="utf-8")
        (self.tree / "cache/x").write_text("x", encoding="utf-8")
        (self.tree / os.fsdecode(b"no \xff utf-8 \xe2\x98")).write_text("x", encoding="utf-8")
        (self.tree / os.fsdecode(b"a/\xfe.tmp")).write_text("x", encoding="utf-8")
        os.link(self.tree / "large", self.tree / "hard link")
        os.link(self.tree / "large", self.tree / "a/hard link")
        for policies in ({}, {"(global)": {"files": {"ignore": _AWKWARD_RULES[6:9]}}},
                         {self.key(self.tree): {"files": {"ignore": _AWKWARD_RULES[9:], "maxFileSize": 4000, "ignoreCacheDirs": False}},
                          self.key(self.tree / "a"): {"files": {"ignore": ["page"]}}, self.key(self.tree / "many"): {"noParent": True}}):
            with self.subTest(policies=policies):
                self.set_policies(policies)
                self.assert_same(self.saved_by_stock(self.tree), self.saved_by_salvor(self.tree))

    def test_random_trees_with_random_rules_are_the_same_objects(self) -> None:
        for seed in range(4):
            with self.subTest(seed=seed):
                rng = random.Random(seed)
                shutil.rmtree(self.tree, ignore_errors=True)
                self.tree.mkdir()
                policies: dict[str, Any] = {}
                for i in range(12):
                    self._grow(rng, self.tree / f"part{i}", 3, policies)
                policies[self.key(self.tree)] = self._random_policy(rng)
                self.set_policies(policies)
                self.assert_estimated(ours := self.saved_by_salvor(self.tree))
                self.assert_same(self.saved_by_stock(self.tree), ours)

    def assert_estimated(self, saved: Any) -> None:
        """Before it is saved both programs count what is then in the snapshot."""
        said = self.kopia("snapshot", "estimate", "--quiet", self.tree)
        ours = json.loads(self.salvor("snapshot", "estimate", self.tree, "--username=user", "--hostname=host", "-o", "json"))
        counts = [int(count) for count in re.findall(r"^Snapshot (?:in|ex)cludes (\d+) ", said.replace(" no ", " 0 "), re.MULTILINE)]
        self.assertEqual([ours["files"], ours["excludedFiles"], ours["excludedDirectories"]], counts)
        self.assertEqual((ours["bytes"], ours["directories"]), (saved["stats"]["totalSize"], saved["rootEntry"]["summ"]["dirs"]))
        self.assertEqual(ours["excludedBytes"], saved["stats"]["excludedTotalSize"])

    def _grow(self, rng: random.Random, here: Path, depth: int, policies: dict[str, Any]) -> None:
        here.mkdir()
        if rng.random() < 0.4:
            (here / ".kopiaignore").write_text("".join(f"{rng.choice(_RULES)}\n" for _ in range(rng.randrange(4))), encoding="utf-8")
        if rng.random() < 0.15:
            policies[self.key(here)] = self._random_policy(rng)
        for name in rng.sample(_NAMES, rng.randrange(1, 7)):
            if depth > 0 and rng.random() < 0.5:
                self._grow(rng, here / name, depth - 1, policies)
            else:
                (here / name).write_text("x" * rng.randrange(30), encoding="utf-8")

    def _random_policy(self, rng: random.Random) -> Any:
        files: dict[str, Any] = {"ignore": [rng.choice(_RULES) for _ in range(rng.randrange(3))]}
        if rng.random() < 0.5:
            files["ignoreDotFiles"] = [".kopiaignore"]
        if rng.random() < 0.2:
            files["maxFileSize"] = 20
        if rng.random() < 0.2:
            files["noParentIgnore"] = True
        return {"files": files}

    def test_files_links_to_sources_and_several_of_them_are_saved_as_stock_does(self) -> None:
        make_tree(self.tree, seed=3)
        (self.directory / "link").symlink_to("tree")
        for source in (self.tree / "large", self.tree / "a/empty", self.directory / "link", self.tree / "a/link"):
            with self.subTest(source=source.name):
                self.assert_same(self.saved_by_stock(source), self.saved_by_salvor(source))
        done = self.program("snapshot", "create", self.tree / "large", self.directory / "missing", self.tree / "text", env=self.environment, expect=3)
        self.assertIn("missing", done.stderr)
        self.assertEqual(len(self.kopia.snapshots()), 2)

    def test_compression_and_splitters_follow_the_policy(self) -> None:
        self.tree.mkdir()
        for name in ("a.txt", "b.jpg", "c.txt", "d/e"):
            (self.tree / name).parent.mkdir(exist_ok=True)
            (self.tree / name).write_text(f"the same line of {name} again\n" * 100_000, encoding="utf-8")
        self.set_policies({"(global)": {"compression": {"compressorName": "gzip", "neverCompress": [".jpg"]}, "splitter": {"algorithm": "FIXED-1M"},
                                        "metadataCompression": {"compressorName": "none"}},
                           self.key(self.tree / "c.txt"): {"compression": {"compressorName": "s2-default"}}})
        ours = self.saved_by_salvor(self.tree)
        lines = self.kopia("content", "list", "-c").splitlines()
        used = {word: sum(f" {word} " in f"{line} " for line in lines) for word in ("gzip", "s2-default", "-")}
        self.assertEqual((used["gzip"], used["s2-default"]), (6, 1), "the policy of c.txt says nothing of the splitter")
        self.assert_same(self.saved_by_stock(self.tree), ours)
        self.saved_by_salvor(self.tree, "--compression=zstd-fastest")

    def test_a_snapshot_of_nothing_new_is_not_kept_where_the_policy_says_so(self) -> None:
        make_tree(self.tree, seed=4)
        self.set_policies({"(global)": {"retention": {"ignoreIdenticalSnapshots": True}}})
        for _ in range(2):
            said = self.salvor("snapshot", "create", self.tree, "--username=user", "--hostname=host")
        self.assertIn("wants no second snapshot", said)
        self.kopia("snapshot", "create", self.tree)
        self.assertEqual(len(self.kopia.snapshots()), 1)

    def test_actions_are_named_and_not_run(self) -> None:
        self.tree.mkdir()
        self.set_policies({self.key(self.tree): {"actions": {"beforeSnapshotRoot": {"path": "/bin/touch", "args": [str(self.directory / "ran")]}}}})
        done = self.program("snapshot", "create", self.tree, "--username=user", "--hostname=host", env=self.environment)
        self.assertIn("has the action beforeSnapshotRoot, which is not run", done.stderr)
        self.assertFalse((self.directory / "ran").exists())


class ErrorsByPolicies(_PolicyTest):
    """As root reads everything, both programs run without the right to."""

    def setUp(self) -> None:
        super().setUp()
        for program in (self.kopia, self.program):
            wrapper = self.directory / f"without-{Path(program.binary).name}"
            rights = "setpriv --inh-caps=-all --bounding-set=-dac_override,-dac_read_search --" if os.geteuid() == 0 else "exec"
            wrapper.write_text(f"#!/bin/sh\nexec {rights.removeprefix('exec')} {program.binary} \"$@\"\n", encoding="utf-8")
            wrapper.chmod(0o755)
            program.binary = wrapper

    def errors(self, manifest: Any) -> Any:
        summary = manifest["rootEntry"]["summ"]
        return (summary["numFailed"], summary.get("numIgnoredErrors", 0), [one["path"] for one in summary.get("errors", [])], summary["files"],
                summary["dirs"], summary["size"], manifest["stats"]["errorCount"], manifest["stats"]["ignoredErrorCount"])

    def test_what_cannot_be_read_counts_as_the_policy_says(self) -> None:
        make_tree(self.tree, seed=5)
        for directory in ("closed", "a/closed", "bad rules", "dangling rules"):
            (self.tree / directory).mkdir()
        (self.tree / "closed/x").write_text("x", encoding="utf-8")
        (self.tree / "bad rules/.kopiaignore").write_text("[\n", encoding="utf-8")
        (self.tree / "dangling rules/.kopiaignore").symlink_to("nowhere")
        (self.tree / "a/secret").write_text("secret", encoding="utf-8")
        os.mkfifo(self.tree / "a/fifo")
        self.addCleanup(lambda: [(self.tree / name).chmod(0o700) for name in ("closed", "a/closed", "a/secret")])
        for name in ("closed", "a/closed", "a/secret"):
            (self.tree / name).chmod(0)
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(str(self.tree / "socket"))
            for handling in ({}, {"ignoreFileErrors": True}, {"ignoreDirectoryErrors": True}, {"ignoreFileErrors": True, "ignoreDirectoryErrors": True},
                             {"ignoreUnknownTypes": False}, {"ignoreUnknownTypes": False, "ignoreFileErrors": True, "ignoreDirectoryErrors": True}):
                with self.subTest(handling=handling):
                    self.set_policies({"(global)": {"errorHandling": handling}, self.key(self.tree / "a"): {"errorHandling": {"ignoreFileErrors": True}}})
                    # "a" has a policy of its own, with which its directories are not forgiven.
                    stock = self.saved_by_stock(self.tree, fails=True)
                    ours = self.saved_by_salvor(self.tree, expect=3)
                    self.assertEqual(self.errors(ours), self.errors(stock))
            self.set_policies({"(global)": {"errorHandling": {"ignoreFileErrors": True, "ignoreDirectoryErrors": True}}})
            stock, ours = self.saved_by_stock(self.tree), self.saved_by_salvor(self.tree)
            self.assertEqual(self.errors(ours), self.errors(stock))
            self.assertEqual(ours["rootEntry"]["summ"]["numFailed"], 0)

    def test_a_root_with_rules_that_are_none_is_not_saved(self) -> None:
        self.tree.mkdir()
        (self.tree / ".kopiaignore").write_text("[[:nothing:]]\n", encoding="utf-8")
        with self.assertRaises(Exception):
            self.kopia("snapshot", "create", self.tree)
        said = self.program("snapshot", "create", self.tree, env=self.environment, expect=1).stderr
        self.assertIn("no class [:nothing:]", said)
        self.assertEqual(self.kopia.snapshots(), [])


class Expiring(_PolicyTest):
    """Histories of many sources at a time, each with a policy of its own."""

    SOURCES = 44

    def setUp(self) -> None:
        self.zone = "America/New_York"
        self.enterContext(mock.patch.dict(os.environ, {"TZ": self.zone}))
        super().setUp()
        self.rng = random.Random(6)
        self.sources = []
        for i in range(self.SOURCES):
            source = self.tree / f"source{i:02}"
            source.mkdir(parents=True)
            for name in ("a", "b", "c"):
                (source / name).write_bytes(self.rng.randbytes(600_000))
            self.sources.append(source)

    def make_histories(self) -> None:
        self.set_policies({"(global)": {"retention": {"keepLatest": 1000}}})
        minutes = 0
        for step in range(46):
            minutes += self.rng.choice([20, 45, 200, 1440, 1440, 5000, 20000, 60000])
            day, minute = divmod(minutes, 1440)
            month, day = divmod(day, 28)
            year, month = divmod(month, 12)
            start = f"{2018 + year}-{month + 1:02}-{day + 1:02} {minute // 60:02}:{minute % 60:02}:{self.rng.randrange(60):02} UTC"
            some = [source for source in self.sources if self.rng.random() < 0.35]
            words = ["snapshot", "create", f"--start-time={start}", *(["--pin=keep"] if step % 7 == 5 else [])]
            if step % 5 == 4:  # these are read again until the limit, and are incomplete
                for source in some[:5]:
                    self.kopia(*words, source, "--upload-limit-mb=1", "--force-hash=100", "--parallel=1")
            else:
                self.kopia(*words, *some)

    def random_retention(self) -> Any:
        kept = {key: self.rng.randrange(6) for key in _RETENTION if self.rng.random() < 0.6}
        return {"retention": kept, **({"noParent": True} if self.rng.random() < 0.3 else {})}

    def test_what_expires_and_why_not_is_what_stock_says(self) -> None:
        self.make_histories()
        self.set_policies({"(global)": {"retention": {"keepLatest": 2, "keepWeekly": 3}}, **{self.key(source): self.random_retention() for source in self.sources}})
        stock = {one["id"]: one.get("retentionReason", []) for one in self.kopia.snapshots()}
        listed = json.loads(self.salvor("snapshot", "list", "-o", "json"))["items"]
        self.assertGreater(len(stock), 300)
        self.assertEqual({one["id"]: one["retention"] for one in listed}, stock)
        self.assertIn("incomplete", {reason for reasons in stock.values() for reason in reasons})
        self.assertTrue(any(one["pins"] and not one["retention"] for one in listed), "some are kept by their pins alone")
        copy = self.directory / "copy"
        shutil.copytree(self.repository, copy)
        planned = json.loads(self.salvor("snapshot", "expire", "-o", "json"))["items"]
        self.assertEqual(len(self.kopia.snapshots()), len(stock), "nothing goes without --confirm")
        self.salvor("snapshot", "expire", self.sources[0], "--confirm", "--username=user", "--hostname=host")
        self.kopia("snapshot", "expire", self.sources[0], "--delete")
        gone = {one["id"] for one in planned if one["expired"]}
        of_first = {one["id"] for one in planned if one["expired"] and one["source"]["path"] == str(self.sources[0])}
        self.assertEqual({one["id"] for one in self.kopia.snapshots()}, set(stock) - of_first)
        self.salvor("snapshot", "expire", "--confirm")
        left = {one["id"] for one in self.kopia.snapshots()}
        self.assertEqual(left, set(stock) - gone)
        other = StockKopia(self.directory / "other kopia")
        other("repository", "connect", "filesystem", "--path", copy, "--override-username=user", "--override-hostname=host")
        other("snapshot", "expire", "--all", "--delete")
        self.assertEqual({one["id"] for one in other.snapshots()}, left, "stock expires the same")
        self.kopia("snapshot", "verify", "--verify-files-percent=1")
        self.compare_saving(set(stock), other)

    def compare_saving(self, old: set[str], other: StockKopia) -> None:
        """A new snapshot makes others go: of the same sources, whether salvor saves it or stock in its copy of the repository."""
        for kopia in (self.kopia, other):
            kopia("policy", "set", "--global", "--keep-latest=1", "--keep-weekly=1")
        identity = ("--username=user", "--hostname=host")
        before = {one["id"] for one in self.kopia.snapshots()}
        self.salvor("snapshot", "create", self.sources[0], "--no-expire", *identity)
        self.assertLessEqual(before, {one["id"] for one in self.kopia.snapshots()})
        self.salvor("snapshot", "create", *self.sources[1:20], *identity)
        other("snapshot", "create", *self.sources[1:20])
        left = {one["id"] for one in self.kopia.snapshots()} & old
        self.assertLess(left, before)
        self.assertEqual(left, {one["id"] for one in other.snapshots()} & old)


if __name__ == "__main__":
    unittest.main()
