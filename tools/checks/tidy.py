#!/usr/bin/env python3
"""clang-tidy over every source but tests, and only over those that changed since it last found them clean.

    tidy.py BUILD_DIRECTORY [FILE...]

A file's key covers its own text, every header of ours that it reaches, .clang-tidy, its compile command and the version
of clang-tidy, none of which depends on where the checkout is. Clean keys are kept in the cache ($SALVOR_CACHE/tidy), so
a second run costs a second in any checkout, and a change in one room costs that room and what stands on it. A key that
nobody asked for in a month is forgotten.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from sources import ROOT, Report

_TOOL = "clang-tidy-19"
_MOST_SECONDS_UNASKED = 30 * 24 * 3600
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def cache_directory() -> Path:
    """As tools/peers/steps.sh finds it."""
    return Path(os.environ.get("SALVOR_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "salvor")


@cache
def reached(path: Path) -> frozenset[Path]:
    """The file and every header below src/ that it includes, directly or not."""
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for name in _INCLUDE.findall(current.read_text(encoding="utf-8")):
            header = ROOT / "src" / name
            if header.is_file():
                waiting.append(header)
    return frozenset(seen)


def key_of(path: Path, command: str, version: str) -> str:
    digest = hashlib.sha256((version + command.replace(str(ROOT), "")).encode())
    digest.update((ROOT / ".clang-tidy").read_bytes())
    for part in sorted(reached(path)):
        digest.update(str(part.relative_to(ROOT)).encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def look_at(path: Path, build: Path) -> str:
    """What clang-tidy says; empty when there is nothing to say."""
    done = subprocess.run(
        [_TOOL, "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option", path],
        capture_output=True, text=True, check=False,
    )
    if done.returncode == 0:
        return ""
    return done.stdout.replace(f"{ROOT}/", "") or done.stderr


def main() -> None:
    report = Report("tidy")
    build = Path(sys.argv[1]).resolve()
    only = {Path(name).resolve() for name in sys.argv[2:]}
    version = subprocess.run([_TOOL, "--version"], capture_output=True, text=True, check=True).stdout
    clean = cache_directory() / "tidy"
    clean.mkdir(parents=True, exist_ok=True)
    commands = {Path(entry["file"]): entry["command"] for entry in json.loads((build / "compile_commands.json").read_text())}
    ours = {path: command for path, command in commands.items()
            if path.is_relative_to(ROOT) and not path.is_relative_to(build) and not path.name.endswith("_test.cc")
            and (not only or path in only)}
    keys = {path: key_of(path, command, version) for path, command in ours.items()}
    changed = [path for path, key in keys.items() if not (clean / key).exists()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (path, said) in enumerate(zip(changed, pool.map(lambda p: look_at(p, build), changed)), 1):
            print(f"[{number}/{len(changed)}] {path.relative_to(ROOT)}", flush=True)
            if said:
                print(said)
                report.errors += 1
            else:
                (clean / keys[path]).touch()
    for key in keys.values():
        if (clean / key).exists():
            (clean / key).touch()
    for old in clean.iterdir():
        if time.time() - old.stat().st_mtime > _MOST_SECONDS_UNASKED:
            old.unlink(missing_ok=True)
    report.end(len(ours))


if __name__ == "__main__":
    main()
