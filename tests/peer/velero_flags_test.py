"""Every flag that stock velero's own commands have is one of ours, by the same names: its --help is asked, not a list."""

import re
import subprocess
import unittest

from tests.harness.control_plane import find_programs
from tests.harness.salvor import find_binary

# velero's commands that have a counterpart here.
COMMANDS = [("backup", verb) for verb in ("create", "get", "describe", "logs", "download", "delete")]
COMMANDS += [("restore", verb) for verb in ("create", "get", "describe", "logs")]
COMMANDS += [("version",)]
# Go's logging switches, which say nothing about a backup, and what belongs to a server that velero's CLI asks.
NOT_OURS = {
    "--add_dir_header", "--alsologtostderr", "--log_backtrace_at", "--log_dir", "--log_file", "--log_file_max_size",
    "--logtostderr", "--one_output", "--skip_headers", "--skip_log_headers", "--stderrthreshold", "--v", "-v", "--vmodule",
    "--alsologtostderrthreshold", "--legacy_stderr_threshold_behavior",
}


def flags_of(program: str, command: tuple[str, ...]) -> set[str]:
    text = subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout
    flags: set[str] = set()
    for line in text.splitlines():
        if re.match(r"\s+-", line):
            head = re.split(r"\s{2,}", line.strip())[0]
            flags.update(re.findall(r"(?:^|[\s,])(--?[A-Za-z][\w-]*)", head))
    return flags


class VelerosFlags(unittest.TestCase):
    def test_are_all_ours(self) -> None:
        velero = str(find_programs("velero")["velero"])
        for command in COMMANDS:
            with self.subTest(" ".join(command)):
                theirs = flags_of(velero, command)
                self.assertIn("--kubeconfig", theirs)
                self.assertEqual(theirs - flags_of(str(find_binary()), command) - NOT_OURS, set())


if __name__ == "__main__":
    unittest.main()
