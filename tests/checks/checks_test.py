"""Each check finds what it is for: run on a small tree with one fault, it fails and names the line."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

_CHECKS = Path(__file__).resolve().parents[2] / "tools/checks"
_GOOD = "// A file with an idea.\n#pragma once\n"


class OneFault(unittest.TestCase):
    def setUp(self) -> None:
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copytree(_CHECKS, self.root / "tools/checks", ignore=shutil.ignore_patterns("__pycache__", "exceptions.txt"))
        shutil.copy(_CHECKS.parents[1] / ".clang-format", self.root)
        self.write("tools/checks/exceptions.txt", "# none\n")
        self.write("src/base/good.h", _GOOD)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, self.root / f"tools/checks/{name}.py"], capture_output=True, text=True, check=False)

    def assert_finds(self, name: str, finding: str) -> None:
        done = self.check(name)
        self.assertIn(finding, done.stdout + done.stderr)
        self.assertEqual(done.returncode, 1, done.stdout)

    def test_nothing_is_found_in_a_good_tree(self) -> None:
        for name in ("layers", "budgets", "seams", "scripts", "format"):
            with self.subTest(name):
                done = self.check(name)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_room_that_looks_up(self) -> None:
        self.write("src/cli/x.h", _GOOD)
        self.write("src/base/bad.cc", '// Idea.\n#include "cli/x.h"\n')
        self.assert_finds("layers", "src/base/bad.cc:2: base includes cli, which stands above it")

    def test_a_main_that_knows_more_than_cli(self) -> None:
        self.write("src/main.cc", '// Idea.\n#include "base/good.h"\n')
        self.assert_finds("layers", "src/main.cc:2: main.cc includes base, but may see cli only")

    def test_a_room_that_nobody_knows(self) -> None:
        self.write("src/util/x.h", _GOOD)
        self.assert_finds("layers", "src/util is no room")

    def test_a_header_that_is_not_there(self) -> None:
        self.write("src/base/bad.h", _GOOD + '#include "base/gone.h"\n')
        self.assert_finds("layers", 'src/base/bad.h:3: "base/gone.h" is no file')

    def test_a_file_that_is_too_long(self) -> None:
        self.write("src/base/long.h", _GOOD + "\n" * 500)
        self.assert_finds("budgets", "src/base/long.h:502: 502 lines")

    def test_a_long_file_with_a_reason_is_a_warning(self) -> None:
        self.write("src/base/long.h", _GOOD + "\n" * 500)
        self.write("tools/checks/exceptions.txt", "src/base/long.h lines one table\n")
        self.assertEqual(self.check("budgets").returncode, 0)

    def test_an_exception_without_a_reason(self) -> None:
        self.write("src/base/long.h", _GOOD + "\n" * 500)
        self.write("tools/checks/exceptions.txt", "src/base/long.h lines\n")
        self.assert_finds("budgets", "a reason")

    def test_an_exception_that_nobody_needs(self) -> None:
        self.write("tools/checks/exceptions.txt", "src/base/good.h lines once it was long\n")
        self.assert_finds("budgets", "tools/checks/exceptions.txt:1: src/base/good.h lines needs no exception")

    def test_a_function_that_is_too_long(self) -> None:
        self.write("src/base/bad.cc", "// Idea.\nvoid f() {\n" + "  g();\n" * 90 + "}\n")
        self.assert_finds("budgets", "src/base/bad.cc:2: f has 92 lines")

    def test_a_python_function_that_is_too_long(self) -> None:
        self.write("tests/bad.py", '"""Idea."""\n\n\ndef f():\n' + "    g()\n" * 90)
        self.assert_finds("budgets", "tests/bad.py:4: f has 91 lines")

    def test_a_file_without_an_idea(self) -> None:
        self.write("src/base/bad.h", "#pragma once\n")
        self.assert_finds("budgets", "src/base/bad.h:1: the file does not begin with a comment")

    def test_doors_that_are_passed_by(self) -> None:
        for line, word in (("auto t = std::chrono::steady_clock::now();", "steady_clock::now"),
                           ("std::this_thread::sleep_for(x);", "sleep_for"), ("std::random_device d;", "random_device"),
                           ("int r = rand();", "rand"), ('const char* h = getenv("HOME");', "getenv"),
                           ("std::thread t(f);", "std::thread")):
            with self.subTest(word):
                self.write("src/base/bad.cc", f"// Idea: rand() and getenv.\n{line}\n")
                self.assert_finds("seams", f"src/base/bad.cc:2: {word}")

    def test_words_that_only_look_like_a_door(self) -> None:
        self.write("src/base/fine.cc", '// getenv\nint operand(int); int x = operand(1); auto y = rng.rand(); f("getenv");\n')
        self.assertEqual(self.check("seams").returncode, 0)

    def test_a_script_with_a_shell_mistake(self) -> None:
        self.write("tools/bad.sh", "# shellcheck shell=bash\n# Idea.\nrm $1\n")
        self.assert_finds("scripts", "SC2086")

    def test_a_script_that_does_not_parse(self) -> None:
        self.write("tools/bad.py", '"""Idea."""\ndef f(:\n')
        self.assert_finds("scripts", "tools/bad.py:2: no Python")

    def test_a_script_that_cannot_be_executed(self) -> None:
        self.write("tools/bad", "#!/usr/bin/env bash\n# Idea.\ntrue\n")
        self.assert_finds("scripts", "tools/bad:1: names an interpreter but cannot be executed")

    def test_code_that_is_set_differently(self) -> None:
        self.write("src/base/bad.cc", "// Idea.\nint   f( ) ;\n")
        self.assert_finds("format", "src/base/bad.cc:2: not as clang-format sets it")


if __name__ == "__main__":
    unittest.main()
