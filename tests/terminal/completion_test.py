"""Completion scripts in the shells they are for: bash, zsh and fish answer what TAB would offer."""

import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.harness.salvor import find_binary

_BASH = r"""
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_salvor
printf '%s\n' "${COMPREPLY[@]}"
"""
_TOP = {"backup", "restore", "object", "repo", "snapshot", "etcd", "key", "location", "version", "completion", "man", "help"}


def script(shell: str, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(subprocess.run([find_binary(), "completion", shell], capture_output=True, text=True, check=True).stdout)
    return path


class Candidates:
    """The same questions to every shell; `ask` returns what it offers for the last word."""

    def ask(self, *words: str) -> set[str]:
        raise NotImplementedError

    def test_offers_groups_and_commands(self) -> None:
        self.assertEqual(self.ask("salvor", ""), _TOP)
        self.assertEqual(self.ask("salvor", "backup", "de"), {"describe", "delete"})

    def test_offers_the_flags_of_the_command_alone(self) -> None:
        self.assertEqual(self.ask("salvor", "restore", "create", "--from-"),
                         {"--from-backup", "--from-schedule", "--from-file"})
        self.assertEqual(self.ask("salvor", "backup", "verify", "--from-"), set())

    def test_offers_global_flags_everywhere(self) -> None:
        self.assertEqual(self.ask("salvor", "object", "get", "--kubeconf"), {"--kubeconfig"})

    def test_offers_the_values_of_a_choice(self) -> None:
        self.assertEqual(self.ask("salvor", "backup", "get", "-o", ""), {"table", "json", "yaml", "name"})
        self.assertEqual(self.ask("salvor", "backup", "create", "n", "--output", "j"), {"json"})
        self.assertEqual(self.ask("salvor", "completion", ""), {"bash", "zsh", "fish"})

    def test_finds_the_command_behind_flags_and_their_values(self) -> None:
        self.assertEqual(self.ask("salvor", "--context", "backup", "restore", "pl"), {"plan"})
        self.assertEqual(self.ask("salvor", "--quiet", "restore", "pl"), {"plan"})

    def test_offers_files_for_paths(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "cluster.yaml").touch()
        offered = self.ask("salvor", "backup", "create", "--from-file", f"{folder}/clu")
        self.assertEqual({Path(name).name for name in offered}, {"cluster.yaml"})


class InBash(Candidates, unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.script = script("bash", Path(cls.enterClassContext(tempfile.TemporaryDirectory())), "salvor")

    def ask(self, *words: str) -> set[str]:
        done = subprocess.run(["bash", "--norc", "-c", _BASH, "bash", self.script, *words], capture_output=True, text=True,
                              check=True)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_completes_behind_an_equals_sign_which_bash_makes_a_word(self) -> None:
        self.assertEqual(self.ask("salvor", "backup", "get", "--output", "=", "ya"), {"yaml"})
        self.assertEqual(self.ask("salvor", "backup", "create", "--snapshot-volumes", "=", ""), {"true", "false"})

    def test_passes_shellcheck(self) -> None:
        # SC2207 and SC2119 speak of other ways to fill COMPREPLY; nothing else is excused.
        done = subprocess.run(["shellcheck", "--shell=bash", self.script], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "")


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class InFish(Candidates, unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.script = script("fish", folder, "salvor.fish")
        cls.environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}

    def ask(self, *words: str) -> set[str]:
        line = " ".join(words)
        done = subprocess.run(["fish", "--no-config", "-c", f"source {self.script}; complete -C '{line}'"],
                              capture_output=True, text=True, check=True, env=self.environment)
        self.assertEqual(done.stderr, "")
        return {line.split("\t")[0] for line in done.stdout.splitlines()}


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class InZsh(Candidates, unittest.TestCase):
    """zsh completes only on a terminal, so a real one types the line and presses TAB."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        script("zsh", cls.folder, "_salvor")
        (cls.folder / ".zshrc").write_text(
            f"fpath=({cls.folder} $fpath)\nautoload -Uz compinit && compinit -u -d {cls.folder}/dump\n"
            "zstyle ':completion:*' list-grouped false\nzstyle ':completion:*' verbose no\n"
            "zstyle ':completion:*' insert-unambiguous false\nunsetopt auto_menu list_ambiguous\n"
            # Instead of drawing candidates, compadd's matches go to a file between two marks.
            "functions[compadd_salvor]=''\n"
            "compadd() { builtin compadd -O found \"$@\"; print -rl -- $found >>$ANSWER; builtin compadd \"$@\" }\n"
            "answered() { zle complete-word; print -r -- '<end>' >>$ANSWER; exit }\nzle -N answered\nbindkey '^I' answered\n"
            "PS1='ready> '\n")

    def ask(self, *words: str) -> set[str]:
        answer = self.folder / "answer"
        answer.write_text("")
        child, master = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execvpe("zsh", ["zsh", "-i"], os.environ | {"ZDOTDIR": str(self.folder), "ANSWER": str(answer), "TERM": "dumb"})
        try:
            self.read_until(master, rb"ready> ")
            os.write(master, (" ".join(words) + "\t").encode())
            self.read_until(master, None)
        finally:
            os.close(master)
            os.waitpid(child, 0)
        said = answer.read_text().splitlines()
        self.assertIn("<end>", said)
        last = words[-1]
        return {re.sub(r"\\(.)", r"\1", line) for line in said if line not in ("", "<end>") and line.startswith(os.path.basename(last))}

    def read_until(self, master: int, mark: bytes | None) -> None:
        seen = b""
        while mark is None or not re.search(mark, seen):
            if not select.select([master], [], [], 60)[0]:
                raise AssertionError(f"zsh is silent; it said {seen!r}")
            try:
                text = os.read(master, 4096)
            except OSError:
                text = b""
            if not text:
                return
            seen += text


if __name__ == "__main__":
    unittest.main()
