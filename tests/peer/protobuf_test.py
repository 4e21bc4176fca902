"""Protobuf: our JSON of random objects of every built-in kind, and that of Kubernetes' own Go types, byte for byte.

protobuf-oracle (tools/peers/protobuf) fills the types of k8s.io/api by reflection with awkward values, writes them as
protobuf, reads them back and prints them with encoding/json. A seed makes a run repeatable: SALVOR_SEED.

Needs the program protobuf_tool: PROTOBUF_TOOL names it, else it is looked for in build/dev.
"""

import collections
import json
import os
import subprocess
import unittest
from pathlib import Path

from tests.harness.control_plane import find_programs

_ROOT = Path(__file__).resolve().parents[2]
_SEED = os.environ.get("SALVOR_SEED", "20261128")
_ROUNDS = 20

# Kinds that the types have and no API server stores, which the oracle's scheme leaves out.
_NEVER_STORED = {"apidiscovery.k8s.io/v2 APIGroupDiscovery", "apidiscovery.k8s.io/v2beta1 APIGroupDiscovery",
                 "imagepolicy.k8s.io/v1alpha1 ImageReview"}


def _tool() -> Path:
    return Path(os.environ.get("PROTOBUF_TOOL", _ROOT / "build" / "dev" / "tests" / "peer" / "protobuf_tool"))


class ProtobufTest(unittest.TestCase):
    def test_every_kind_is_written_as_kubernetes_writes_it(self) -> None:
        oracle = find_programs("protobuf-oracle")["protobuf-oracle"]
        made = subprocess.run([oracle, _SEED, str(_ROUNDS)], check=True, capture_output=True).stdout
        answers = subprocess.run([_tool()], input=made, check=True, capture_output=True).stdout
        expected = [json.loads(line) for line in made.splitlines()]
        got = [json.loads(line) for line in answers.splitlines()]
        self.assertEqual(len(got), len(expected))
        compared = collections.Counter()
        for ours, theirs in zip(got, expected, strict=True):
            self.assertEqual(ours.get("json"), theirs["json"], f"{theirs['kind']}: {ours.get('error')}")
            compared[theirs["kind"]] += 1
        known = set(subprocess.run([_tool(), "kinds"], check=True, capture_output=True, text=True).stdout.splitlines())
        self.assertEqual(known - set(compared), _NEVER_STORED)
        self.assertEqual(set(compared.values()), {_ROUNDS})
        self.assertGreater(sum(len(theirs["json"]) for theirs in expected), 1_000_000)


if __name__ == "__main__":
    unittest.main()
