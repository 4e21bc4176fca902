#!/usr/bin/env python3
"""Time, chance and the environment come through one door each, so that tests can hold the door.

    the clock and every wait   base/clock.cc
    randomness                 base/rng.cc
    environment variables      os, and main's third argument
    threads                    std::jthread and TaskGroup, which stop and join

Tests may set variables and start threads.
"""

import re

import cpp
from sources import ROOT, Report, files

TESTS = ("_test.cc", "_testing.cc")
# pattern, what to use instead, the files that may
SEAMS = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)\s*::\s*now\b", "a Clock&", ("src/base/clock.cc",)),
    (r"\b(gettimeofday|clock_gettime|time\s*\(\s*(nullptr|NULL|0)\s*\))", "a Clock&", ("src/base/clock.cc",)),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.:>])sleep\s*\(", "Clock::wait", ("src/base/clock.cc",)),
    (r"\brandom_device\b|\b(getrandom|arc4random|srand|drand48)\b|(?<![\w.:>])rand\s*\(", "an Rng&", ("src/base/rng.cc",)),
    (r"\b(secure_)?getenv\b|\bsetenv\b|\benviron\b", "the environment that main was given, or os", ("src/os/", *TESTS)),
    (r"\bstd\s*::\s*(thread|async)\b(?!\s*::)|\.\s*detach\s*\(\s*\)", "std::jthread or TaskGroup", TESTS),
]


def may(name: str, doors: tuple[str, ...]) -> bool:
    return any(name.startswith(door) or (door in TESTS and name.endswith(door)) for door in doors)


def main() -> None:
    report = Report("seams")
    looked_at = 0
    for path in files(".h", ".cc", folders=("src",)):
        looked_at += 1
        name = str(path.relative_to(ROOT))
        for number, line in enumerate(cpp.blank(path.read_text(encoding="utf-8")).splitlines(), 1):
            if line.lstrip().startswith("#"):
                continue
            for pattern, instead, doors in SEAMS:
                found = re.search(pattern, line)
                if found and not may(name, doors):
                    report.error(path, number, f"{found.group().strip()} is not for use here; take {instead}")
    report.end(looked_at)


if __name__ == "__main__":
    main()
