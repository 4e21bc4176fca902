"""Clusters that take a request and say nothing. A backup ends, names what did not answer, and does not wait for hours.

python3 -m unittest tests.e2e.silent_clusters_test
"""

import tempfile
import unittest
from pathlib import Path

from tests.harness.control_plane import ControlPlane
from tests.harness.hanging_api import HangingApi
from tests.harness.salvor import Salvor, objects_of

_HANG_SECONDS = 240.0
_EVERYTHING = ["--include-cluster-resources=true"]  # without it stock Velero 1.18 leaves cluster-scoped objects out


class SilentClusters(unittest.TestCase):
    """The API server's own limit, usually a minute and here three seconds, answers in the end for what hangs behind it."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.cluster = cls.enterClassContext(ControlPlane(apiserver_flags=["--request-timeout=3s"]))

    def setUp(self) -> None:
        self.salvor = Salvor(self.cluster.kubeconfig, self.directory / self._testMethodName)

    def test_when_etcd_stops_there_is_an_error_and_no_backup(self) -> None:
        self.cluster.kill_etcd()
        self.addCleanup(self.cluster.restart_etcd)
        said = self.salvor("backup", "create", "b", *_EVERYTHING, expect=1, timeout=_HANG_SECONDS).stderr
        self.assertRegex(said, "(?i)timeout|etcd|did not|sent nothing")
        self.assertEqual("", self.salvor("backup", "get", "-o", "name").stdout)

    def test_an_aggregated_api_that_hangs_is_named_after_a_bounded_number_of_requests(self) -> None:
        with HangingApi(self.cluster) as api:
            running = self.salvor.start("backup", "create", "b", *_EVERYTHING)
            output, errors = running.communicate(timeout=_HANG_SECONDS)
            self.assertGreater(api.lists, 0, "nobody asked for its objects")
            self.assertLess(api.lists, 10, "with the usual limit of a minute each this takes ten minutes")
        self.assertEqual(running.returncode, 3, output + errors)
        self.assertIn("sloths.slow.example.com", errors)
        self.assertIn(("namespaces", "", "default"), objects_of(self.salvor.archive("b")))


if __name__ == "__main__":
    unittest.main()
