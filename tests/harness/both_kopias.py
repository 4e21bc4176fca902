"""One Kopia repository and both programs: salvor that makes it, and stock kopia beside it.

    class Something(BothKopias):
        def test_it(self) -> None:
            make_tree(self.tree, seed=1)
            self.create()
            snapshot = self.save()
            self.connected("a")("snapshot", "verify", snapshot)
"""

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from tests.harness.program import Program
from tests.harness.stock_kopia import PASSWORD, StockKopia


class BothKopias(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.program = Program(self.directory)
        self.tree = self.directory / "tree"
        self.repository = self.directory / "repository"
        self.environment = {"SALVOR_PASSWORD": PASSWORD, "SALVOR_LOCATION": str(self.repository)}

    def salvor(self, *words: object, expect: int = 0) -> str:
        return self.program(*words, expect=expect, env=self.environment).stdout

    def answer(self, *words: object, expect: int = 0) -> Any:
        return json.loads(self.salvor(*words, "-o", "json", expect=expect))

    def complaint(self, *words: object, expect: int) -> str:
        return self.program(*words, expect=expect, env=self.environment).stderr

    def create(self, *words: object) -> None:
        self.salvor("repo", "create", "--username=user", "--hostname=host", *words)

    def save(self, *words: object) -> str:
        """The id of the new snapshot."""
        return self.salvor("snapshot", "create", self.tree, "--username=user", "--hostname=host", *words).split()[1]

    def connected(self, home: str = "kopia", password: str = PASSWORD) -> StockKopia:
        """With a home, and so a cache, of its own."""
        kopia = StockKopia(self.directory / home, password)
        kopia("repository", "connect", "filesystem", "--path", self.repository, "--override-username=user", "--override-hostname=host")
        return kopia

    def objects(self, snapshot: str) -> dict[str, str]:
        """The object of every path of a snapshot; "" is its root."""
        paths = {one["path"]: one["object"] for one in self.answer("snapshot", "ls", "-r", snapshot)["items"]}
        roots = {one["id"]: one["root"] for one in self.answer("snapshot", "list")["items"]}
        return paths | {"": roots[snapshot]}

    def blobs(self, prefix: str) -> dict[str, Path]:
        """The files of the repository's blobs whose ids have the prefix."""
        found = {str(path.relative_to(self.repository)).replace("/", "").removesuffix(".f"): path
                 for path in self.repository.rglob("*.f")}
        return {name: path for name, path in sorted(found.items()) if name.startswith(prefix)}
