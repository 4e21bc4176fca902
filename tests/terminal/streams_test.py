"""The program among other programs: which stream carries what, exit statuses, and output that does not arrive."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.harness.salvor import find_binary


def salvor(*words: str, env: dict[str, str] | None = None, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([find_binary(), *words], capture_output="stdout" not in options, text=True, check=False,
                          env=env or {}, **options)


class Streams(unittest.TestCase):
    def test_help_is_a_result_and_usage_an_error(self) -> None:
        asked = salvor("backup", "create", "--help")
        self.assertEqual((asked.returncode, asked.stderr), (0, ""))
        self.assertIn("--include-namespaces", asked.stdout)
        mistaken = salvor("backup", "create", "--bogus")
        self.assertEqual((mistaken.returncode, mistaken.stdout), (2, ""))
        self.assertIn("unknown flag --bogus", mistaken.stderr)

    def test_a_result_that_does_not_arrive_is_a_failure(self) -> None:
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = salvor("man", stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)

    def test_no_words_at_all_show_help(self) -> None:
        self.assertIn("Usage: salvor COMMAND", salvor().stdout)

    def test_a_page_that_cannot_be_written_is_named(self) -> None:
        done = salvor("man", "--directory", "/nowhere/at/all")
        self.assertEqual(done.returncode, 4)
        self.assertIn("/nowhere/at/all/salvor.1: No such file or directory", done.stderr)

    def test_without_libcurl_only_what_needs_the_network_fails(self) -> None:
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (directory / "libcurl.so.4").write_text("no library")
        (directory / "config").write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: u, user: {}}]\n")
        broken = {"LD_LIBRARY_PATH": str(directory), "HOME": str(directory)}
        self.assertEqual(salvor("--version", env=broken).returncode, 0)
        done = salvor("backup", "create", "b", "--location", str(directory / "to"), "--kubeconfig", str(directory / "config"),
                      env=broken)
        self.assertEqual(done.returncode, 1)
        self.assertIn("libcurl cannot be used: ", done.stderr)
        self.assertIn("Debian's package is libcurl4", done.stderr)


if __name__ == "__main__":
    unittest.main()
