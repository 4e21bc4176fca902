#!/usr/bin/env python3
"""Scripts parse, pass shellcheck, and can be executed when they name an interpreter."""

import ast
import os
import subprocess

import sources
from sources import ROOT, Report


def check_python(report: Report) -> int:
    looked_at = 0
    for path in sources.scripts("python3"):
        looked_at += 1
        text = path.read_text(encoding="utf-8")
        try:
            ast.parse(text, str(path))
        except SyntaxError as error:
            report.error(path, error.lineno or 1, f"no Python: {error.msg}")
        if text.startswith("#!") and not os.access(path, os.X_OK):
            report.error(path, 1, "names an interpreter but cannot be executed: chmod +x")
    return looked_at


def check_bash(report: Report) -> int:
    paths = list(sources.scripts("bash"))
    for path in paths:
        if path.read_bytes().startswith(b"#!") and not os.access(path, os.X_OK):
            report.error(path, 1, "names an interpreter but cannot be executed: chmod +x")
    if paths:
        done = subprocess.run(["shellcheck", "--format=gcc", "--external-sources", *paths], capture_output=True, text=True,
                              cwd=ROOT, check=False)
        print(done.stdout.replace(f"{ROOT}/", ""), end="")
        report.errors += len(done.stdout.splitlines())
        if done.returncode > 1:
            report.error(paths[0], 1, f"shellcheck failed: {done.stderr.strip()}")
    return len(paths)


def main() -> None:
    report = Report("scripts")
    report.end(check_python(report) + check_bash(report))


if __name__ == "__main__":
    main()
