"""What every check needs: which files are ours, and how a finding is shown.

A check prints "path:line: what is wrong", one finding a line, and ends with status 1 when there is an error. Warnings are
printed and change nothing.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "tests", "fuzz", "bench", "demo", "tools", ".ci")
# Lowest first; a room may include itself and the rooms before it. ARCHITECTURE.md tells what lives where.
ROOMS = ("base", "codec", "os", "crypto", "net", "s3", "store", "repo", "snapshot", "config", "kube", "bbolt", "etcd", "archive", "backup", "restore", "cli")


def files(*suffixes: str, folders: tuple[str, ...] = FOLDERS) -> Iterator[Path]:
    """Our files that end with one of `suffixes`, sorted; corpora and caches are nobody's code."""
    for folder in folders:
        for directory, children, names in os.walk(ROOT / folder):
            children[:] = sorted(c for c in children if c not in ("__pycache__", "corpus", "node_modules"))
            for name in sorted(names):
                if name.endswith(suffixes):
                    yield Path(directory, name)


def cpp_files() -> Iterator[Path]:
    return files(".h", ".cc")


def scripts(interpreter: str) -> Iterator[Path]:
    """Files whose first line names the interpreter, and files with its suffix."""
    suffix = {"bash": ".sh", "python3": ".py"}[interpreter]
    for path in files(""):
        if path.suffix == suffix:
            yield path
        elif not path.suffix:
            with path.open("rb") as stream:
                if stream.readline(80).startswith(f"#!/usr/bin/env {interpreter}".encode()):
                    yield path


class Report:
    """Collects findings; `end` prints the sum and leaves with the status of the check."""

    def __init__(self, check: str) -> None:
        self.check = check
        self.errors = 0
        self.warnings = 0

    def error(self, path: Path, line: int, text: str) -> None:
        self.errors += 1
        print(f"{path.relative_to(ROOT)}:{line}: {text}")

    def warn(self, path: Path, line: int, text: str) -> None:
        self.warnings += 1
        print(f"{path.relative_to(ROOT)}:{line}: warning: {text}")

    def end(self, looked_at: int) -> None:
        print(f"{self.check}: {looked_at} files, {self.errors} errors, {self.warnings} warnings")
        if looked_at == 0:
            print(f"{self.check}: a check that sees no file proves nothing")
        sys.exit(1 if self.errors or looked_at == 0 else 0)
