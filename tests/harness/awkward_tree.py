"""A tree of files that is awkward to save, the same for the same seed, and what a tree holds, to be compared.

    make_tree(Path("/tmp/tree"), seed=1)
    assert facts(Path("/tmp/tree")) == facts(Path("/tmp/restored"))
"""

import hashlib
import os
import random
import stat
from pathlib import Path

_NANOSECONDS = 1_600_000_000_123_456_789


def make_tree(root: Path, seed: int) -> None:
    """Directories, files from empty to some megabytes, links, modes, names in other scripts, times to the nanosecond."""
    rng = random.Random(seed)
    root.mkdir()
    for directory in ("a", "a/b", "a/b/c", "empty", "каталог", "mode", " space ", "many"):
        (root / directory).mkdir()
    files = {
        "a/empty": b"", "a/one": b"x", "a/b/hundred": rng.randbytes(100), "a/b/c/page": rng.randbytes(4096),
        "каталог/файл ☃ <&>": b"unicode\n", " space / x ": b"spaces\n", "a/line\nbreak": b"control\n",
        "large": rng.randbytes(9_000_000), "twice": rng.randbytes(3_000_000) * 2, "text": b"the same line again\n" * 200_000,
        "zeros": bytes(5_000_000),
    }
    files |= {f"many/{i:03}": rng.randbytes(rng.randrange(3000)) for i in range(300)}
    for name, content in files.items():
        (root / name).write_bytes(content)
    with open(root / "holes", "wb") as holes:
        holes.seek(12_000_000)
        holes.write(b"end")
    (root / "dangling").symlink_to("/nowhere/at all")
    (root / "a/link").symlink_to("../large")
    for mode in (0o400, 0o644, 0o4755, 0o2711, 0o1777, 0o000):
        path = root / f"mode/{mode:o}"
        path.write_bytes(b"mode\n")
        path.chmod(mode)
    (root / "a/b").chmod(0o2750)
    everything = sorted(root.rglob("*"), key=lambda path: len(path.parts), reverse=True)
    for i, path in enumerate(everything):
        os.utime(path, ns=(_NANOSECONDS, _NANOSECONDS + i * 1_000_000_007), follow_symlinks=False)


def change_tree(root: Path) -> None:
    """Something is added, removed, changed and appended to."""
    (root / "many/000").unlink()
    (root / "many/new").write_bytes(b"new\n")
    with open(root / "large", "r+b") as large:
        large.seek(4_000_000)
        large.write(b"changed in the middle")
    with open(root / "text", "ab") as text:
        text.write(b"and one more\n")


def facts(root: Path) -> dict[str, tuple[object, ...]]:
    """Of everything below `root`: type, mode, owner, size and time, and the content's hash or the link's target."""
    found = {}
    for path in [root, *root.rglob("*")]:
        about = path.lstat()
        content: object = None
        if stat.S_ISREG(about.st_mode):
            content = (about.st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        elif stat.S_ISLNK(about.st_mode):
            content = os.readlink(path)
        mode = None if stat.S_ISLNK(about.st_mode) else stat.S_IMODE(about.st_mode)
        found[str(path.relative_to(root))] = (stat.S_IFMT(about.st_mode), mode, about.st_uid, about.st_gid, about.st_mtime_ns, content)
    return found
