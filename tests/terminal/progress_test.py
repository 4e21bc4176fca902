"""The progress block on a terminal, as the terminal's user sees it.

pyte, a terminal emulator, plays the terminal behind a real pseudo-terminal. The painter repaints once for every line it is
sent and answers when it has, so that the screen is looked at at known instants.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte

_ROOT = Path(__file__).resolve().parents[2]
PAINTER = os.environ.get("PROGRESS_PAINTER", str(_ROOT / "build/dev/tests/progress_painter"))


class Terminal:
    """A painter whose standard error is a terminal of the given size."""

    def __init__(self, columns: int, *flags: str, **variables: str) -> None:
        self.master, slave = pty.openpty()
        self.screen = pyte.Screen(columns, 12)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.resize(columns)
        self.painter = subprocess.Popen([PAINTER, *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave,
                                        text=True, env=os.environ | {"TERM": "xterm"} | variables)
        os.close(slave)

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 12, columns, 0, 0))
        self.screen.resize(12, columns)

    def paint(self, line: str) -> list[str]:
        print(line, file=self.painter.stdin, flush=True)
        self.expect("painted")
        return self.look()

    def end(self) -> list[str]:
        self.painter.stdin.close()
        self.expect("done")
        self.painter.stdout.close()
        self.painter.wait()
        return self.look()

    def expect(self, answer: str) -> None:
        said = self.painter.stdout.readline().strip()
        if said != answer:
            raise AssertionError(f"the painter said {said!r} instead of {answer!r}")

    def look(self) -> list[str]:
        """The lines on the screen, once everything written so far has been shown."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                text = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                break
            self.raw += text
            self.stream.feed(text)
        return [line.rstrip() for line in self.screen.display]


@contextmanager
def terminal(columns: int, *flags: str, **variables: str) -> Iterator[Terminal]:
    it = Terminal(columns, *flags, **variables)
    try:
        yield it
    finally:
        if it.painter.poll() is None:
            it.painter.kill()
            it.painter.wait()
        it.painter.stdin.close()
        it.painter.stdout.close()
        os.close(it.master)


class ProgressOnATerminal(unittest.TestCase):
    def test_repaints_in_place(self) -> None:
        with terminal(70) as screen:
            screen.paint("10 secrets in media")
            lines = screen.paint("50 configmaps in shop")
            self.assertRegex(lines[0], r"^backup \[#+\.+\] 50%  50/100 items")
            self.assertEqual(lines[1], "  configmaps in shop")
            self.assertEqual(lines[2:], [""] * 10)

    def test_leaves_an_empty_screen_and_the_cursor_where_it_was(self) -> None:
        with terminal(70) as screen:
            screen.paint("10 secrets in media")
            self.assertEqual(screen.end(), [""] * 12)
            self.assertEqual((screen.screen.cursor.x, screen.screen.cursor.y), (0, 0))

    def test_a_shorter_block_leaves_nothing_of_a_longer_one(self) -> None:
        with terminal(70) as screen:
            screen.paint("10 a long name of something that is being saved")
            lines = screen.paint("20 x")
            self.assertEqual(lines[1], "  x")

    def test_follows_a_window_that_is_resized(self) -> None:
        with terminal(100) as screen:
            screen.paint("10 " + "n" * 90)
            screen.resize(40)
            lines = screen.paint("50 " + "n" * 90)
            self.assertTrue(lines[0].startswith("backup 50%") or lines[0].startswith("backup ["), lines)
            self.assertEqual(lines[1], "  " + "n" * 36 + "…")
            self.assertEqual(lines[2:], [""] * 10)
            screen.resize(100)
            self.assertEqual(screen.paint("60 " + "n" * 90)[1], "  " + "n" * 90)

    def test_a_message_from_elsewhere_is_not_painted_over(self) -> None:
        with terminal(70) as screen:
            screen.paint("10 secrets in media")
            screen.stream.feed(b"level=warning msg=something\r\n")
            lines = screen.paint("20 secrets in media")
            self.assertTrue(lines[0].startswith("level=warning msg=something"), lines)
            self.assertIn("20/100 items", lines[1])
            self.assertEqual(lines[2], "  secrets in media")

    def test_a_name_with_escape_sequences_draws_nothing(self) -> None:
        with terminal(70) as screen:
            self.assertEqual(screen.paint("10 evil\x1b[2J\x1b[5;5Hname")[1], r"  evil\x1b[2J\x1b[5;5Hname")

    def test_quiet_means_not_a_byte(self) -> None:
        with terminal(70, "--quiet") as screen:
            screen.paint("10 secrets in media")
            screen.end()
            self.assertEqual(screen.raw, b"")


class ProgressElsewhere(unittest.TestCase):
    def test_writes_plain_lines(self) -> None:
        done = subprocess.run([PAINTER], input="10 a\n50 b\n", capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr.splitlines(), [
            "backup: 10%, 10/100 items, 10.0/s, 1.0s, a".replace("10.0/s", "10/s"),
            "backup: 50%, 50/100 items, 2.0s left, 25/s, 2.0s, b",
            "backup: 50%, 50/100 items, 2.0s left, 25/s, 2.0s, b",
        ])


if __name__ == "__main__":
    unittest.main()
