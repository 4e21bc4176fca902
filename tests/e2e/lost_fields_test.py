"""A restore tells which fields an API server does not know, and so did not store.

python3 -m unittest tests.e2e.lost_fields_test
"""

import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from tests.harness.api import Api, ApiError
from tests.harness.control_plane import ControlPlane
from tests.harness.salvor import Salvor

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_BOXES = "/apis/example.com/v1/namespaces/default/boxes"


def _definition(*fields: str) -> dict[str, Any]:
    properties = {field: {"type": "string"} for field in fields}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "boxes.example.com"},
            "spec": {"group": "example.com", "scope": "Namespaced", "versions": [version],
                     "names": {"plural": "boxes", "singular": "box", "kind": "Box"}}}


def _box(name: str) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Box", "metadata": {"name": name},
            "spec": {"color": "red", "size": "large"}}


class LostFields(unittest.TestCase):
    def stored_fields(self) -> set[str]:
        """What the server would keep of a box now; nothing while it does not serve them yet."""
        try:
            return set(self.api.request("POST", f"{_BOXES}?dryRun=All", _box("probe"))["spec"])
        except ApiError as error:
            if error.status != 404:
                raise
            return set()

    def await_fields(self, *fields: str) -> None:
        deadline = time.monotonic() + 60
        while self.stored_fields() != set(fields):
            self.assertLess(time.monotonic(), deadline, f"the server never stored just {fields}")
            time.sleep(0.05)

    def test_a_field_that_a_definition_lost_is_named(self) -> None:
        location = Path(self.enterContext(tempfile.TemporaryDirectory()))
        cluster = self.enterContext(ControlPlane())
        self.api = Api(cluster)
        self.api.request("POST", _DEFINITIONS, _definition("color", "size"))
        self.await_fields("color", "size")
        self.api.request("POST", _BOXES, _box("mine"))
        salvor = Salvor(cluster.kubeconfig, location)
        salvor("backup", "create", "before", "--include-resources", "boxes.example.com")

        self.api.request("DELETE", f"{_BOXES}/mine")
        self.api.request("PATCH", f"{_DEFINITIONS}/boxes.example.com", _definition("color"), "application/merge-patch+json")
        self.await_fields("color")
        restored = salvor("restore", "create", "after", "--from-backup", "before")
        self.assertIn('boxes.example.com default/mine was restored without a field that this API server does not know: '
                      'unknown field "spec.size"', restored.stdout + restored.stderr)
        self.assertEqual(self.api.request("GET", f"{_BOXES}/mine")["spec"], {"color": "red"})


if __name__ == "__main__":
    unittest.main()
