#!/usr/bin/env python3
"""C++ is set as clang-format 19 sets it. `make format` does it; here it is only looked at.

format.py --fix rewrites the files.
"""

import re
import subprocess
import sys
from pathlib import Path

from sources import ROOT, Report, cpp_files


def main() -> None:
    report = Report("format")
    paths = list(cpp_files())
    if "--fix" in sys.argv[1:]:
        subprocess.run(["clang-format-19", "-i", *paths], check=True)
        report.end(len(paths))
    done = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *paths], capture_output=True, text=True, check=False)
    for path, line in re.findall(r"^(.+?):(\d+):\d+: error:", done.stderr, re.MULTILINE):
        report.error(Path(path), int(line), "not as clang-format sets it: make format")
    if done.returncode != 0 and report.errors == 0:
        print(done.stderr)
        report.error(ROOT / ".clang-format", 1, "clang-format-19 failed")
    report.end(len(paths))


if __name__ == "__main__":
    main()
