"""A block device is saved as a file of its bytes, and is for stock kopia the object that a file of them is.

A loop device when this runs as root and the kernel gives one; always a file that is taken for a device by what stat says of it, so
that nothing is left out where there is none.

python3 -m unittest tests.peer.kopia_device_test
"""

import os
import random
import subprocess
import sys
import unittest
from pathlib import Path

from tests.harness.both_kopias import BothKopias
from tests.harness.salvor import ROOT

_SHIM = Path(os.environ.get("BLOCK_DEVICE_SHIM", ROOT / "build/dev/tests/peer/libblock_device_shim.so"))


class Devices(BothKopias):
    def test_a_device_is_the_object_of_its_bytes_and_comes_back_as_them(self) -> None:
        chance = random.Random(7)
        image = self.directory.resolve() / "image"
        image.write_bytes(chance.randbytes(5 << 20) + bytes(9 << 20) + chance.randbytes(512))
        self.create("--splitter=DYNAMIC-1M-BUZHASH")
        expected = self.connected().snapshot(image)["rootEntry"]["obj"]
        loop = self.loop_device(image)
        ways = {"what stat says": (image, {"LD_PRELOAD": str(_SHIM), "BLOCK_DEVICE": str(image)})} | ({"loop device": (loop, {})} if loop else {})
        for way, (device, variables) in ways.items():
            with self.subTest(way=way):
                said = self.program("snapshot", "create", device, "--username=user", "--hostname=host", env=self.environment | variables).stdout
                snapshot = said.split()[1]
                self.assertEqual(self.objects(snapshot)[""], expected)
                target = self.directory / f"restored {way}"
                self.salvor("snapshot", "restore", snapshot, target)
                self.assertTrue(target.read_bytes() == image.read_bytes(), "other bytes")
                self.connected("fresh")("snapshot", "verify", "--verify-files-percent=100", snapshot)

    def loop_device(self, image: Path) -> Path | None:
        done = subprocess.run(["losetup", "--read-only", "--find", "--show", image], capture_output=True, text=True, check=False) \
            if os.geteuid() == 0 else None
        if not done or done.returncode != 0:
            print("!!! NO LOOP DEVICE HERE: only a file that is taken for a device was saved, no real one", file=sys.stderr)
            return None
        device = Path(done.stdout.strip())
        self.addCleanup(subprocess.run, ["losetup", "--detach", device], check=True)
        return device


if __name__ == "__main__":
    unittest.main()
