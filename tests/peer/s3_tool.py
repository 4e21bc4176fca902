"""Runs tests/peer/s3_tool: our S3 storage as a command. S3_TOOL names the program, else it is looked for in build/dev."""

import os
import subprocess
from pathlib import Path

from tests.harness.s3_server import S3Server

_ROOT = Path(__file__).resolve().parents[2]


def tool() -> Path:
    return Path(os.environ.get("S3_TOOL", _ROOT / "build" / "dev" / "tests" / "peer" / "s3_tool"))


def run(server: S3Server, location: str, *arguments: str, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([tool(), location, *arguments], input=data, capture_output=True, check=False, timeout=300,
                          env=server.environment() | environment)


def output(server: S3Server, location: str, *arguments: str, data: bytes = b"") -> bytes:
    """What it prints; it must succeed."""
    done = run(server, location, *arguments, data=data)
    if done.returncode != 0:
        raise AssertionError(f"s3_tool {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def refusal(server: S3Server, location: str, *arguments: str, data: bytes = b"", **environment: str) -> str:
    """What it says on standard error; it must fail."""
    done = run(server, location, *arguments, data=data, **environment)
    if done.returncode != 1:
        raise AssertionError(f"s3_tool {' '.join(arguments)} ended with {done.returncode}: {done.stdout!r}")
    return done.stderr.decode()
