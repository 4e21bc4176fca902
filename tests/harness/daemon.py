"""Daemons: long-running programs that a test starts and that never outlive it.

A daemon runs in a process group of its own, with its output in a log file, and asks the kernel to be killed with its parent,
which holds for kill -9 of the tests too. Data of a test are worth nothing, so a stop is always SIGKILL.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# The kernel counts the death of the *thread* that forked as the parent's death. Daemons are therefore forked by one thread
# that lives as long as the interpreter, whichever thread asks for them.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="daemon-forker")


class Memory(NamedTuple):
    """Resident bytes of a process, now and at most so far."""

    resident: int
    peak: int


class Daemon:
    """One long-running program in a process group of its own, with its output in a log file."""

    def __init__(self, command: Sequence[object], log: Path, env: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = _forker.submit(
                subprocess.Popen, [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env=env, process_group=0, preexec_fn=_die_with(os.getpid())).result()

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """Ends the daemon and its children at once; harmless when it has ended."""
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def memory(self) -> Memory:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS:", "VmHWM:"))}
        return Memory(kilobytes["VmRSS"] * 1024, kilobytes["VmHWM"] * 1024)

    def log_tail(self, lines: int = 25) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])


def _die_with(parent: int):
    """What a forked child does before exec: be killed when its parent dies, which may already have happened."""
    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    return prepare
