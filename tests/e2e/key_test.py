"""`salvor key`: keys that stock age takes, files that nobody else can read and nothing replaces, secrets only where asked.

python3 -m unittest tests.e2e.key_test
"""

import os
import pty
import re
import select
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.harness.salvor import find_binary

_SECONDS = 120
_IDENTITY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}")
_RECIPIENT = re.compile(r"age1[0-9a-z]{58}")


def keygen_says(key: Path) -> str:
    """The recipient of an identity file, by age's own tool."""
    return subprocess.run(["age-keygen", "-y", key], capture_output=True, text=True, check=True).stdout.strip()


class Key(unittest.TestCase):
    def setUp(self) -> None:
        self.at = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def salvor(self, *words: object, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([find_binary(), "key", *map(str, words)], capture_output=True, text=True, check=False,
                              timeout=_SECONDS, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def on_a_terminal(self, *words: object, typed: str = "") -> tuple[int, str]:
        """Exit status and all that was on the terminal; `typed` answers the first question."""
        child, terminal = pty.fork()
        if child == 0:
            os.execv(find_binary(), ["salvor", "key", *map(str, words)])
        shown = b""
        while select.select([terminal], [], [], _SECONDS)[0]:
            try:
                piece = os.read(terminal, 1000)
            except OSError:
                break
            shown += piece
            if typed and shown.endswith(b": "):
                os.write(terminal, typed.encode() + b"\n")
                typed = ""
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()

    def test_generate_makes_a_private_file_and_prints_only_the_recipient(self) -> None:
        key = self.at / "key"
        done = self.salvor("generate", "--output", key)
        self.assertRegex(done.stdout, rf"\A{_RECIPIENT.pattern}\n\Z")
        self.assertNotRegex(done.stdout + done.stderr, _IDENTITY)
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        self.assertEqual(keygen_says(key), done.stdout.strip())
        self.assertEqual(self.salvor("show", key).stdout, done.stdout)
        self.assertEqual(os.listdir(self.at), ["key"])

    def test_generate_never_replaces_a_file(self) -> None:
        key = self.at / "key"
        key.write_text("precious")
        done = self.salvor("generate", "--output", key, expect=1)
        self.assertIn("exists already", done.stderr)
        self.assertEqual(key.read_text(), "precious")
        self.salvor("generate", "--output", self.at / "no" / "such" / "folder", expect=1)

    def test_generate_writes_to_a_pipe_but_not_unasked_to_a_terminal(self) -> None:
        done = self.salvor("generate")
        self.assertRegex(done.stdout, _IDENTITY)
        self.assertNotRegex(done.stderr, _IDENTITY)
        key = self.at / "key"
        key.write_text(done.stdout)
        self.assertIn(keygen_says(key), done.stderr)
        status, shown = self.on_a_terminal("generate")
        self.assertEqual(status, 1)
        self.assertIn("would be shown", shown)
        self.assertNotRegex(shown, _IDENTITY)
        status, shown = self.on_a_terminal("generate", "--output", "-")
        self.assertEqual(status, 0)
        self.assertRegex(shown, _IDENTITY)

    def test_two_keys_differ(self) -> None:
        self.assertNotEqual(self.salvor("generate").stdout, self.salvor("generate").stdout)

    def test_show_prints_the_recipient_of_each_identity_of_age_keygen(self) -> None:
        keys = [self.at / "one", self.at / "two"]
        for key in keys:
            subprocess.run(["age-keygen", "-o", key], capture_output=True, check=True)
        both = self.at / "both"
        both.write_text("# mine\n" + "\n".join(key.read_text() for key in keys))
        done = self.salvor("show", both)
        self.assertEqual(done.stdout.split(), [keygen_says(key) for key in keys])

    def test_show_asks_for_the_passphrase_of_a_locked_file(self) -> None:
        key, locked = self.at / "key", self.at / "key.age"
        recipient = self.salvor("generate", "--output", key).stdout.strip()
        self._lock(key, locked, "correct-horse")
        self.assertIn("no terminal", self.salvor("show", locked, expect=1).stderr)
        status, shown = self.on_a_terminal("show", locked, typed="correct-horse")
        self.assertEqual(status, 0, shown)
        self.assertIn(recipient, shown)
        self.assertNotIn("correct-horse", shown)
        self.assertNotRegex(shown, _IDENTITY)
        status, shown = self.on_a_terminal("show", locked, typed="battery-staple")
        self.assertEqual(status, 1, shown)
        self.assertIn("whoever has its passphrase", shown)

    def test_show_says_what_is_wrong_with_a_file_and_repeats_nothing_of_it(self) -> None:
        key = self.at / "key"
        self.salvor("generate", "--output", key)
        secret = _IDENTITY.search(key.read_text()).group()
        key.write_text(f"# damaged\n{secret[:-1]}{'Q' if secret[-1] != 'Q' else 'P'}\n")
        done = self.salvor("show", key, expect=1)
        self.assertIn("line 2", done.stderr)
        self.assertNotIn(secret[20:30], done.stderr)
        for text, said in (("", "no identities"), ("age1qqqq\n", "recipient"), ("-----BEGIN OPENSSH PRIVATE KEY-----", "SSH"),
                           ("AGE-PLUGIN-YUBIKEY-1QQQ\n", "plugin")):
            key.write_text(text)
            self.assertIn(said, self.salvor("show", key, expect=1).stderr)
        self.salvor("show", self.at / "absent", expect=1)
        self.salvor("show", self.at, expect=1)

    def _lock(self, key: Path, locked: Path, passphrase: str) -> None:
        """By stock age on a terminal of its own, armored."""
        child, terminal = pty.fork()
        if child == 0:
            os.execvp("age", ["age", "--passphrase", "--armor", "-o", str(locked), str(key)])
        shown = b""
        while select.select([terminal], [], [], _SECONDS)[0]:
            try:
                shown += os.read(terminal, 1000)
            except OSError:
                break
            if b"assphrase" in shown and shown.rstrip(b" ").endswith(b":"):
                shown = b""
                os.write(terminal, passphrase.encode() + b"\n")
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)


if __name__ == "__main__":
    unittest.main()
