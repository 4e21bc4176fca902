#!/usr/bin/env python3
"""Every room includes only itself and the rooms below it; main.cc sees cli alone.

The order makes the parts testable and the program explainable from the bottom up. CMake links the rooms in the same
order; this check names the line that breaks it, and catches what static libraries let through.
"""

import re

from sources import ROOMS, ROOT, Report, files

_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def allowed(room: str, other: str) -> bool:
    return other in ROOMS and ROOMS.index(other) <= ROOMS.index(room)


def main() -> None:
    report = Report("layers")
    looked_at = 0
    for path in files(".h", ".cc", folders=("src",)):
        looked_at += 1
        parts = path.relative_to(ROOT / "src").parts
        room = parts[0] if len(parts) > 1 else None
        if room is not None and room not in ROOMS:
            report.error(path, 1, f"src/{room} is no room; the rooms are {' '.join(ROOMS)}")
            continue
        if room is None and path.name != "main.cc":
            report.error(path, 1, "only main.cc stands outside a room")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = _INCLUDE.match(line)
            if not match:
                continue
            header = match.group(1)
            other = header.split("/")[0]
            if not (ROOT / "src" / header).is_file():
                report.error(path, number, f'"{header}" is no file below src/; system headers take angle brackets')
            elif room is None and other != "cli":
                report.error(path, number, f"main.cc includes {other}, but may see cli only")
            elif room is not None and not allowed(room, other):
                report.error(path, number, f"{room} includes {other}, which stands above it")
    report.end(looked_at)


if __name__ == "__main__":
    main()
