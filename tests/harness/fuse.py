"""Whether snapshots can be mounted here, and what is mounted.

    with mounted(command, Path("/tmp/mountpoint"), env):
        ...
"""

import contextlib
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_DEVICE = Path("/dev/fuse")
_SECONDS = 60


def why_no_fuse() -> str:
    """Empty when there is FUSE. The device is made where that is all that is missing."""
    if not _DEVICE.exists():
        try:
            os.mknod(_DEVICE, 0o666 | stat.S_IFCHR, os.makedev(10, 229))
        except OSError as error:
            return f"{_DEVICE} is missing and cannot be made: {error}"
    try:
        os.close(os.open(_DEVICE, os.O_RDWR))
    except OSError as error:
        return f"{_DEVICE} cannot be opened: {error}"
    return ""


@contextlib.contextmanager
def mounted(command: Sequence[object], mountpoint: Path, env: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """While the program runs; then it is interrupted. What it says goes to MOUNTPOINT.log."""
    mountpoint.mkdir(exist_ok=True)
    log = mountpoint.with_suffix(".log")
    with open(log, "wb") as said, subprocess.Popen([*map(str, command)], env=env, stdout=subprocess.DEVNULL, stderr=said) as program:
        try:
            deadline = time.monotonic() + _SECONDS
            while not os.path.ismount(mountpoint):
                if program.poll() is not None or time.monotonic() > deadline:
                    program.kill()
                    raise AssertionError(f"it was not mounted: {log.read_text()}")
                time.sleep(0.01)
            yield program
        finally:
            if program.poll() is None:
                program.send_signal(signal.SIGINT)
                try:
                    program.wait(_SECONDS)
                except subprocess.TimeoutExpired:
                    program.kill()
                    raise
            if os.path.ismount(mountpoint):
                subprocess.run(["umount", "--lazy", mountpoint], check=False)
