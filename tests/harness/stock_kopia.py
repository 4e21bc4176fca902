"""Stock kopia and its repositories: the oracle for what lies in one.

    kopia = StockKopia(Path("/tmp/home"))
    kopia.create("filesystem", "--path", "/tmp/repo", "--block-hash=BLAKE3-256")
    snapshot = kopia.snapshot(Path("/tmp/tree"))            # what `snapshot create --json` says
    kopia.policy("--compression=zstd")

Each has a home of its own, with its configuration, cache and password; nothing of it is told to anybody outside.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.harness.control_plane import find_programs

PASSWORD = "correct horse"
_SECONDS = 300


class KopiaError(Exception):
    pass


class StockKopia:
    def __init__(self, home: Path, password: str = PASSWORD) -> None:
        self.binary = find_programs("kopia")["kopia"]
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("KOPIA_", "AWS_"))} | {
            "HOME": str(home), "KOPIA_CONFIG_PATH": str(home / "repository.config"), "KOPIA_CACHE_DIRECTORY": str(home / "cache"),
            "KOPIA_PASSWORD": password, "KOPIA_CHECK_FOR_UPDATES": "false", "KOPIA_PERSIST_CREDENTIALS_ON_CONNECT": "false",
            "KOPIA_LOG_DIR": str(home / "logs"), "KOPIA_BYTES_STRING_BASE_2": "true",
            "KOPIA_UPGRADE_LOCK_ENABLED": "true",  # a hidden command, no more
            "GOGC": "400"}  # its memory is not what is tested, and collecting it takes a part of its time

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Whatever comes of it."""
        command = [str(self.binary), "--no-progress", "--log-level=error", *map(str, words)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=_SECONDS, check=False)

    def __call__(self, *words: object) -> str:
        done = self.run(*words)
        if done.returncode != 0:
            raise KopiaError(f"kopia {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def json(self, *words: object) -> Any:
        return json.loads(self(*words, "--json"))

    def create(self, *words: object) -> None:
        """As user@host; maintenance runs only when a test says so."""
        self("repository", "create", *words, "--override-hostname=host", "--override-username=user")
        self("maintenance", "set", "--enable-full=false", "--enable-quick=false")

    def policy(self, *flags: str) -> None:
        self("policy", "set", "--global", *flags)

    def snapshot(self, tree: Path) -> Any:
        return self.json("snapshot", "create", tree)

    def snapshots(self) -> list[Any]:
        return list(self.json("snapshot", "list", "--all"))
