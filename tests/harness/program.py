"""The program for commands that need no cluster: a home of its own, and nothing added to the command line.

    program = Program(Path("/tmp/home"))
    program("location", "add", "nas", "/mnt/nas")        # exit status 0 is expected
    done = program("location", "remove", "x", expect=4)
    program.config.read_text()
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.harness.salvor import SalvorError, find_binary


class Program:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.binary = find_binary()
        self.config = home / ".config/salvor/config.yaml"

    def __call__(self, *args: object, expect: int = 0, env: dict[str, str] | None = None, stdin: str = "",
                 cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(self.command(*args), input=stdin, capture_output=True, text=True, check=False, timeout=300,
                              env=self.environment(env), cwd=cwd or self.home)
        if done.returncode != expect:
            said = f"{done.stdout[-4000:]}{done.stderr[-4000:]}"
            raise SalvorError(f"salvor {' '.join(map(str, args))}: exit {done.returncode}, not {expect}:\n{said}")
        return done

    def json(self, *args: object, expect: int = 0) -> Any:
        return json.loads(self(*args, "-o", "json", expect=expect).stdout)

    def command(self, *args: object) -> list[str]:
        return [str(self.binary), *map(str, args)]

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("SALVOR_", "KUBE", "XDG_", "AWS_"))}
        return kept | {"HOME": str(self.home)} | (extra or {})
