"""Manual pages and the command reference: they render, a linter finds nothing, and the checked-in copy is up to date."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.harness.salvor import ROOT, find_binary

REFERENCE = ROOT / "docs/manual/commands.md"


def salvor(*words: str) -> str:
    return subprocess.run([find_binary(), *words], capture_output=True, text=True, check=True).stdout


class ManPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        salvor("man", "--directory", str(cls.folder))
        cls.pages = sorted(cls.folder.iterdir())

    def test_there_is_one_for_the_program_and_each_command(self) -> None:
        names = {page.name for page in self.pages}
        self.assertIn("salvor.1", names)
        self.assertIn("salvor-backup-create.1", names)
        self.assertIn("salvor-restore-plan.1", names)
        self.assertEqual((self.folder / "salvor-backup-create.1").read_text(), salvor("man", "backup", "create"))

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_finds_nothing_to_warn_about(self) -> None:
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *self.pages], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout + done.stderr, "")

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_sets_them_without_a_complaint(self) -> None:
        for page in self.pages:
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, text=True, check=False)
            self.assertEqual(done.stderr, "", page.name)

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_man_shows_what_a_reader_looks_for(self) -> None:
        shown = subprocess.run(["man", "-l", self.folder / "salvor-backup-create.1"], capture_output=True, text=True,
                               check=True, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}).stdout
        for words in ("salvor backup create [NAME] --location LOC [flags]", "--include-cluster-resources[=true|false]",
                      "'KIND=NS/NAME,NS/NAME;KIND=...'", "EXIT STATUS"):
            self.assertIn(words, shown)


class CommandReference(unittest.TestCase):
    def test_is_what_the_table_of_commands_says(self) -> None:
        self.assertEqual(REFERENCE.read_text(encoding="utf-8"), salvor("man", "--format", "markdown"), "run `make manual`")


if __name__ == "__main__":
    unittest.main()
